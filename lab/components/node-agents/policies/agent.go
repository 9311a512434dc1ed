package policies

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// agent keeps the node's rules as the cluster's policies want them.
type agent struct {
	client    kubernetes.Interface
	informers informers.SharedInformerFactory
	changed   chan struct{}

	mu sync.Mutex // held while rules are made and loaded
	// starting are pods that have an address of which the API server has not
	// heard yet.
	starting map[types.UID]startingPod
	last     string // the rules that are loaded
}

type startingPod struct {
	pod   *v1.Pod
	ip    string
	since time.Time
}

// Run enforces policies until ctx ends.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("network-policies", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	socket := flags.String("socket", "", "where the CNI plugin announces pods")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	a := &agent{
		client: client, informers: informers.NewSharedInformerFactory(client, 0),
		changed: make(chan struct{}, 1), starting: map[types.UID]startingPod{},
	}
	if err := a.watch(); err != nil {
		return err
	}
	stop, err := a.listen(*socket)
	if err != nil {
		return err
	}
	defer stop()
	a.informers.Start(ctx.Done())
	a.informers.WaitForCacheSync(ctx.Done())
	a.notify()
	a.loop(ctx)
	return nil
}

func (a *agent) watch() error {
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { a.notify() },
		UpdateFunc: func(any, any) { a.notify() },
		DeleteFunc: func(any) { a.notify() },
	}
	for _, informer := range []cache.SharedIndexInformer{
		a.informers.Core().V1().Pods().Informer(),
		a.informers.Core().V1().Namespaces().Informer(),
		a.informers.Networking().V1().NetworkPolicies().Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	return nil
}

func (a *agent) notify() {
	select {
	case a.changed <- struct{}{}:
	default: // somebody has said so already
	}
}

// loop loads the rules after every change, and tries again after an error.
func (a *agent) loop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.changed:
		}
		if err := a.load(ctx); err != nil && ctx.Err() == nil {
			log.Print(err)
			time.AfterFunc(time.Second, a.notify)
		}
	}
}

func (a *agent) load(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.state()
	if err != nil {
		return err
	}
	chains, rules := s.compile()
	want := fmt.Sprint(chains, rules)
	if want == a.last {
		return nil
	}
	if err := load(ctx, chains, rules); err != nil {
		return err
	}
	a.last = want
	return nil
}

// state reads the caches. a.mu is held.
func (a *agent) state() (s state, err error) {
	pods, err1 := a.informers.Core().V1().Pods().Lister().List(labels.Everything())
	namespaces, err2 := a.informers.Core().V1().Namespaces().Lister().List(labels.Everything())
	policies, err3 := a.informers.Networking().V1().NetworkPolicies().Lister().List(labels.Everything())
	s.policies = policies
	s.namespaces = map[string]map[string]string{}
	for _, n := range namespaces {
		s.namespaces[n.Name] = n.Labels
	}
	s.pods = a.withStarting(pods)
	return s, errors.Join(err1, err2, err3)
}

// forget is how long a pod that only the plugin knows is believed in.
const forget = time.Minute

// withStarting are the pods that have an address, those included whose address
// only the plugin has told so far. a.mu is held.
func (a *agent) withStarting(pods []*v1.Pod) (all []pod) {
	known := map[types.UID]bool{}
	for _, p := range pods {
		if p.Spec.HostNetwork || p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed {
			continue
		}
		if p.Status.PodIP != "" {
			known[p.UID] = true
			all = append(all, seen(p, p.Status.PodIP))
		} else if s, ok := a.starting[p.UID]; ok {
			known[p.UID] = true
			s.since = time.Now()
			a.starting[p.UID] = s
			all = append(all, seen(p, s.ip))
		}
	}
	for uid, s := range a.starting {
		switch {
		case time.Since(s.since) > forget:
			delete(a.starting, uid)
		case !known[uid]:
			all = append(all, seen(s.pod, s.ip))
		}
	}
	return all
}

func seen(p *v1.Pod, ip string) pod {
	s := pod{namespace: p.Namespace, name: p.Name, ip: ip, labels: p.Labels}
	for _, c := range append(p.Spec.InitContainers, p.Spec.Containers...) {
		s.ports = append(s.ports, c.Ports...)
	}
	return s
}

// announce takes a pod's address before the pod starts, and returns when its
// rules are loaded.
func (a *agent) announce(ctx context.Context, n announcement) error {
	for _, informer := range []cache.SharedIndexInformer{
		a.informers.Core().V1().Namespaces().Informer(),
		a.informers.Networking().V1().NetworkPolicies().Informer(),
		a.informers.Core().V1().Pods().Informer(),
	} {
		if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
			return errors.New("the API server does not answer")
		}
	}
	p, err := a.client.CoreV1().Pods(n.Namespace).Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.starting[p.UID] = startingPod{p, n.IP, time.Now()}
	a.mu.Unlock()
	return a.load(ctx)
}
