package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// kubeSystem is the namespace that a cluster has from its first minute to its
// last, and whose uid no other cluster has.
const kubeSystem = "kube-system"

// Cluster compares a cluster with what the plan pins and returns what was
// found. The fingerprint is that of the certificate authority by which the
// kubeconfig knows the cluster, so it can be read while the API server is down;
// it then has to do for the uid as well.
func Cluster(ctx context.Context, c steps.Cluster) (found string, err error) {
	config, err := kubeclient.Config(&c)
	if err != nil {
		return "", err
	}
	authority := ""
	if c.CASHA256 != "" {
		if authority, err = sameAuthority(config, c.CASHA256); err != nil {
			return "", err
		}
	}
	if c.UID == "" {
		return authority, nil
	}
	uid, err := uidOf(ctx, config)
	switch {
	case err != nil && authority != "" && kubeclient.Unreachable(err):
		return authority + " (the API server does not answer, so its uid was not read)", nil
	case err != nil:
		return "", kubeclient.Explain(config.Host, err)
	case !strings.EqualFold(uid, strings.TrimSpace(c.UID)):
		return "", &MismatchError{"uid", uid, c.UID}
	}
	return "uid " + uid, nil
}

// Survey finds out what a cluster is, for the record: its uid, and the version of its
// API server. What does not answer is left out. Without c it is the current context's.
func Survey(ctx context.Context, c *steps.Cluster) []steps.Fact {
	client, err := kubeclient.New(c)
	if err != nil {
		return nil
	}
	var facts []steps.Fact
	if version, err := client.Version(ctx); err == nil {
		facts = append(facts, steps.Fact{Name: "kubernetes", Value: version})
	}
	if uid, err := uidOf(ctx, client.Config); err == nil {
		facts = append(facts, steps.Fact{Name: "uid", Value: uid})
	}
	return facts
}

func uidOf(ctx context.Context, config *rest.Config) (string, error) {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return "", err
	}
	namespaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	ns, err := client.Resource(namespaces).Get(ctx, kubeSystem, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return string(ns.UID), nil
}

func sameAuthority(config *rest.Config, want string) (found string, err error) {
	data := config.CAData
	if len(data) == 0 && config.CAFile != "" {
		if data, err = os.ReadFile(config.CAFile); err != nil {
			return "", fmt.Errorf("the cluster's certificate authority cannot be read: %w", err)
		}
	}
	all := fingerprints(data)
	if len(all) == 0 {
		return "", errors.New("the kubeconfig holds no certificate authority for this cluster, and the plan pins one: add certificate-authority-data")
	}
	for _, got := range all {
		if got == plainHex(want) {
			return "certificate authority " + got, nil
		}
	}
	return "", &MismatchError{"certificate authority", strings.Join(all, ", "), plainHex(want)}
}

// fingerprints are the SHA-256 sums of a bundle's certificates: what
// `openssl x509 -fingerprint -sha256` prints, in plain hex.
func fingerprints(bundle []byte) []string {
	var all []string
	for {
		block, rest := pem.Decode(bundle)
		if block == nil {
			return all
		}
		if block.Type == "CERTIFICATE" {
			sum := sha256.Sum256(block.Bytes)
			all = append(all, hex.EncodeToString(sum[:]))
		}
		bundle = rest
	}
}

// plainHex takes a fingerprint as tools print it: with colons, in capitals,
// behind "sha256:" or "SHA256 Fingerprint=".
func plainHex(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if _, sum, ok := strings.Cut(s, "="); ok {
		s = sum
	}
	s = strings.TrimPrefix(s, "sha256:")
	return strings.ReplaceAll(s, ":", "")
}
