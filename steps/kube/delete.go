package kube

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// Delete is the kind kube_delete.
func Delete() steps.Kind {
	return steps.Kind{
		Type:    "kube_delete",
		Summary: "Delete objects of a cluster, and wait until they are gone.",
		Doc: `What to delete is said by kind with name or selector, by objects such as "Deployment shop/web", or by manifests.
It is over when none of these objects is left, with what they own; an object that somebody makes anew under the same name
is another. On its deadline it says which finalizer holds which object, who set it, and what a namespace still holds.

What is absent already is fine, unless must_exist. Volumes that outlive their namespace or claim are its output orphans;
with orphans: fail it waits until they are gone too.`,
		Example: `step: The namespace is lost
kube_delete:
  kind: Namespace
  name: shop
  must_exist: true
timeout: 5m
`,
		ByHand: `{{with .kind}}kubectl delete {{quote .}}{{with $.name}} {{quote .}}{{end}}{{with $.namespace}} -n {{quote .}}{{end}}{{with $.selector}} -l {{quote .}}{{end}} --wait --cascade=foreground
{{end}}{{range .objects}}kubectl delete {{.}} --wait --cascade=foreground
{{end}}{{with .files}}kubectl delete{{with $.namespace}} -n {{quote .}}{{end}}{{range .}} -f {{quote .}}{{end}} --wait --cascade=foreground
{{end}}`,
		New:     func() steps.Step { return new(deletion) },
		Timeout: 5 * time.Minute,
		List:    "objects",
		Outputs: []steps.Output{
			{Name: "deleted", Type: steps.Int, Doc: "How many objects were deleted, without what they owned."},
			{Name: "objects", Type: steps.List, Doc: "Which, such as \"Deployment.apps shop/web\"."},
			{Name: "orphans", Type: steps.List, Doc: "PersistentVolumes that were bound to a claim that is gone, and are left."},
		},
		Traits: steps.Traits{Mutates: true, Cluster: true},
	}
}

type deletion struct {
	manifests
	Kind        string          `json:"kind" doc:"Kind of the objects, such as Namespace, or deployments.apps."`
	Name        string          `json:"name" doc:"The name of one."`
	Namespace   string          `json:"namespace" doc:"Where the objects are; of manifests, where theirs names none."`
	Selector    string          `json:"selector" doc:"Labels of those to delete, such as app=web."`
	Objects     []string        `json:"objects" doc:"Objects, such as \"Deployment shop/web\" or \"Namespace shop\"."`
	MustExist   bool            `json:"must_exist" doc:"Fail where there is nothing to delete."`
	Propagation string          `json:"propagation" default:"foreground" enum:"foreground,background,orphan" doc:"What becomes of what the objects own: it goes first, goes afterwards, or stays."`
	GracePeriod *steps.Duration `json:"grace_period" doc:"How long pods have to stop; without it, as long as they ask for. 0s kills."`
	Orphans     string          `json:"orphans" default:"report" enum:"report,fail" doc:"Of volumes that outlive their namespace or claim: report them, or wait until they are gone and fail where they stay."`
}

// Validate checks the config.
func (d *deletion) Validate(partial bool) error {
	errs := []error{d.validate()}
	if _, err := labels.Parse(d.Selector); err != nil {
		errs = append(errs, steps.Errorf("selector", "it is no label selector: %w", err))
	}
	for _, ref := range d.Objects {
		if _, _, _, err := parseReference(ref); err != nil && ref != "" {
			errs = append(errs, &steps.FieldError{Path: "objects", Err: err})
		}
	}
	if d.GracePeriod != nil && *d.GracePeriod < 0 {
		errs = append(errs, steps.Errorf("grace_period", "it must not be below 0"))
	}
	if !partial {
		errs = append(errs, d.complete())
	}
	return errors.Join(errs...)
}

// complete: to delete all objects of a kind is never what an omission means.
func (d *deletion) complete() error {
	switch {
	case d.Kind == "" && !d.given() && len(d.Objects) == 0:
		return steps.Errorf("kind", "give kind, objects, files or inline: what to delete")
	case d.Kind != "" && d.Name == "" && d.Selector == "":
		return steps.Errorf("name", "give a name or a selector: not all objects of a kind are deleted")
	case d.Kind == "" && d.Name+d.Selector != "":
		return steps.Errorf("kind", "name and selector need a kind")
	case d.Name != "" && d.Selector != "":
		return steps.Errorf("selector", "give either name or selector")
	}
	return nil
}

// Run deletes, and waits.
func (d *deletion) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return nil, err
	}
	done, err := openRecord(in.Dir, "deleted")
	if err != nil {
		return nil, err
	}
	job := &deleting{deletion: d, Client: c, in: in, deleted: done, claims: map[types.UID]bool{}}
	return job.outputs(job.run(ctx))
}

func (j *deleting) outputs(err error) (steps.Outputs, error) {
	if err := errors.Join(err, j.deleted.close()); err != nil {
		return nil, err
	}
	return steps.Outputs{"deleted": len(j.deleted.refs), "objects": j.deleted.refs, "orphans": j.orphans}, nil
}
