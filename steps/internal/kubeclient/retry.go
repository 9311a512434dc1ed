package kubeclient

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
)

// How long to wait before a request is made again: doubling, so that an API
// server that is coming up is not kept from it.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 2 * time.Second
)

// Transient reports whether the same request may succeed a moment later: nobody
// answered, or the API server is starting, overloaded or has no etcd. During a
// recovery that is the normal case.
func Transient(err error) bool {
	return Unreachable(err) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsTooManyRequests(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
}

// Retry makes a request until it succeeds, fails for good, or ctx is done; the
// error is then explained, and says what was seen last. One that request marks
// with steps.Final is for good. A request that is not
// idempotent must find out itself whether an earlier one got through.
func (c *Client) Retry(ctx context.Context, request func() error) error {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := request()
		if !Transient(err) || steps.IsFinal(err) {
			return c.Explain(err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, last seen: %w", context.Cause(ctx), c.Explain(err))
		case <-time.After(pause):
		}
	}
}
