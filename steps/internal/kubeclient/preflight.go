package kubeclient

import (
	"context"

	"github.com/drplan/drplan/steps"
)

// Preflight are the checks that a step on a cluster begins with: "api_server"
// where nobody answers, else "isolation" of the namespaces that it will change
// ("" stands for the whole cluster), and "permissions".
//
// An API server that does not answer is asked again just before the step, and then
// waited for, where something may bring it up before: who drives the run knows.
func (c *Client) Preflight(ctx context.Context, in *steps.Run, changes []string, needs ...Access) []steps.Check {
	if silent := c.Silent(ctx, in); silent != nil {
		return silent
	}
	checks := []steps.Check{c.CheckAccess(ctx, needs...)}
	if in.Mode == "drill" && len(changes) > 0 {
		check := steps.Check{Name: "isolation", Message: "the drill may change what it will change"}
		for _, namespace := range changes {
			if check.Err = c.Guard(ctx, in, namespace); check.Err != nil {
				break
			}
		}
		checks = append(checks, later(check))
	}
	return checks
}

// later marks what the API server could not answer, such as without etcd.
func later(check steps.Check) steps.Check {
	if check.Err != nil && Transient(check.Err) {
		check.Defer, check.Lacks = true, steps.APIServer
	}
	return check
}

// Silent is nil where the API server answers, else the check "api_server" as
// Preflight has it, for a kind that has more to ask.
func (c *Client) Silent(ctx context.Context, in *steps.Run) []steps.Check {
	ask := func() error { _, err := c.Version(ctx); return err }
	err := error(nil)
	if in.Attempt == 0 {
		err = ask()
	} else {
		err = c.Retry(ctx, ask)
	}
	if err == nil {
		return nil
	}
	return []steps.Check{later(steps.Check{Name: "api_server", Err: err})}
}

// Unknown are the checks of a step whose cluster's kubeconfig cannot be used, or not
// yet: an earlier step may write it.
func Unknown(err error) []steps.Check {
	return []steps.Check{{Name: "kubeconfig", Err: err, Defer: true, Lacks: steps.File}}
}

// Reach is New for a preflight: the client where the API server answers, else the
// checks that say why it does not, or not yet.
func Reach(ctx context.Context, in *steps.Run) (*Client, []steps.Check) {
	c, err := New(in.Cluster)
	if err != nil {
		return nil, Unknown(err)
	}
	return c, c.Silent(ctx, in)
}

// Early is a PreflightEarly for a kind that finds by its Preflight no more than what
// it may do: that, or as long as some fields are empty, whether the cluster answers.
func Early(ctx context.Context, in *steps.Run, preflight func(context.Context, *steps.Run) []steps.Check) []steps.Check {
	if !in.Partial {
		return preflight(ctx, in)
	}
	_, unreached := Reach(ctx, in)
	return unreached
}
