package kubeclient

import (
	"context"
	"sync"

	"github.com/go-logr/logr"
	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	velerov2alpha1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v2alpha1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/discovery"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/drplan/drplan/steps"
)

// Client talks to the API server of one cluster, in the types of Kubernetes and
// of Velero, or in none (unstructured).
type Client struct {
	client.WithWatch
	Config *rest.Config
}

// scheme is built when the first step needs it: every command would pay for it.
var scheme = sync.OnceValue(func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(kubescheme.AddToScheme(s))
	utilruntime.Must(velerov1.AddToScheme(s))
	utilruntime.Must(velerov2alpha1.AddToScheme(s))
	return s
})

// Requests a second that a step may make, and how many at once: a recovery waits
// for nothing that it need not wait for, and the API server has its own fairness.
const (
	requestRate  = 200
	requestBurst = 400
)

// New makes a client of the cluster; nil means the kubeconfig's current context.
// It contacts nobody: the first request does.
func New(c *steps.Cluster) (*Client, error) {
	config, err := Config(c)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = requestRate, requestBurst
	config.UserAgent = "drplan"
	config.WarningHandler = rest.NoWarnings{} // they would go to the terminal, over the live view
	quiet()
	made, err := client.NewWithWatch(config, client.Options{Scheme: scheme()})
	if err != nil {
		return nil, Explain(config.Host, err)
	}
	return &Client{made, config}, nil
}

// Explain says what an error of this cluster's API server means for whoever has
// to mend it.
func (c *Client) Explain(err error) error { return Explain(c.Config.Host, err) }

// Version asks the API server for its version, such as v1.37.2: the smallest
// question that shows that it serves.
func (c *Client) Version(ctx context.Context) (string, error) {
	asker, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return "", c.Explain(err)
	}
	info, err := asker.ServerVersionWithContext(ctx)
	if err != nil {
		return "", c.Explain(err)
	}
	return info.GitVersion, nil
}

// quiet keeps what the libraries would write to the terminal off it, over the live
// view: controller-runtime's complaint that nobody set its logger, after 30 s,
// and client-go's own log of a watch that ctx has ended.
var quiet = sync.OnceFunc(func() {
	ctrllog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
})
