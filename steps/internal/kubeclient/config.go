package kubeclient

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/drplan/drplan/steps"
)

// Config is how to reach the cluster; nil means the current context of the
// kubeconfig in KUBECONFIG, else of ~/.kube/config. Only files are read.
// An error is final: another attempt would read the same files.
func Config(c *steps.Cluster) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	var over clientcmd.ConfigOverrides
	if c != nil {
		over.CurrentContext = c.Context
		rules.ExplicitPath = c.Kubeconfig
	}
	raw, err := rules.Load()
	if err != nil {
		return nil, steps.Final(fmt.Errorf("the kubeconfig cannot be read: %w", err))
	}
	if err := hasContext(raw, over.CurrentContext); err != nil {
		return nil, steps.Final(err)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*raw, over.CurrentContext, &over, rules).ClientConfig()
	if err != nil {
		return nil, steps.Final(err)
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return patient{next} })
	return config, nil
}

// ErrNoContext says that no kubeconfig has the cluster's context: there is no
// file, or not yet, or not any more.
var ErrNoContext = fmt.Errorf("no kubeconfig with a context was found: %w", steps.ErrNoTarget)

// hasContext says what client-go leaves to be guessed: that there is no
// kubeconfig, or which contexts it has.
func hasContext(raw *api.Config, name string) error {
	known := slices.Sorted(maps.Keys(raw.Contexts))
	switch {
	case len(known) == 0:
		return fmt.Errorf("%w; set KUBECONFIG, or name the file as `kubeconfig:` of the cluster", ErrNoContext)
	case name == "" && raw.CurrentContext == "":
		return fmt.Errorf("the kubeconfig has no current context: kubectl config use-context NAME, of %s", strings.Join(known, ", "))
	case name != "" && raw.Contexts[name] == nil:
		return fmt.Errorf("the kubeconfig has no context %q: there are %s", name, strings.Join(known, ", "))
	}
	return nil
}
