package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// apiServer is a manifest as kubeadm writes it, of a node whose root is ROOT:
// what the container calls /etc/enc the host calls ROOT/secure.
const apiServer = `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    command:
    - kube-apiserver
    - --advertise-address=10.0.0.1
    - --audit-log-path=/var/log/kubernetes/audit.log
    - --audit-policy-file=/etc/kubernetes/audit/policy.yaml
    - --encryption-provider-config=/etc/enc/keys.yaml
    - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
    - --oidc-ca-file
    - /etc/enc/oidc.crt
    - --service-account-signing-key-file=/etc/kubernetes/pki/sa.key
    volumeMounts:
    - {name: k8s, mountPath: /etc/kubernetes, readOnly: true}
    - {name: enc, mountPath: /etc/enc}
    - {name: log, mountPath: /var/log/kubernetes}
  volumes:
  - {name: k8s, hostPath: {path: ROOT/etc/kubernetes}}
  - {name: enc, hostPath: {path: ROOT/secure}}
  - {name: log, hostPath: {path: ROOT/log}}
`

// controlPlane is the root of a node's files.
func controlPlane(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for file, text := range map[string]string{
		"/etc/kubernetes/manifests/kube-apiserver.yaml":     strings.ReplaceAll(apiServer, "ROOT", root),
		"/etc/kubernetes/admin.conf":                        "kubeconfig",
		"/etc/kubernetes/kubeadm-config.yaml":               "kind: ClusterConfiguration",
		"/etc/kubernetes/tmp/old":                           "leftover",
		"/etc/kubernetes/audit/policy.yaml":                 "kind: Policy",
		"/etc/kubernetes/pki/ca.key":                        "ca",
		"/etc/kubernetes/pki/sa.key":                        "sa",
		"/etc/kubernetes/pki/apiserver-etcd-client.crt":     "crt",
		"/secure/keys.yaml":                                 "kind: EncryptionConfiguration",
		"/secure/oidc.crt":                                  "oidc",
		"/log/audit.log":                                    "lines",
		"/var/lib/kubelet/config.yaml":                      "kind: KubeletConfiguration",
		"/var/lib/kubelet/pods/1/volumes/secret":            "not of the node",
		"/var/lib/kubelet/pki/kubelet-client-2026.pem":      "pem",
		"/var/lib/kubelet/kubeadm-flags.env":                "FLAGS",
		"/var/lib/kubelet/device-plugins/kubelet_internal_": "state",
	} {
		write(t, root+file, text)
	}
	if err := os.Symlink(root+"/var/lib/kubelet/pki/kubelet-client-2026.pem", root+"/var/lib/kubelet/pki/kubelet-client-current.pem"); err != nil {
		t.Fatal(err)
	}
	return root
}

func kubeadmInput(root string, k keys) obj {
	return obj{"kubeadm": root + "/etc/kubernetes", "kubelet_dir": root + "/var/lib/kubelet", "to": filepath.Join(root, "b.age"), "recipients": []string{k.public}}
}

