package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// onCluster are the assertions about a Kubernetes cluster.
type onCluster struct {
	WorkloadsReady *workloadsCheck `json:"workloads_ready" plan:"cluster" doc:"Every Deployment, StatefulSet, DaemonSet, Job and bare Pod is as it should be, and at least min are there."`
	ResourcesExist []resourceCheck `json:"resources_exist" plan:"cluster" doc:"How many objects of a kind there must be."`
	NodesReady     *nodesCheck     `json:"nodes_ready" plan:"cluster" doc:"Nodes that are Ready."`
	PVCsBound      *pvcsCheck      `json:"pvcs_bound" plan:"cluster" doc:"Every PersistentVolumeClaim is Bound, and at least min are there."`
	Objects        []objectCheck   `json:"objects" plan:"cluster" doc:"A condition on any object, in CEL."`
	InPod          []podCheck      `json:"in_pod" plan:"cluster" doc:"What an HTTP server or a program inside a pod says."`
}

// looker is an assertion that asks an API server.
type looker interface {
	look(ctx context.Context, in *steps.Run, c *kubeclient.Client) (seen string, err error)
	access(ctx context.Context, c *kubeclient.Client) []kubeclient.Access
	validate(partial bool) error
}

// lookers are the assertions that were given, by their field's name.
func (o *onCluster) lookers() map[string]looker {
	given := map[string]looker{}
	if o.WorkloadsReady != nil {
		given["workloads_ready"] = o.WorkloadsReady
	}
	if o.NodesReady != nil {
		given["nodes_ready"] = o.NodesReady
	}
	if o.PVCsBound != nil {
		given["pvcs_bound"] = o.PVCsBound
	}
	for i := range o.ResourcesExist {
		given[fmt.Sprintf("resources_exist[%d]", i)] = &o.ResourcesExist[i]
	}
	for i := range o.Objects {
		given[fmt.Sprintf("objects[%d]", i)] = &o.Objects[i]
	}
	for i := range o.InPod {
		given[fmt.Sprintf("in_pod[%d]", i)] = &o.InPod[i]
	}
	return given
}

// viaCluster makes a check of a looker; all of a step share one client.
type viaCluster struct {
	looker
	client *sharedClient
}

func (v viaCluster) see(ctx context.Context, in *steps.Run) (string, error) {
	c, err := v.client.of(in)
	if err != nil {
		return "", err
	}
	return v.look(ctx, in, c)
}

type sharedClient struct {
	mu   sync.Mutex
	made *kubeclient.Client
}

func (s *sharedClient) of(in *steps.Run) (*kubeclient.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made != nil {
		return s.made, nil
	}
	c, err := kubeclient.New(in.Cluster)
	if err == nil {
		s.made = c
	}
	return c, err
}

// scope is where objects are looked for.
type scope struct {
	Namespace  string   `json:"namespace" doc:"The namespace to look in."`
	Namespaces []string `json:"namespaces" doc:"Several of them."`
	Selector   string   `json:"selector" doc:"Labels of the objects to look at, such as app=web; without it, all."`
	Min        int64    `json:"min" default:"1" doc:"How many there must be: an empty namespace is no proof. Of workloads_ready, in each of the namespaces; of pvcs_bound, in all together."`
}

func (s *scope) all() []string {
	if s.Namespace == "" {
		return s.Namespaces
	}
	return append([]string{s.Namespace}, s.Namespaces...)
}

func (s *scope) validate(partial bool) error {
	errs := []error{selector(s.Selector)}
	if len(s.all()) == 0 && !partial {
		errs = append(errs, steps.Errorf("namespace", "give namespace or namespaces"))
	}
	if s.Min < 0 {
		errs = append(errs, steps.Errorf("min", "it must not be below 0"))
	}
	return errors.Join(errs...)
}

func (s *scope) options(namespace string) []client.ListOption {
	return []client.ListOption{client.InNamespace(namespace), matching(s.Selector)}
}

func (s *scope) access(resource, group string) (needs []kubeclient.Access) {
	for _, namespace := range s.all() {
		needs = append(needs, kubeclient.Access{Verbs: []string{"list"}, Group: group, Resource: resource, Namespace: namespace})
	}
	return needs
}

func selector(text string) error {
	if _, err := labels.Parse(text); err != nil {
		return steps.Errorf("selector", "it is no label selector: %w", err)
	}
	return nil
}

// matching is an option for a selector that was validated.
func matching(text string) client.ListOption {
	parsed, err := labels.Parse(text)
	if err != nil {
		parsed = labels.Nothing()
	}
	return client.MatchingLabelsSelector{Selector: parsed}
}

// tally says how many are good, and which are not.
type tally struct {
	good int
	bad  []string
}

func (t *tally) add(ok bool, text string) {
	if ok {
		t.good++
	} else {
		t.bad = append(t.bad, text)
	}
}

// judge holds it to a least number.
func (t *tally) judge(what string, least int64) (string, error) {
	seen := fmt.Sprintf("%d %s", t.good, what)
	switch {
	case len(t.bad) > 0:
		const most = 5
		shown := t.bad[:min(len(t.bad), most)]
		err := fmt.Errorf("%d are not: %s", len(t.bad), strings.Join(shown, "; "))
		if len(t.bad) > most {
			err = fmt.Errorf("%w; and %d more", err, len(t.bad)-most)
		}
		return seen, err
	case int64(t.good) < least:
		return seen, fmt.Errorf("%s, expected at least %d", seen, least)
	}
	return seen, nil
}
