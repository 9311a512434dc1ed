package kubeclient

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
)

func onLab(t *testing.T) (*Client, labtest.Kubernetes) {
	t.Helper()
	kube := labtest.Cluster(t).Cluster
	c, err := New(&steps.Cluster{Kubeconfig: kube.Kubeconfig, Context: kube.Context})
	if err != nil {
		t.Fatal(err)
	}
	return c, kube
}

func TestFind(t *testing.T) {
	c, _ := onLab(t)
	for name, want := range map[string]string{
		"Deployment": "apps/v1, Kind=Deployment", "deploy": "apps/v1, Kind=Deployment", "deployments.apps": "apps/v1, Kind=Deployment",
		"cm": "/v1, Kind=ConfigMap", "Event": "/v1, Kind=Event", "event.events.k8s.io": "events.k8s.io/v1, Kind=Event",
		"backups.velero.io": "velero.io/v1, Kind=Backup",
	} {
		if got, err := c.Find(t.Context(), name); err != nil || got.GroupVersionKind.String() != want {
			t.Errorf("%s: got %s, %v; want %s", name, got.GroupVersionKind, err, want)
		}
	}
	var notServed *NotServedError
	if _, err := c.Find(t.Context(), "Deploiment"); !errors.As(err, &notServed) || !strings.Contains(err.Error(), `did you mean "Deployment"`) {
		t.Errorf("got %v", err)
	}
}

// pod is a ready one that sleeps.
func pod(t *testing.T, c *Client, namespace string) *corev1.Pod {
	t.Helper()
	made := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "sleeper", Namespace: namespace, Labels: map[string]string{"app": "sleeper"}},
		Spec: corev1.PodSpec{TerminationGracePeriodSeconds: new(int64(0)), Containers: []corev1.Container{{
			Name: "main", Image: labtest.Image, ImagePullPolicy: corev1.PullNever, Command: []string{"sleep", "1000000"}}}}}
	if err := c.Create(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		ready, err := c.ReadyPod(t.Context(), namespace, labels.Set{"app": "sleeper"}.AsSelector())
		if err == nil {
			return ready
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// TestExecWithoutWebSocket: something on the way refuses it, and SPDY gets through.
func TestExecWithoutWebSocket(t *testing.T) {
	c, kube := onLab(t)
	sleeper := pod(t, c, kube.Namespace(t, nil))
	target, err := url.Parse(c.Config.Host)
	if err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(c.Config)
	config.NextProtos = []string{"http/1.1"} // which can be upgraded
	through, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	var refused, passed atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = through
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			refused.Add(1)
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		passed.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	defer server.Close()
	via := &Client{c.WithWatch, &rest.Config{Host: server.URL}}
	for name, one := range map[string]*Client{"WebSocket": c, "SPDY": via} {
		answer, err := one.Exec(t.Context(), sleeper, "", strings.NewReader("fed"), "sh", "-c", "cat; echo oh >&2; exit 7")
		if err != nil || answer.Code != 7 || string(answer.Stdout) != "fed" || string(answer.Stderr) != "oh\n" {
			t.Errorf("%s: got %+v, %v", name, answer, err)
		}
	}
	if refused.Load() == 0 || passed.Load() == 0 {
		t.Errorf("WebSocket was refused %d times, SPDY passed %d times: this proved nothing", refused.Load(), passed.Load())
	}
}

// TestForbiddenForWhatIsInIt: a quota is no lack of rights.
func TestForbiddenForWhatIsInIt(t *testing.T) {
	c, kube := onLab(t)
	ns := kube.Namespace(t, nil)
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: ns},
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/secrets": resource.MustParse("0")}}}
	if err := c.Create(t.Context(), quota); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: "s-", Namespace: ns}}
		err := c.Explain(c.Create(t.Context(), secret))
		if err != nil {
			if !strings.Contains(err.Error(), "exceeded quota") || strings.Contains(err.Error(), "grant it") || !steps.IsFinal(err) {
				t.Errorf("got %v", err)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatal("the quota does not hold")
		}
	}
}
