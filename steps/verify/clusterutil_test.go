package verify

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/drplan/drplan/internal/labtest"
)

var oneMi = resource.MustParse("1Mi")

// unreachable is a kubeconfig of a server that does not answer.
func unreachable(t *testing.T, kube labtest.Kubernetes) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kube.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server = "https://127.0.0.1:1"
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClusterAssertionsAreRead(t *testing.T) {
	for name, input := range map[string]string{
		"no namespace": `{"workloads_ready":{}}`,
		"selector":     `{"pvcs_bound":{"namespace":"x","selector":"("}}`,
		"no kind":      `{"resources_exist":[{}]}`,
		"bad cel":      `{"objects":[{"kind":"Pod","that":"object."}]}`,
		"two probes":   `{"in_pod":[{"namespace":"x","selector":"a=b","run":"true","http":{"port":80}}]}`,
		"no probe":     `{"in_pod":[{"namespace":"x","selector":"a=b"}]}`,
		"two ways":     `{"resources_exist":[{"kind":"Pod","name":"x","selector":"a=b"}]}`,
	} {
		if _, err := Kind().Decode(json.RawMessage(input)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if Kind().NeedsCluster(json.RawMessage(`{"http":{"url":"x"}}`)) || !Kind().NeedsCluster(json.RawMessage(`{"in_pod":[]}`)) {
		t.Error("which fields need a cluster is wrong")
	}
}
