package node

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func settings(dir string) Settings {
	return Settings{
		Dir: dir, NodeName: "n", NodeIP: "10.160.255.2", PodCIDR: "10.160.0.0/17", ServiceCIDR: "10.160.128.0/20", DNSIP: "10.160.128.10",
		Cgroup: "/drplan-0", ContainerdSocket: dir + "/run/containerd.sock", PauseImage: "pause:1", EtcdImage: "etcd:1", CoreDNSImage: "dns:1",
		StorageClass: "local", KubernetesVersion: "v1.2.3",
	}
}

func TestEveryTemplateIsFilledIn(t *testing.T) {
	entries, err := fs.ReadDir(files, "templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := Render(e.Name(), settings("/lab"))
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(text), "<no value>") || strings.Contains(string(text), "{{") {
			t.Errorf("%s is not filled in:\n%s", e.Name(), text)
		}
	}
}

// TestWhatARecoveryChangedStays: the cluster's files belong to whoever restores
// them, the machine's to the lab.
func TestWhatARecoveryChangedStays(t *testing.T) {
	dir := t.TempDir()
	s := settings(dir)
	if changed, err := s.WriteMachine(); err != nil || len(changed) > 0 {
		t.Fatalf("new files count as changed: %v, %v", changed, err)
	}
	if err := s.WriteCluster(); err != nil {
		t.Fatal(err)
	}
	manifest, keys, config := filepath.Join(dir, "etc/kubernetes/manifests/etcd.yaml"), filepath.Join(dir, EncryptionConfig), filepath.Join(dir, "etc/kubelet.yaml")
	before, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{manifest, config} {
		if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if changed, err := s.WriteMachine(); err != nil || len(changed) != 1 || changed[0] != "etc/kubelet.yaml" {
		t.Fatalf("changed are %v, %v", changed, err)
	}
	if err := s.WriteCluster(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(manifest); string(got) != "changed" {
		t.Error("the manifest was written again")
	}
	if got, _ := os.ReadFile(config); string(got) == "changed" {
		t.Error("the kubelet's configuration was not written again")
	}
	if after, _ := os.ReadFile(keys); string(after) != string(before) {
		t.Error("the encryption keys were made anew: what etcd holds could never be read again")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "etc/kubernetes/manifests/.tmp-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
