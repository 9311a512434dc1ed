package velero

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
)

// TestVersionsWhereOneAPIIsDown: an API that does not answer is not one that is
// missing. It is no lab's API server: a dead API there would hold up whoever
// deletes a namespace beside this test.
func TestVersionsWhereOneAPIIsDown(t *testing.T) {
	answers := map[string]any{
		"/api":    metav1.APIVersions{Versions: []string{"v1"}},
		"/api/v1": metav1.APIResourceList{GroupVersion: "v1", APIResources: []metav1.APIResource{{Name: "pods", Kind: "Pod", Namespaced: true}}},
		"/apis":   metav1.APIGroupList{Groups: []metav1.APIGroup{group("down.example.com"), group("up.example.com")}},
		"/apis/up.example.com/v1": metav1.APIResourceList{
			GroupVersion: "up.example.com/v1", APIResources: []metav1.APIResource{{Name: "things", Kind: "Thing"}},
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			http.Error(w, "no endpoints available", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer server.Close()
	config := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": %q}}], "contexts": [{"name": "c", "context": {"cluster": "c"}}]}`, server.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := new(restoreStep).open(&steps.Run{Cluster: &steps.Cluster{Kubeconfig: config}})
	if err != nil {
		t.Fatal(err)
	}
	item := func(gv, kind string) contents.Item {
		return contents.Item{GroupVersionKind: schema.FromAPIVersionAndKind(gv, kind), Namespace: "shop", Name: "x"}
	}
	for _, tt := range []struct {
		kind  contents.Item
		wants []string
	}{
		{item("up.example.com/v1", "Thing"), nil},
		{item("up.example.com/v1", "Other"), []string{"does not serve up.example.com/v1 Other", "install"}},
		{item("down.example.com/v1", "Thing"), []string{"down.example.com/v1 does not answer", "cannot be told", "apiservice v1.down.example.com"}},
	} {
		check := (&preflight{restore: r, items: []contents.Item{item("v1", "Pod"), tt.kind}}).checkVersions(t.Context())
		if missing := lacks(check.Err, tt.wants...); missing != nil || (check.Err == nil) != (tt.wants == nil) {
			t.Errorf("%s: %v", tt.kind.GroupVersionKind, check.Err)
		}
	}
}

func group(name string) metav1.APIGroup {
	v := metav1.GroupVersionForDiscovery{GroupVersion: name + "/v1", Version: "v1"}
	return metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v}
}
