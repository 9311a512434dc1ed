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
	if silent := c.Silent(ctx, in); silent != nil {
		return silent
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
	if in.Attempt == 0 && in.Phase != "disaster" && check.Err != nil && Transient(check.Err) {
		check.Defer, check.Message = true, fmt.Sprintf("asked again just before the step: %v", check.Err)
	}
	return check
}

// Silent is nil where the API server answers, else the check "api_server" as
// Preflight has it, for a kind that has more to ask.
func (c *Client) Silent(ctx context.Context, in *steps.Run) []steps.Check {
	ask := func() error { _, err := c.Version(ctx); return err }
	early := in.Attempt == 0
	err := error(nil)
	if early {
		err = ask()
	} else {
		err = c.Retry(ctx, ask)
	}
	switch {
	case err == nil:
		return nil
	case early && in.Phase != "disaster" && Transient(err):
		return []steps.Check{{Name: "api_server", Err: err, Defer: true, Message: fmt.Sprintf("asked again just before the step: %v", err)}}
	}
	return []steps.Check{{Name: "api_server", Err: err}}
}

// Unknown are the checks of a step whose cluster's kubeconfig cannot be used yet:
// an earlier step may write it.
func Unknown(in *steps.Run, err error) []steps.Check {
	return []steps.Check{{Name: "kubeconfig", Err: err, Defer: in.Attempt == 0 && in.Phase != "disaster"}}
}
