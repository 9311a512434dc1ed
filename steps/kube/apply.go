package kube

import (
	"context"
	"errors"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// Apply is the kind kube_apply.
func Apply() steps.Kind {
	return steps.Kind{
		Type:    "kube_apply",
		Summary: "Apply manifests to a cluster, CRDs first.",
		Doc: `Server-side apply, as the field manager drplan. Namespaces and CustomResourceDefinitions go first; what they define is
applied once the API server serves it, webhooks at the end. A field that another manager owns and has another value for is an
error that names the manager; force takes it over. A Namespace that a drill makes is marked as this run's: the drill
may then change what is in it.

It can be done again, and is, after a crash. It does not wait until workloads run: verify does, and kube_wait.`,
		Example: `step: Deploy the application's configuration
kube_apply:
  files: [manifests/]
  namespace: shop
`,
		ByHand: `{{with .namespace}}{{if $.create_namespace}}kubectl create namespace {{quote .}}
{{end}}{{end}}{{with .files}}kubectl apply --server-side --field-manager=drplan{{with $.namespace}} -n {{quote .}}{{end}}{{if $.force}} --force-conflicts{{end}}{{range .}} -f {{quote .}}{{end}}
{{end}}{{with .inline}}kubectl apply --server-side --field-manager=drplan{{with $.namespace}} -n {{quote .}}{{end}}{{if $.force}} --force-conflicts{{end}} -f - <<'EOF'
{{.}}
EOF{{end}}`,
		New:     func() steps.Step { return new(apply) },
		Timeout: 5 * time.Minute,
		List:    "files",
		Outputs: []steps.Output{
			{Name: "applied", Type: steps.Int, Doc: "How many objects were applied."},
			{Name: "changed", Type: steps.Int, Doc: "How many of them this attempt made or changed."},
			{Name: "created", Type: steps.List, Doc: "Those that were not there before the step, such as \"Deployment.apps shop/web\": what `objects` of kube_delete takes."},
		},
		Traits: steps.Traits{Mutates: true, Cluster: true, Brings: steps.Velero},
	}
}

type apply struct {
	manifests
	Namespace       string `json:"namespace" default:"default" doc:"Of objects whose manifest names none."`
	CreateNamespace bool   `json:"create_namespace" doc:"Make the namespace where it is not there."`
	Force           bool   `json:"force" doc:"Take over fields that another manager owns."`
}

// Validate checks the config.
func (a *apply) Validate(partial bool) error {
	var errs []error
	if !a.given() && !partial {
		errs = append(errs, steps.Errorf("files", "give files or inline: what to apply"))
	}
	return errors.Join(append(errs, a.validate())...)
}

// Run applies the objects one after another.
func (a *apply) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	objects, err := a.objects()
	if err != nil {
		return nil, err
	}
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return nil, err
	}
	made, err := openRecord(in.Dir, "created")
	if err != nil {
		return nil, err
	}
	job := &applying{apply: a, Client: c, in: in, created: made, own: defines(objects), total: len(objects)}
	for _, stage := range stages(objects) {
		for _, o := range stage {
			if err := job.put(ctx, o); err != nil {
				return nil, errors.Join(err, made.close())
			}
		}
		if err := job.established(ctx, stage); err != nil {
			return nil, errors.Join(err, made.close())
		}
	}
	return steps.Outputs{"applied": len(objects), "changed": job.changed, "created": made.refs}, made.close()
}
