package contents

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
)

const listed = `{
  "v1/Pod": ["shop/web(created)", "other/x(skipped)"], "apps/v1/Deployment": ["shop/web"], "v1/Namespace": ["shop"], "v1/Event": ["shop/web.1"],
  "apiextensions.k8s.io/v1/CustomResourceDefinition": ["things.example.com"]
}`

func parsed(t *testing.T) []Item {
	t.Helper()
	items, err := Parse([]byte(listed))
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func names(items []Item) string {
	var all []string
	for _, i := range items {
		all = append(all, i.String()+" "+i.Action)
	}
	slices.Sort(all)
	return strings.Join(all, "|")
}

func TestParse(t *testing.T) {
	want := "CustomResourceDefinition things.example.com |Deployment shop/web |Event shop/web.1 |Namespace shop |Pod other/x skipped|Pod shop/web created"
	if got := names(parsed(t)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, i := range parsed(t) {
		if i.Kind == "Deployment" && (i.Group != "apps" || i.Version != "v1") {
			t.Errorf("the Deployment is of %s", i.GroupVersion())
		}
	}
	if _, err := Parse([]byte("<html>")); err == nil {
		t.Error("a page passes for a list")
	}
}

func TestTake(t *testing.T) {
	none := meta.NewDefaultRESTMapper(nil) // kinds are guessed
	for _, tt := range []struct {
		name    string
		take    Selection
		want    string
		targets string
	}{
		{"all but what Velero never restores", Selection{}, "CustomResourceDefinition things.example.com |Deployment shop/web |Namespace shop |Pod other/x skipped|Pod shop/web created", "other shop"},
		{"a namespace, mapped", Selection{IncludeNamespaces: []string{"sh*"}, Mappings: map[string]string{"shop": "copy"}}, "CustomResourceDefinition things.example.com |Deployment shop/web |Namespace shop |Pod shop/web created", "copy"},
		{"kinds", Selection{IncludeResources: []string{"deployments.apps", "Pods"}}, "Deployment shop/web |Pod other/x skipped|Pod shop/web created", "other shop"},
		{"without", Selection{ExcludeNamespaces: []string{"other"}, ExcludeResources: []string{"deployments", "namespaces", "customresourcedefinitions"}}, "Pod shop/web created", "shop"},
	} {
		got := tt.take.Take(parsed(t), none)
		if names(got) != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.name, names(got), tt.want)
		}
		if targets := strings.Join(tt.take.Targets(got), " "); targets != tt.targets {
			t.Errorf("%s: into %q, want %q", tt.name, targets, tt.targets)
		}
	}
}

func TestClaims(t *testing.T) {
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	entries := tar.NewWriter(zip)
	for name, body := range map[string]string{
		"resources/persistentvolumeclaims/namespaces/shop/data.json": `{"metadata": {"namespace": "shop", "name": "data", "labels": {"tier": "db"}}, "spec": {"storageClassName": "fast"}}`,
		"resources/persistentvolumeclaims/namespaces/shop/old.json":  `{"metadata": {"namespace": "shop", "name": "old", "annotations": {"volume.beta.kubernetes.io/storage-class": "slow"}}}`,
		"resources/pods/namespaces/shop/web.json":                    `{"metadata": {"namespace": "shop", "name": "web", "labels": {"app": "web"}}, "spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "old"}}]}}`,
		"resources/secrets/namespaces/shop/web.json":                 `not read`,
	} {
		if err := entries.WriteHeader(&tar.Header{Name: name, Size: int64(len(body)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := entries.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if entries.Close() != nil || zip.Close() != nil {
		t.Fatal("the archive could not be made")
	}
	whole := archive.Bytes()
	got, err := Claims(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := []Claim{
		{Namespace: "shop", Name: "data", StorageClass: "fast", Labels: labels.Set{"tier": "db"}},
		{Namespace: "shop", Name: "old", StorageClass: "slow", Users: []labels.Set{{"app": "web"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Claims(bytes.NewReader(whole[:len(whole)/2])); err == nil {
		t.Error("half an archive passes for a whole one")
	}
}

// TestClaimSelected: a claim is restored for its own labels, or for those of a pod
// that is restored.
func TestClaimSelected(t *testing.T) {
	c := Claim{Labels: labels.Set{"tier": "db"}, Users: []labels.Set{{"app": "web"}}}
	for _, tt := range []struct {
		selector string
		pods     bool
		want     bool
	}{
		{"", false, true}, {"tier=db", false, true}, {"app=web", true, true}, {"app=web", false, false}, {"app=other", true, false},
	} {
		by, err := labels.Parse(tt.selector)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Selected(by, tt.pods); got != tt.want {
			t.Errorf("%q, pods %v: %v", tt.selector, tt.pods, got)
		}
	}
}
