package etcdclient

import (
	"errors"
	"fmt"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
)

// TestChoosing: an election is waited for, whatever its error is wrapped in; a
// wrong password is not.
func TestChoosing(t *testing.T) {
	for _, err := range []error{
		rpctypes.ErrLeaderChanged, rpctypes.Error(rpctypes.ErrGRPCLeaderChanged), rpctypes.Error(rpctypes.ErrGRPCNoLeader),
		fmt.Errorf("log in: %w", errors.Join(errors.New("x"), rpctypes.ErrTimeoutDueToLeaderFail)),
	} {
		if !choosing(err) {
			t.Errorf("%v is not known as an election", err)
		}
	}
	for _, err := range []error{rpctypes.ErrAuthFailed, errors.New("connection refused"), nil} {
		if choosing(err) {
			t.Errorf("%v is taken for an election", err)
		}
	}
}
