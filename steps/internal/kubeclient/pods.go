package kubeclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ErrNoPod says that no pod matches.
var ErrNoPod = errors.New("there is no such pod")

// ReadyPod returns the first pod by name that is ready. An error without one says
// what there is instead; it wraps ErrNoPod where no pod matches at all.
func (c *Client) ReadyPod(ctx context.Context, namespace string, selector labels.Selector) (*corev1.Pod, error) {
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace(namespace), client.MatchingLabelsSelector{Selector: selector}); err != nil {
		return nil, c.Explain(err)
	}
	return PickReady(pods.Items, namespace, selector)
}

// PickReady is ReadyPod for pods that were listed already.
func PickReady(pods []corev1.Pod, namespace string, selector labels.Selector) (*corev1.Pod, error) {
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	var not []string
	for i := range pods {
		if state := PodState(&pods[i]); state != "ready" {
			not = append(not, pods[i].Name+" is "+state)
			continue
		}
		return &pods[i], nil
	}
	if len(not) == 0 {
		return nil, fmt.Errorf("%w: none in the namespace %s matches %s", ErrNoPod, namespace, selector)
	}
	return nil, fmt.Errorf("no pod of %s in the namespace %s is ready: %s", selector, namespace, strings.Join(not, ", "))
}

// Answer is what a program or a server said.
type Answer struct {
	Code   int // exit code, or HTTP status
	Stdout []byte
	Stderr []byte
}

// answerLimit bounds what is kept of an answer, in bytes.
const answerLimit = 1 << 20

// limited keeps the first answerLimit bytes.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	_, _ = l.Buffer.Write(p[:min(len(p), answerLimit-l.Len())])
	return len(p), nil
}

// Fetch asks an HTTP server in a pod through the API server, which connects to the
// pod itself: no route from here to the pod is needed. Redirects are not followed.
func (c *Client) Fetch(ctx context.Context, pod *corev1.Pod, scheme string, port int64, path string) (Answer, error) {
	made, err := rest.HTTPClientFor(c.Config)
	if err != nil {
		return Answer{}, err
	}
	asker := *made
	asker.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	target := fmt.Sprintf("%s:%s:%d", scheme, pod.Name, port)
	url := strings.TrimSuffix(c.host(), "/") + "/api/v1/namespaces/" + pod.Namespace + "/pods/" + target + "/proxy/" + strings.TrimPrefix(path, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Answer{}, err
	}
	resp, err := asker.Do(req)
	if err != nil {
		return Answer{}, c.Explain(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return Answer{}, fmt.Errorf("the answer broke off: %w", err)
	}
	return Answer{Code: resp.StatusCode, Stdout: body}, nil
}

// host is the API server's URL; a kubeconfig may leave the scheme out.
func (c *Client) host() string {
	if url, _, err := rest.DefaultServerUrlFor(c.Config); err == nil {
		return url.String()
	}
	return c.Config.Host
}
