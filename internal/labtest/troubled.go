package labtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Trouble is what an API server does with a request.
type Trouble int

// The troubles of an API server.
const (
	NoTrouble    Trouble = iota
	TooMany              // 429, and nothing is done
	Failing              // 500, and nothing is done
	AnswerIsLost         // 500, and what was asked for has been done
)

// Troubled is the real API server, behind a proxy that makes its troubles.
type Troubled struct {
	Kubeconfig string // a file; its context has the name of the cluster's own

	choose func(*http.Request) Trouble
	to     *httputil.ReverseProxy
	count  [AnswerIsLost + 1]atomic.Int64
}

// Troubled puts a proxy before the API server, which asks choose about each
// request that is no watch.
func (k Kubernetes) Troubled(t testing.TB, choose func(*http.Request) Trouble) *Troubled {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", k.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.NextProtos = []string{"http/1.1"} // kubectl exec wants another protocol of a connection
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	p := &Troubled{choose: choose, Kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	p.to = &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.write(t, k.Context, server.URL)
	return p
}

func (p *Troubled) write(t testing.TB, context, url string) {
	t.Helper()
	config := api.NewConfig()
	config.Clusters["troubled"] = &api.Cluster{Server: url}
	config.Contexts[context] = &api.Context{Cluster: "troubled"}
	config.CurrentContext = context
	if err := clientcmd.WriteToFile(*config, p.Kubeconfig); err != nil {
		t.Fatal(err)
	}
}

// Count is how often it was in a trouble.
func (p *Troubled) Count(of Trouble) int { return int(p.count[of].Load()) }

func (p *Troubled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var trouble Trouble
	if !strings.Contains(r.URL.RawQuery, "watch=") {
		trouble = p.choose(r)
	}
	p.count[trouble].Add(1)
	switch trouble {
	case NoTrouble:
		p.to.ServeHTTP(w, r)
	case TooMany:
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusTooManyRequests, "TooManyRequests", "the server has received too many requests and has asked us to try again later")
	case AnswerIsLost:
		p.to.ServeHTTP(httptest.NewRecorder(), r)
		fallthrough
	case Failing:
		answer(w, http.StatusInternalServerError, "InternalError", "Internal error occurred: etcdserver: request timed out")
	}
}

func answer(w http.ResponseWriter, code int, reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q,"reason":%q,"code":%d}`, message, reason, code)
}
