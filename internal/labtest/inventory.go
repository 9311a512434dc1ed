package labtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Environ is the lab's own environment: its env file, as a shell that has read
// it would pass it on.
func (l *Lab) Environ(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `. "$1" && env -0`, "sh", filepath.Join(l.Dir, "env")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(bytes.TrimRight(out, "\x00")), "\x00")
}

// counted are the kinds of which a drill with a cleanup leaves none behind.
// Velero's BackupRepositories are not among them: one stays for each namespace
// whose volumes were ever backed up, by Velero's own design.
var counted = []schema.GroupVersionKind{
	{Version: "v1", Kind: "Namespace"},
	{Version: "v1", Kind: "PersistentVolume"},
	{Version: "v1", Kind: "ConfigMap"}, // beside Velero: others are in namespaces
	{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRoleBinding"},
	{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"},
	{Group: "velero.io", Version: "v1", Kind: "Backup"},
	{Group: "velero.io", Version: "v1", Kind: "DeleteBackupRequest"},
	{Group: "velero.io", Version: "v1", Kind: "Restore"},
	{Group: "velero.io", Version: "v1", Kind: "Schedule"},
	{Group: "velero.io", Version: "v1", Kind: "BackupStorageLocation"},
	{Group: "velero.io", Version: "v1", Kind: "PodVolumeBackup"},
	{Group: "velero.io", Version: "v1", Kind: "PodVolumeRestore"},
	{Group: "velero.io", Version: "v2alpha1", Kind: "DataUpload"},
	{Group: "velero.io", Version: "v2alpha1", Kind: "DataDownload"},
}

// runsOf are the runs that have made namespaces, by their names.
type runsOf map[string]string

// of is the run that made a namespace, or that in which a volume is claimed.
func (r runsOf) of(item unstructured.Unstructured) string {
	switch item.GetKind() {
	case "Namespace": // they are listed first
		r[item.GetName()] = item.GetAnnotations()["drplan.dev/run"]
		return r[item.GetName()]
	case "PersistentVolume":
		claimed, _, _ := unstructured.NestedString(item.Object, "spec", "claimRef", "namespace")
		return r[claimed]
	}
	return ""
}

// Inventory lists what is in a cluster outside of its namespaces, and what
// Velero has in its own, as "Kind namespace/name", and " of RUN" where a namespace is
// a run's.
func (k Kubernetes) Inventory(t testing.TB) []string {
	t.Helper()
	asked := k.Client(t)
	var all []string
	runs := runsOf{}
	for _, kind := range counted {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
		err := asked.List(t.Context(), list, &client.ListOptions{Raw: &metav1.ListOptions{}})
		if meta.IsNoMatchError(err) {
			continue // Velero's, of a cluster without it
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			if strings.Contains(item.GetName(), testPrefix) {
				continue // of a test beside this one
			}
			if kind.Kind == "ConfigMap" && item.GetNamespace() != k.VeleroNamespace {
				continue
			}
			text := fmt.Sprintf("%s %s/%s", kind.Kind, item.GetNamespace(), item.GetName())
			if run := runs.of(item); run != "" {
				text += " of " + run
			}
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// Objects lists what is in the server's buckets, as bucket/key. Velero's
// repositories of volumes' files are not among them: one stays for each namespace
// that was ever backed up, by Velero's own design.
func (s S3Server) Objects(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, bucket := range []string{s.Bucket, s.Velero} {
		if s.DataDir == "" || bucket == "" {
			continue // a lab without a cluster has fewer
		}
		err := filepath.WalkDir(filepath.Join(s.DataDir, bucket), func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // deleted since its folder was read
			}
			if err != nil || entry.IsDir() || strings.Contains(path, "/"+testPrefix) {
				return err
			}
			key, err := filepath.Rel(s.DataDir, path)
			if !strings.HasPrefix(key, s.Velero+"/kopia/") {
				all = append(all, key)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Added is what is in after and was not in before.
func Added(before, after []string) []string {
	return slices.DeleteFunc(slices.Clone(after), func(s string) bool { return slices.Contains(before, s) })
}

// Audited counts what the API server was asked to do, by its audit log since a
// size that AuditSize gave: verb and resource, such as "create restores".
func (k Kubernetes) Audited(t testing.TB, since int64, count func(AuditEvent) bool) (n int) {
	t.Helper()
	data, err := os.ReadFile(k.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data[min(since, int64(len(data))):]) {
		var ev AuditEvent
		if json.Unmarshal(line, &ev) == nil && ev.Stage == "ResponseComplete" && count(ev) {
			n++
		}
	}
	return n
}

// AuditSize is how much of the audit log there is.
func (k Kubernetes) AuditSize(t testing.TB) int64 {
	t.Helper()
	info, err := os.Stat(k.AuditLog)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// AuditEvent is what tests read of a line of the audit log.
type AuditEvent struct {
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource  string `json:"resource"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}
