package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/objectcel"
)

// Wait is the kind kube_wait.
func Wait() steps.Kind {
	return steps.Kind{
		Type:    "kube_wait",
		Summary: "Wait until objects of a cluster are as they should be.",
		Doc: `for is exists, deleted, condition=Available or condition=Available=False, as kubectl wait has them; that is a CEL
expression over object instead. All objects that name or selector mean must be so, and there must be min of them, save for
deleted. They are watched, not polled; an API server that is down for a while is waited for, and so is a kind that is not
served yet. On its deadline it says what was seen last.`,
		Example: `step: The shop is deployed
kube_wait:
  kind: Deployment
  name: web
  namespace: shop
  for: condition=Available
timeout: 5m
`,
		ByHand: `kubectl wait {{quote .kind}}{{with .name}} {{quote .}}{{end}}{{with .namespace}} -n {{quote .}}{{end}}{{with .selector}} -l {{quote .}}{{end}}{{with .for}} --for={{quote .}}{{end}}{{with .that}} # until {{.}}{{end}}`,
		New:    func() steps.Step { return new(wait) },

		Timeout: 10 * time.Minute,
		Outputs: []steps.Output{
			{Name: "objects", Type: steps.List, Doc: "The objects that are so, such as \"Deployment.apps shop/web\"; none after deleted."},
			{Name: "observed", Type: steps.String, Doc: "What was seen in the end."},
		},
		Traits: steps.Traits{Cluster: true},
	}
}

type wait struct {
	Kind      string `json:"kind" plan:"required" doc:"Kind of the objects, such as Deployment, or backups.velero.io."`
	Name      string `json:"name" doc:"The name of one."`
	Namespace string `json:"namespace" doc:"Where the objects are; without it, in all namespaces."`
	Selector  string `json:"selector" doc:"Labels of the objects, such as app=web."`
	For       string `json:"for" doc:"exists, deleted, condition=TYPE or condition=TYPE=STATUS."`
	That      string `json:"that" doc:"A CEL expression that must be true of each, such as \"object.status.phase == 'Bound'\"."`
	Min       int64  `json:"min" default:"1" doc:"How many there must be."`
}

// Validate checks the config.
func (w *wait) Validate(partial bool) error {
	var errs []error
	if _, err := labels.Parse(w.Selector); err != nil {
		errs = append(errs, steps.Errorf("selector", "it is no label selector: %w", err))
	}
	if w.Name != "" && w.Selector != "" {
		errs = append(errs, steps.Errorf("selector", "give either name or selector"))
	}
	if w.For != "" && !validFor(w.For) {
		errs = append(errs, steps.Errorf("for", "%q is not exists, deleted, condition=TYPE or condition=TYPE=STATUS", w.For))
	}
	if _, err := w.expression(); err != nil {
		errs = append(errs, steps.Errorf("that", "%w", err))
	}
	if (w.For == "") == (w.That == "") && !partial {
		errs = append(errs, steps.Errorf("for", "give either for or that: what to wait for"))
	}
	if w.Min < 1 && !partial {
		errs = append(errs, steps.Errorf("min", "it must be above 0"))
	}
	return errors.Join(errs...)
}

func validFor(text string) bool {
	condition, is := strings.CutPrefix(text, "condition=")
	return text == "exists" || text == "deleted" || is && condition != ""
}

func (w *wait) expression() (*objectcel.Expression, error) {
	if w.That == "" {
		return nil, nil
	}
	return objectcel.Compile(w.That)
}

// Run waits.
func (w *wait) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return nil, err
	}
	job := &waiting{wait: w, Client: c, in: in, last: "nothing was seen"}
	if job.that, err = w.expression(); err != nil {
		return nil, steps.Final(err)
	}
	if err := job.run(ctx); err != nil {
		return nil, fmt.Errorf("%w; seen last: %s", err, job.last)
	}
	refs := []string{}
	for _, o := range job.found {
		refs = append(refs, reference(o))
	}
	return steps.Outputs{"objects": refs, "observed": job.last}, nil
}

// ready reports whether one object is as it should be, and what it is.
func (j *waiting) ready(o *unstructured.Unstructured) (bool, string, error) {
	if j.that != nil {
		return j.that.Holds(o.Object)
	}
	if j.For == "exists" {
		return true, "it is there", nil
	}
	name, want, given := strings.Cut(strings.TrimPrefix(j.For, "condition="), "=")
	if !given {
		want = "True"
	}
	status, text := conditionOf(o.Object, name)
	if seen, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); seen != 0 && seen < o.GetGeneration() {
		return false, "its controller has not seen its newest generation", nil
	}
	return strings.EqualFold(status, want), text, nil
}
