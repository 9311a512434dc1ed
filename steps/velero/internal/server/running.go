package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
)

// Names of the preflight checks here.
const (
	CheckRunning   = "velero_running"
	CheckNodeAgent = "node_agent"
)

// NodeAgent is the name of the DaemonSet that moves the bytes of volumes.
const NodeAgent = "node-agent"

// Deployment finds the server's Deployment, whatever an installer called it: it
// is the one that runs `velero server`.
func (s *Server) Deployment(ctx context.Context) (*appsv1.Deployment, error) {
	var all appsv1.DeploymentList
	if err := s.Retry(ctx, func() error { return s.List(ctx, &all, client.InNamespace(s.Namespace)) }); err != nil {
		return nil, err
	}
	for i := range all.Items {
		if container(&all.Items[i]) != nil {
			return &all.Items[i], nil
		}
	}
	return nil, fmt.Errorf("%w in the namespace %s: no Deployment there runs `velero server`", ErrNoVelero, s.Namespace)
}

func container(d *appsv1.Deployment) *corev1.Container {
	all := d.Spec.Template.Spec.Containers
	for i := range all {
		words := slices.Concat(all[i].Command, all[i].Args)
		if len(words) > 1 && strings.HasSuffix(words[0], "velero") && slices.Contains(words, "server") {
			return &all[i]
		}
	}
	return nil
}

// Version is that of the server by its image's tag, such as v1.18.3; "" where the
// image has none.
func Version(d *appsv1.Deployment) string {
	c := container(d)
	if c == nil {
		return ""
	}
	image, _, _ := strings.Cut(c.Image, "@")
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag
}

// The first Velero that can do what some steps need of it.
const (
	SinceMergePatches = "1.13.0" // merge patches among a restore's resource modifiers
	SinceCancelFiles  = "1.17.0" // a restore of a volume's files can be called off
)

// TooOld is the error of a server whose version says that it cannot do something,
// such as "modify what it restores". One that does not say its version, such as
// one of a branch, is taken at its user's word.
func TooOld(d *appsv1.Deployment, first, todo string) error {
	version := Version(d)
	v, err := utilversion.ParseGeneric(version)
	if err != nil || v.AtLeast(utilversion.MustParseGeneric(first)) {
		return nil
	}
	return fmt.Errorf("the Velero %s in the namespace %s cannot %s: that needs %s or newer; upgrade it as its own documentation says", version, d.Namespace, todo, first)
}

// CheckRunning is a preflight check: there is a server, and it runs.
func (s *Server) CheckRunning(ctx context.Context) steps.Check {
	check := steps.Check{Name: CheckRunning}
	d, err := s.Deployment(ctx)
	switch {
	case err != nil:
		check.Err, check.Defer, check.Lacks = err, errors.Is(err, ErrNoVelero), steps.Velero
	case d.Status.AvailableReplicas == 0:
		check.Err = fmt.Errorf("the server does not run: the Deployment %s has no pod that is available; kubectl -n %s describe pods -l deploy=velero", d.Name, s.Namespace)
	default:
		version := Version(d)
		check.Message = strings.TrimSpace("Velero " + version + " runs")
		if version != "" {
			check.Facts = []steps.Fact{{Of: "Velero in " + s.Namespace, Name: "velero", Value: version}}
		}
	}
	return check
}

// CheckNodeAgent is a preflight check: the agent that reads and writes volumes'
// files is ready on every node.
func (s *Server) CheckNodeAgent(ctx context.Context) steps.Check {
	check := steps.Check{Name: CheckNodeAgent}
	var d appsv1.DaemonSet
	err := s.Retry(ctx, func() error { return s.Get(ctx, s.Key(NodeAgent), &d) })
	st := d.Status
	switch {
	case apierrors.IsNotFound(err):
		check.Defer = true // the step that installs it may be before this one
		check.Err = fmt.Errorf("there is no DaemonSet %s in the namespace %s, without which no volume's files are moved: velero install --use-node-agent", NodeAgent, s.Namespace)
	case err != nil:
		check.Err = err
	case st.DesiredNumberScheduled == 0:
		check.Err = fmt.Errorf("the DaemonSet %s is meant for no node: look at its nodeSelector", NodeAgent)
	case st.NumberReady < st.DesiredNumberScheduled:
		check.Err = fmt.Errorf("the DaemonSet %s is ready on %d of %d nodes: kubectl -n %s describe pods -l name=%[1]s", NodeAgent, st.NumberReady, st.DesiredNumberScheduled, s.Namespace)
	default:
		check.Message = fmt.Sprintf("the node agent is ready on %d of %d nodes", st.NumberReady, st.DesiredNumberScheduled)
	}
	return check
}

// Image is the server's, "" where there is no server in the Deployment.
func Image(d *appsv1.Deployment) string {
	if c := container(d); c != nil {
		return c.Image
	}
	return ""
}
