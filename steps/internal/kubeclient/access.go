package kubeclient

import (
	"context"
	"fmt"
	"strings"
	"sync"

	authv1 "k8s.io/api/authorization/v1"

	"github.com/drplan/drplan/steps"
)

// Access is what a step will ask of the API server.
type Access struct {
	Verbs     []string // such as get, create; each is asked about
	Group     string   // "" is the core group
	Resource  string   // plural, with a subresource as pods/exec
	Namespace string   // "": in all of them
}

// CheckAccess is the preflight check "permissions": whether the kubeconfig's
// user may do all of it, asked of the API server without doing any of it.
func (c *Client) CheckAccess(ctx context.Context, needs ...Access) steps.Check {
	check := steps.Check{Name: "permissions"}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var denied []string
	for _, a := range needs {
		for _, verb := range a.Verbs {
			wg.Go(func() {
				allowed, err := c.may(ctx, verb, a)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					check.Err = err
				case !allowed:
					denied = append(denied, a.describe(verb))
				}
			})
		}
	}
	wg.Wait()
	if len(denied) > 0 {
		check.Err = steps.Final(fmt.Errorf("the kubeconfig's user may not %s: grant it, or use another context", strings.Join(denied, ", ")))
	}
	return later(check)
}

func (c *Client) may(ctx context.Context, verb string, a Access) (bool, error) {
	resource, sub, _ := strings.Cut(a.Resource, "/")
	review := &authv1.SelfSubjectAccessReview{Spec: authv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authv1.ResourceAttributes{Verb: verb, Group: a.Group, Resource: resource, Subresource: sub, Namespace: a.Namespace},
	}}
	err := c.Create(ctx, review)
	return review.Status.Allowed, c.Explain(err)
}

func (a Access) describe(verb string) string {
	text := verb + " " + a.Resource
	if a.Group != "" {
		text += "." + a.Group
	}
	if a.Namespace != "" {
		text += " in " + a.Namespace
	}
	return text
}
