package node

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "templates/*"))

// Settings are what the files need to know. Paths are absolute.
type Settings struct {
	Dir               string // the lab's folder
	NodeName, NodeIP  string
	PodCIDR           string
	ServiceCIDR       string
	DNSIP             string
	Cgroup            string // as the kubelet takes it, with its slash
	ContainerdSocket  string
	PauseImage        string
	EtcdImage         string
	CoreDNSImage      string
	StorageClass      string
	KubernetesVersion string
	S3, S3Secondary   Store
}

// PolicySocket is where the CNI plugin announces pods to the enforcer of network
// policies.
func (s Settings) PolicySocket() string { return filepath.Join(s.Dir, "run", "policies.sock") }

// PluginDir holds links to all CNI plugins: the runtime takes one folder.
func (s Settings) PluginDir() string { return filepath.Join(s.Dir, "lib", "cni", "bin") }

// Store is one S3 server as Velero sees it.
type Store struct {
	Endpoint, Region, Bucket string
}

// machine files belong to the machine: they follow from the settings alone and
// are written at every start. The paths are below the lab's folder.
var machine = map[string]string{
	"etc/containerd/config.toml":    "containerd.toml",
	"etc/cni/net.d/10-lab.conflist": "cni.json",
	"etc/kubelet.yaml":              "kubelet.yaml",
	"etc/kube-proxy.yaml":           "kube-proxy.yaml",
	"etc/resolv.conf":               "resolv.conf",
}

// cluster files belong to the cluster: one that is there is left as it is, for
// a recovery may have changed it.
var cluster = map[string]string{
	"etc/kubernetes/audit-policy.yaml": "audit-policy.yaml",
}

// manifests are the control plane.
var manifests = map[string]string{
	"etc/kubernetes/manifests/etcd.yaml":                    "etcd.yaml",
	"etc/kubernetes/manifests/kube-apiserver.yaml":          "kube-apiserver.yaml",
	"etc/kubernetes/manifests/kube-controller-manager.yaml": "kube-controller-manager.yaml",
	"etc/kubernetes/manifests/kube-scheduler.yaml":          "kube-scheduler.yaml",
}

// EncryptionConfig is where the keys of what etcd holds encrypted lie, below
// the lab's folder.
const EncryptionConfig = "etc/kubernetes/encryption.yaml"

// WriteMachine writes the machine's files and names those that were there and
// have changed, by their paths below the lab's folder.
func (s Settings) WriteMachine() (changed []string, err error) {
	for path, name := range machine {
		before, err := os.ReadFile(filepath.Join(s.Dir, path))
		there := err == nil
		text, err := Render(name, s)
		if err != nil {
			return nil, err
		}
		if there && bytes.Equal(before, text) {
			continue
		}
		if there {
			changed = append(changed, path)
		}
		if err := replace(filepath.Join(s.Dir, path), text, 0o644); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// WriteCluster writes those of the cluster's files and manifests that are
// missing; the certificates are not among them. The manifests come last: a
// kubelet starts what they name.
func (s Settings) WriteCluster() error {
	if err := s.writeEncryption(); err != nil {
		return err
	}
	for _, group := range []map[string]string{cluster, manifests} {
		for path, name := range group {
			if _, err := os.Stat(filepath.Join(s.Dir, path)); err == nil {
				continue
			}
			if err := s.write(path, name, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeEncryption makes the key that Secrets are encrypted with in etcd.
func (s Settings) writeEncryption() error {
	path := filepath.Join(s.Dir, EncryptionConfig)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails, says its documentation
	text, err := Render("encryption.yaml", base64.StdEncoding.EncodeToString(key))
	if err != nil {
		return err
	}
	return replace(path, text, 0o600)
}

func (s Settings) write(path, name string, mode os.FileMode) error {
	text, err := Render(name, s)
	if err != nil {
		return err
	}
	return replace(filepath.Join(s.Dir, path), text, mode)
}

// Render fills in the template called name.
func Render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("fill in %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// replace writes path in one step and makes the folders above it. The
// unfinished file's dot keeps a kubelet from reading it.
func replace(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
