package etcd

import (
	"context"

	"github.com/drplan/drplan/steps"
)

// Preflight looks at the certificates; whom they lead to may be down by design.
func (s *membersStep) Preflight(context.Context, *steps.Run) []steps.Check {
	return []steps.Check{s.Certificates()}
}

// Preflight looks at the certificates: the cluster itself may be what earlier
// steps bring back.
func (s *healthStep) Preflight(context.Context, *steps.Run) []steps.Check {
	return []steps.Check{s.Certificates()}
}
