package labtest

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// standbyVar names the folder of a lab beside the one of DRPLAN_LAB_BREAKABLE, on its
// S3 servers, in place of one that is brought up for the tests.
const standbyVar = "DRPLAN_LAB_STANDBY"

// Standby is a second cluster, whose Velero has the buckets of the first one. The
// package's tests may break it one after the other.
func Standby(t testing.TB, first *Lab) *Lab {
	t.Helper()
	if dir := os.Getenv(standbyVar); dir != "" {
		lab, err := read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return lab
	}
	return standby.up(t, "--name", "standby", "--s3-of", first.Dir)
}

// Contexts writes a kubeconfig with a context of that name for each cluster, and
// returns the file.
func Contexts(t testing.TB, clusters map[string]Kubernetes) string {
	t.Helper()
	all := api.NewConfig()
	for name, k := range clusters {
		one, err := clientcmd.LoadFromFile(k.Kubeconfig)
		if err != nil {
			t.Fatal(err)
		}
		at := one.Contexts[k.Context]
		all.Clusters[name], all.AuthInfos[name] = one.Clusters[at.Cluster], one.AuthInfos[at.AuthInfo]
		all.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*all, file); err != nil {
		t.Fatal(err)
	}
	return file
}
