package kubeclient

import (
	"context"
	"fmt"

	"github.com/drplan/drplan/steps"
)

// Preflight are the checks that a step on a cluster begins with: "api_server"
// where nobody answers, else "isolation" of the namespaces that it will change
// ("" stands for the whole cluster), and "permissions".
//
// Before a phase, an API server that does not answer is asked again just before
// the step: what stands before it may bring the server up. Then it is waited for.
// In a disaster nothing brings it up, and what cannot be looked at is not destroyed.
func (c *Client) Preflight(ctx context.Context, in *steps.Run, changes []string, needs ...Access) []steps.Check {
	if check := c.answers(ctx, in); check != nil {
		return []steps.Check{*check}
	}
	checks := []steps.Check{later(in, c.CheckAccess(ctx, needs...))}
	if in.Mode == "drill" && len(changes) > 0 {
		check := steps.Check{Name: "isolation", Message: "the drill may change what it will change"}
		for _, namespace := range changes {
			if check.Err = c.Guard(ctx, in, namespace); check.Err != nil {
				break
			}
		}
		checks = append(checks, later(in, check))
	}
	return checks
}

// later puts a check off until just before the step where the API server could
// not answer it, such as without etcd. In a disaster it is not.
func later(in *steps.Run, check steps.Check) steps.Check {
	if isEarly(in) && check.Err != nil && Transient(check.Err) {
		check.Defer, check.Message = true, fmt.Sprintf("asked again just before the step: %v", check.Err)
	}
	return check
}

// isEarly reports whether a check is made before a phase in which what comes first
// may bring the API server up.
func isEarly(in *steps.Run) bool { return in.Attempt == 0 && in.Phase != "disaster" }

// answers is nil where the API server does.
func (c *Client) answers(ctx context.Context, in *steps.Run) *steps.Check {
	ask := func() error { _, err := c.Version(ctx); return err }
	err := error(nil)
	if in.Attempt == 0 {
		err = ask()
	} else {
		err = c.Retry(ctx, ask)
	}
	switch {
	case err == nil:
		return nil
	}
	check := later(in, steps.Check{Name: "api_server", Err: err})
	return &check
}

// Unknown are the checks of a step whose cluster's kubeconfig cannot be used yet:
// an earlier step may write it.
func Unknown(in *steps.Run, err error) []steps.Check {
	return []steps.Check{{Name: "kubeconfig", Err: err, Defer: isEarly(in)}}
}
