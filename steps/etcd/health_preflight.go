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

// PreflightEarly looks at the certificates where they are known.
func (s *membersStep) PreflightEarly(_ context.Context, in *steps.Run) []steps.Check {
	return certificatesEarly(in, s.Certificates)
}

// PreflightEarly looks at the certificates where they are known.
func (s *healthStep) PreflightEarly(_ context.Context, in *steps.Run) []steps.Check {
	return certificatesEarly(in, s.Certificates)
}

func certificatesEarly(in *steps.Run, look func() steps.Check) []steps.Check {
	if in.Partial {
		return nil
	}
	check := look()
	check.Defer, check.Lacks = check.Err != nil, steps.File
	return []steps.Check{check}
}
