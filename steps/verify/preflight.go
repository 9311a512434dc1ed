package verify

import (
	"context"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/program"
)

// Preflight asks whether it will be able to look: whether the program is there,
// and whether the cluster may be looked at. What they show is for the step to
// wait for.
func (s *step) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	return append(s.checkProgram(in), s.preflightCluster(ctx, in)...)
}

// PreflightEarly asks what Preflight asks, as far as it is known.
func (s *step) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	checks := s.checkProgram(in)
	if len(s.lookers()) == 0 {
		return checks
	}
	return append(checks, kubeclient.Early(ctx, in, s.preflightCluster)...)
}

func (s *step) checkProgram(in *steps.Run) []steps.Check {
	if s.Command == nil {
		return nil
	}
	return program.Check(program.Argv(s.Command.Run), "", in.Environ())
}

func (s *step) preflightCluster(ctx context.Context, in *steps.Run) []steps.Check {
	lookers := s.lookers()
	if len(lookers) == 0 {
		return nil
	}
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return kubeclient.Unknown(err)
	}
	var needs []kubeclient.Access
	if _, err := c.Version(ctx); err == nil {
		for _, l := range lookers {
			needs = append(needs, l.access(ctx, c)...)
		}
	}
	return c.Preflight(ctx, in, nil, needs...)
}
