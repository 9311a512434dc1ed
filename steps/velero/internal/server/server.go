package server

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// defaultNamespace is also what the field's default says.
const defaultNamespace = "velero"

// Group of Velero's API, for kubeclient.Access.
const Group = "velero.io"

// Where is the field that all kinds of Velero have. It is not called namespace,
// which in a plan is that of a workload.
type Where struct {
	VeleroNamespace string `json:"velero_namespace" default:"velero" doc:"The namespace in which Velero is installed."`
}

// Validate is for a kind's own Validate.
func (w Where) Validate() error {
	if w.VeleroNamespace == "" || namespaces().MatchString(w.VeleroNamespace) {
		return nil
	}
	return steps.Errorf("velero_namespace", "%q is no namespace's name: lower case letters, digits and dashes", w.VeleroNamespace)
}

var namespaces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`) })

// IsNamespace reports whether a text can be a namespace's name.
func IsNamespace(name string) bool { return namespaces().MatchString(name) }

// Server is one Velero.
type Server struct {
	*kubeclient.Client
	Namespace string // in which it lives
}

// Dial contacts nobody: the first request does.
func (w Where) Dial(in *steps.Run) (*Server, error) {
	c, err := kubeclient.New(in.Cluster)
	if err != nil {
		return nil, err
	}
	return &Server{c, cmp.Or(w.VeleroNamespace, defaultNamespace)}, nil
}

// Reach is Dial for a preflight: the server where its cluster answers, else the
// checks that say why it does not, or not yet.
func (w Where) Reach(ctx context.Context, in *steps.Run) (*Server, []steps.Check) {
	s, err := w.Dial(in)
	if err != nil {
		return nil, kubeclient.Unknown(err)
	}
	return s, s.Silent(ctx, in)
}

// Key is that of an object beside the server.
func (s *Server) Key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: s.Namespace, Name: name}
}

// Need is access to one of Velero's own resources, for CheckAccess.
func (s *Server) Need(resource string, verbs ...string) kubeclient.Access {
	return kubeclient.Access{Verbs: verbs, Group: Group, Resource: resource, Namespace: s.Namespace}
}

// One selects one object beside the server, for Await.
func (s *Server) One(name string) []client.ListOption {
	return []client.ListOption{client.InNamespace(s.Namespace), client.MatchingFields{"metadata.name": name}}
}

// IsNamespacePattern reports whether a text can be a namespace's name, with * for
// any letters, as Velero reads it.
func IsNamespacePattern(text string) bool {
	return IsNamespace(strings.ReplaceAll(text, "*", "x"))
}