// TestKubeadm: all that a node needs comes back, and nothing else.
func TestKubeadm(t *testing.T) {
	root, k, into := controlPlane(t), newKeys(t), t.TempDir()
	out := must(t, backupKindOf(), newRun(t), kubeadmInput(root, k))
	must(t, Restore(), newRun(t), obj{"from": out["path"], "into": into, "identity": k.private})
	got := map[string]bool{}
	for name := range described(t, into+root) {
		if info, err := os.Lstat(into + root + "/" + name); err == nil && !info.IsDir() {
			got[name] = true
		}
	}
	want := []string{
		"etc/kubernetes/manifests/kube-apiserver.yaml", "etc/kubernetes/admin.conf", "etc/kubernetes/kubeadm-config.yaml",
		"etc/kubernetes/audit/policy.yaml", "etc/kubernetes/pki/ca.key", "etc/kubernetes/pki/sa.key", "etc/kubernetes/pki/apiserver-etcd-client.crt",
		"secure/keys.yaml", "secure/oidc.crt", "var/lib/kubelet/config.yaml", "var/lib/kubelet/kubeadm-flags.env",
		"var/lib/kubelet/pki/kubelet-client-2026.pem", "var/lib/kubelet/pki/kubelet-client-current.pem",
	}
	for _, name := range want {
		if !got[name] {
			t.Errorf("%s is missing", name)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("nobody asked for %v", got)
	}
	if target, err := filepath.EvalSymlinks(into + root + "/var/lib/kubelet/pki/kubelet-client-current.pem"); err != nil || !strings.HasPrefix(target, into) {
		t.Errorf("the kubelet's link leads to %s, %v", target, err)
	}
}

func TestKubeadmNode(t *testing.T) {
	k := newKeys(t)
	for name, c := range map[string]struct {
		change func(root string) error
		fails  string
		notes  string
	}{
		"without encryption keys":   {func(root string) error { return os.Remove(root + "/secure/keys.yaml") }, "--encryption-provider-config", ""},
		"without sa.key":            {func(root string) error { return os.Remove(root + "/etc/kubernetes/pki/sa.key") }, "--service-account-signing-key-file", ""},
		"no node":                   {func(root string) error { return os.RemoveAll(root + "/etc/kubernetes/pki") }, "no control plane node", ""},
		"keys in a KMS":             {func(root string) error { return os.WriteFile(root+"/secure/keys.yaml", []byte("- kms: {}"), 0o600) }, "", "in a KMS"},
		"no API server":             {func(root string) error { return os.RemoveAll(root + "/etc/kubernetes/manifests") }, "", "no manifest"},
		"secrets are not encrypted": {without("    - --encryption-provider-config=/etc/enc/keys.yaml\n"), "", "names no --encryption-provider-config"},
		"the manifest is no manifest": {func(root string) error {
			return os.WriteFile(root+"/etc/kubernetes/manifests/kube-apiserver.yaml", []byte("- x\n- y"), 0o600)
		}, "no manifest of a pod", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := controlPlane(t)
			if err := c.change(root); err != nil {
				t.Fatal(err)
			}
			step := stepstest.Decode(t, backupKindOf(), kubeadmInput(root, k))
			var paths steps.Check
			for _, check := range step.(steps.Preflighter).Preflight(t.Context(), newRun(t)) {
				if check.Name == "paths" {
					paths = check
				}
			}
			if c.fails != "" {
				if paths.Err == nil || !strings.Contains(paths.Err.Error(), c.fails) {
					t.Errorf("the check says %v; want %q", paths.Err, c.fails)
				}
				return
			}
			if paths.Err != nil || !strings.Contains(paths.Message, c.notes) {
				t.Errorf("the check says %q, %v; want %q", paths.Message, paths.Err, c.notes)
			}
		})
	}
}

func without(text string) func(string) error {
	return func(root string) error {
		file := root + "/etc/kubernetes/manifests/kube-apiserver.yaml"
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), text) {
			return errors.Join(err, errors.New("the manifest has changed"))
		}
		return os.WriteFile(file, []byte(strings.Replace(string(data), text, "", 1)), 0o600)
	}
}

// TestChoosing is of what a backup is made of.
func TestChoosing(t *testing.T) {
	dir, k := tree(t), newKeys(t)
	to := filepath.Join(t.TempDir(), "b.age")
	base := obj{"to": to, "recipients": []string{k.public}}
	for name, c := range map[string]struct {
		input obj
		words string
	}{
		"absent":          {obj{"paths": []string{dir, dir + "/absent", dir + "/nor/this"}}, "nor/this"},
		"finds nothing":   {obj{"paths": []string{dir + "/*.xyz"}}, "finds nothing"},
		"a link alone":    {obj{"paths": []string{dir + "/absolute"}}, "name " + dir + "/pki/ca.key too"},
		"only folders":    {obj{"paths": []string{dir + "/hollow"}}, "nothing would be backed up"},
		"all is excluded": {obj{"paths": []string{dir}, "exclude": []string{"pki", "empty", "absolute"}}, "nothing would be backed up"},
		"too much":        {obj{"paths": []string{dir}, "max_size": 36}, "37 bytes together, more than 36"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, backupKindOf(), newRun(t), with(base, c.input), filepath.Dir(to), c.words)
		})
	}
	out := must(t, backupKindOf(), newRun(t), with(base, obj{"paths": []string{dir + "/*"}, "exclude": []string{dir + "/pki/*.key"}}))
	if out["files"] != 4 || len(out["notes"].([]string)) != 1 || !strings.Contains(out["notes"].([]string)[0], "leads to "+dir+"/pki/ca.key") {
		t.Errorf("outputs %v; want 4 files, and a note on the link to the excluded key", out)
	}
	other := newRun(t)
	other.RunID = "another-run"
	refused(t, backupKindOf(), other, with(base, obj{"paths": []string{dir}}), filepath.Dir(to), "exists already")
	if err := os.Chmod(dir+"/pki", fs.ModePerm); err != nil {
		t.Fatal(err)
	}
}
