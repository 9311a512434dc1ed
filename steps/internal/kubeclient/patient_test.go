package kubeclient

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPatient: a question is asked again, a change is not, nor what a pod answers.
func TestPatient(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, retryAfter string
		codes                          []int // one after the other, the last for ever
		want, asked                    int
	}{
		{"answered", "GET", "/api/v1/pods", "", []int{200}, 200, 1},
		{"answered later", "GET", "/api/v1/pods", "", []int{500, 503, 504, 200}, 200, 4},
		{"never answered", "GET", "/api/v1/pods", "", []int{500}, 500, 4},
		{"may I", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", []int{500, 201}, 201, 2},
		{"a change", "POST", "/api/v1/namespaces", "", []int{500, 201}, 500, 1},
		{"a change by name", "PATCH", "/api/v1/namespaces/a", "", []int{500, 200}, 500, 1},
		{"a pod's answer", "GET", "/api/v1/namespaces/a/pods/http:b:80/proxy/healthz", "", []int{500, 200}, 500, 1},
		{"client-go waits itself", "GET", "/api/v1/pods", "1", []int{503, 200}, 503, 1},
		{"no such thing", "GET", "/api/v1/pods", "", []int{404, 200}, 404, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if r.Method == "POST" && string(body) != "body" {
					t.Errorf("the body is %q", body)
				}
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.codes[min(asked, len(tt.codes)-1)])
				asked++
			}))
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := patient{http.DefaultTransport}.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.want || asked != tt.asked {
				t.Errorf("%d after %d questions, want %d after %d", resp.StatusCode, asked, tt.want, tt.asked)
			}
		})
	}
}
