package labtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// Administrators is the group of those who may do everything on a cluster.
const Administrators = "system:masters"

// Actor is a user of a test's own. By its name the API server's audit log tells
// what a drill asked for, its commands included, from what others ask for on the
// same cluster at the same time.
type Actor struct {
	Name       string
	Kubeconfig string // a file; its context has the name of the cluster's own

	k     Kubernetes
	since int64
}

// Actor makes a user who is in some groups; who is in none may do nothing.
func (k Kubernetes) Actor(t testing.TB, groups ...string) *Actor {
	t.Helper()
	a := &Actor{Name: Name(testPrefix), Kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"), k: k, since: k.AuditSize(t)}
	config, err := clientcmd.LoadFromFile(k.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range config.AuthInfos {
		user.Impersonate, user.ImpersonateGroups = a.Name, groups
	}
	if err := clientcmd.WriteToFile(*config, a.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	return a
}

// Write is what an actor asked the API server to change.
type Write struct {
	Verb     string // create, update, patch, delete, deletecollection
	Resource string // with its subresource, such as pods/exec
	Object   string // namespace/name
	Code     int    // of the answer
}

func (w Write) String() string {
	return fmt.Sprintf("%s %s %s: %d", w.Verb, w.Resource, w.Object, w.Code)
}

// Writes are all that the actor asked to change, whatever the answer was. What an
// actor may do is asked by a create, too, and is none of them; no more is a dry run.
// An actor who asked for nothing at all was not the one who acted: the test ends.
func (a *Actor) Writes(t testing.TB) (all []Write) {
	t.Helper()
	asked := a.asked(t)
	if len(asked) == 0 {
		t.Fatalf("the audit log has no request of %s", a.Name)
	}
	for _, r := range asked {
		if w := r.write(); slices.Contains(changing, w.Verb) && !slices.Contains(reviews, w.Resource) && !strings.Contains(r.URI, "dryRun=All") {
			all = append(all, w)
		}
	}
	return all
}

var (
	changing = []string{"create", "update", "patch", "delete", "deletecollection"}
	reviews  = []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}
)

// Count is of how many writes that were granted: a verb and a resource, such as
// "delete namespaces".
func (a *Actor) Count(t testing.TB, what string) (n int) {
	t.Helper()
	for _, r := range a.asked(t) {
		if w := r.write(); w.Verb+" "+w.Resource == what && w.Code < 300 {
			n++
		}
	}
	return n
}

// request is what an Actor reads of a line of the audit log.
type request struct {
	AuditEvent
	URI       string `json:"requestURI"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	User struct {
		Name string `json:"username"`
	} `json:"impersonatedUser"`
}

func (r request) write() Write {
	ref := r.ObjectRef
	return Write{r.Verb, strings.TrimSuffix(ref.Resource+"/"+ref.Subresource, "/"), ref.Namespace + "/" + ref.Name, r.ResponseStatus.Code}
}

func (a *Actor) asked(t testing.TB) (all []request) {
	t.Helper()
	data, err := os.ReadFile(a.k.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data[min(a.since, int64(len(data))):]) {
		var r request
		if json.Unmarshal(line, &r) == nil && r.Stage == "ResponseComplete" && r.User.Name == a.Name {
			all = append(all, r)
		}
	}
	return all
}
