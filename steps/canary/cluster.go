package canary

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// volume is where a canary lives in a pod's volume.
type volume struct {
	Namespace string `json:"namespace" plan:"required" doc:"The pod's namespace."`
	Selector  string `json:"selector" plan:"required" doc:"Labels of the pod, such as app=web; the first that is ready is used."`
	Path      string `json:"path" plan:"required" doc:"The canary's folder, on a volume of the pod; it is made where it is not there."`
	Container string `json:"container" doc:"The container that has mounted the volume; without it, the pod's first or default one."`
	Claim     string `json:"claim" doc:"Of gone: the volume's claim. Without it, no claim of the namespace may be left where no pod is."`
}

func (s *step) onCluster() bool { return s.ConfigMap != "" || s.Volume != nil }

func (s *step) validateCluster(partial bool) []error {
	var errs []error
	if namespace, name, ok := strings.Cut(s.ConfigMap, "/"); s.ConfigMap != "" && (!ok || namespace == "" || name == "" || strings.Contains(name, "/")) {
		errs = append(errs, steps.Errorf("configmap", "%q is not namespace/name", s.ConfigMap))
	}
	if v := s.Volume; v != nil {
		if _, err := labels.Parse(v.Selector); err != nil {
			errs = append(errs, steps.Errorf("volume.selector", "it is no label selector: %w", err))
		}
		if v.Path != "" && !path.IsAbs(v.Path) {
			errs = append(errs, steps.Errorf("volume.path", "%q is not absolute", v.Path))
		}
		if v.Claim != "" && s.Action != "gone" && s.Action != "" && !partial {
			errs = append(errs, steps.Errorf("volume.claim", "it belongs to action: gone, not to %s", s.Action))
		}
	}
	return errs
}

// cluster is what both places in a cluster need.
type cluster struct {
	*kubeclient.Client
	in      *steps.Run
	patient bool // wait for what does not answer or is not ready: it is to come
}

// ask makes a request; a disaster's proof waits for nobody.
func (c *cluster) ask(ctx context.Context, request func() error) error {
	if c.patient {
		return c.Retry(ctx, request)
	}
	return c.Explain(request())
}

// changing is ask for a request that changes the namespace.
func (c *cluster) changing(ctx context.Context, namespace string, request func() error) error {
	return c.ask(ctx, func() error {
		if err := c.Guard(ctx, c.in, namespace); err != nil {
			return err
		}
		return request()
	})
}

func (c *cluster) close() {}

// Bounds are the namespaces that hold the canary.
func (s *step) Bounds() steps.Bounds {
	var b steps.Bounds
	if namespace, _, ok := strings.Cut(s.ConfigMap, "/"); ok {
		b.Changes = append(b.Changes, namespace)
	}
	if s.Volume != nil {
		b.Changes = append(b.Changes, s.Volume.Namespace)
	}
	return b
}

func (s *step) clusterPlaces(in *steps.Run) ([]place, error) {
	client, err := kubeclient.New(in.Cluster)
	if err != nil {
		return nil, err
	}
	c := &cluster{client, in, s.Action != "gone"}
	var all []place
	if namespace, name, ok := strings.Cut(s.ConfigMap, "/"); ok {
		all = append(all, place{"the ConfigMap " + s.ConfigMap, &configMap{c, namespace, name}})
	}
	if v := s.Volume; v != nil {
		matches, err := labels.Parse(v.Selector)
		if err != nil {
			return nil, steps.Final(err)
		}
		all = append(all, place{fmt.Sprintf("the volume of %s in %s", v.Selector, v.Namespace), &volumeFiles{c, v, matches, s.Action == "remove"}})
	}
	return all, nil
}

// preflightCluster asks whether the places may be reached. That they are there is
// for the step: an earlier one may make them.
func (s *step) preflightCluster(ctx context.Context, in *steps.Run) []steps.Check {
	client, err := kubeclient.New(in.Cluster)
	if errors.Is(err, kubeclient.ErrNoContext) && s.Action == "gone" {
		return lostAlready("kubeconfig", err)
	}
	if err != nil {
		return kubeclient.Unknown(err)
	}
	writes := s.Action == "write" || s.Action == "remove"
	var changes []string
	var needs []kubeclient.Access
	if namespace, _, ok := strings.Cut(s.ConfigMap, "/"); ok {
		verbs := []string{"get"}
		if writes {
			verbs, changes = append(verbs, "create", "patch", "delete"), append(changes, namespace)
		}
		needs = append(needs, kubeclient.Access{Verbs: verbs, Resource: "configmaps", Namespace: namespace})
	}
	if v := s.Volume; v != nil && v.Namespace != "" {
		needs = append(needs,
			kubeclient.Access{Verbs: []string{"list", "watch"}, Resource: "pods", Namespace: v.Namespace},
			kubeclient.Access{Verbs: []string{"create"}, Resource: "pods/exec", Namespace: v.Namespace})
		if writes {
			changes = append(changes, v.Namespace)
		}
		if s.Action == "gone" {
			needs = append(needs,
				kubeclient.Access{Verbs: []string{"list"}, Resource: "persistentvolumeclaims", Namespace: v.Namespace},
				kubeclient.Access{Verbs: []string{"list", "watch"}, Resource: "persistentvolumes"})
		}
	}
	checks := client.Preflight(ctx, in, changes, needs...)
	if s.Action == "gone" && checks[0].Name == "api_server" {
		return lostAlready("api_server", checks[0].Err)
	}
	return checks
}

// lostAlready: gone comes when the API server may be what was lost, and is asked
// again where a run goes on in the middle of a disaster.
func lostAlready(check string, err error) []steps.Check {
	return []steps.Check{{Name: check, Message: fmt.Sprint(err)}}
}
