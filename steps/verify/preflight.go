package verify

import (
	"context"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/program"
)

// Preflight asks whether it will be able to look: whether the program is there,
// and whether the cluster may be looked at. What they show is for the step to
// wait for.
func (s *step) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	var checks []steps.Check
	if s.Command != nil {
		name := program.Argv(s.Command.Run)[0]
		path, err := program.Find(name, "", in.Environ())
		checks = append(checks, steps.Check{Name: "program", Err: err, Message: path, Defer: err != nil && strings.Contains(name, "/")})
	}
	if lookers := s.lookers(); len(lookers) > 0 {
		checks = append(checks, preflightCluster(ctx, in, lookers)...)
	}
	return checks
}

func preflightCluster(ctx context.Context, in *steps.Run, lookers map[string]looker) []steps.Check {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return kubeclient.Unknown(in, err)
	}
	var needs []kubeclient.Access
	if _, err := c.Version(ctx); err == nil {
		for _, l := range lookers {
			needs = append(needs, l.access(ctx, c)...)
		}
	}
	return c.Preflight(ctx, in, nil, needs...)
}
