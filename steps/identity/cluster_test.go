package identity_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/identity"
)

// api answers as an API server whose kube-system has the uid; it stands in for
// one only where the answer itself is what a test is about.
func api(t *testing.T, status int, uid string) (server *httptest.Server, c steps.Cluster) {
	t.Helper()
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if status != http.StatusOK {
			fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":%d}`, status)
			return
		}
		fmt.Fprintf(w, `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":%q,"uid":%q}}`, filepath.Base(r.URL.Path), uid)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	return server, steps.Cluster{Name: "c", Context: "ctx", Kubeconfig: kubeconfig(t, server), CASHA256: fmt.Sprintf("%x", sum)}
}

func kubeconfig(t *testing.T, server *httptest.Server) string {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, clusters: [{name: k, cluster: {server: %q, certificate-authority-data: %q}}],
users: [{name: u, user: {token: t}}], contexts: [{name: ctx, context: {cluster: k, user: u}}]}`, server.URL, base64.StdEncoding.EncodeToString(ca))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCluster(t *testing.T) {
	server, c := api(t, http.StatusOK, "6a2c")
	ca := c.CASHA256
	colons := strings.ToUpper(strings.TrimSuffix(strings.Join(pairs(ca), ":"), ":"))
	for name, edit := range map[string]func(*steps.Cluster){
		"uid":                      func(c *steps.Cluster) { c.UID, c.CASHA256 = "6A2C", "" },
		"authority":                func(*steps.Cluster) {},
		"both":                     func(c *steps.Cluster) { c.UID = "6a2c" },
		"as openssl prints it":     func(c *steps.Cluster) { c.CASHA256 = "sha256 Fingerprint=" + colons },
		"as kubeadm would call it": func(c *steps.Cluster) { c.CASHA256 = "sha256:" + ca },
	} {
		good := c
		edit(&good)
		if found, err := identity.Cluster(t.Context(), good); err != nil || found == "" {
			t.Errorf("%s: got %q, %v", name, found, err)
		}
	}
	var other *identity.MismatchError
	wrong := c
	wrong.UID = "91bb"
	if _, err := identity.Cluster(t.Context(), wrong); !errors.As(err, &other) || other.Got != "6a2c" {
		t.Errorf("another uid: got %v", err)
	}
	wrong = c
	wrong.CASHA256 = strings.Repeat("0", 64)
	if _, err := identity.Cluster(t.Context(), wrong); !errors.As(err, &other) || other.Got != ca {
		t.Errorf("another authority: got %v", err)
	}
	server.Close()
	c.UID = "6a2c"
	if found, err := identity.Cluster(t.Context(), c); err != nil || !strings.Contains(found, "does not answer") {
		t.Errorf("the API server is down, the authority is right: got %q, %v", found, err)
	}
	c.CASHA256 = ""
	if _, err := identity.Cluster(t.Context(), c); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("the API server is down, and there is nothing else to go by: got %v", err)
	}
}

func pairs(hex string) (out []string) {
	for i := 0; i < len(hex); i += 2 {
		out = append(out, hex[i:i+2])
	}
	return out
}

func TestClusterThatSaysNothing(t *testing.T) {
	_, refuses := api(t, http.StatusForbidden, "")
	refuses.UID = "6a2c"
	strange := refuses
	strange.Context = "elsewhere"
	none := refuses
	none.Kubeconfig = filepath.Join(t.TempDir(), "none")
	for want, c := range map[string]steps.Cluster{
		"grant it to the user":      refuses,
		`no context "elsewhere"`:    strange,
		"kubeconfig cannot be read": none,
	} {
		if _, err := identity.Cluster(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestSurvey: what a cluster says of itself, and nothing where it does not answer.
func TestSurvey(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/version" {
			fmt.Fprint(w, `{"major":"1","minor":"33","gitVersion":"v1.33.4"}`)
			return
		}
		fmt.Fprint(w, `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"kube-system","uid":"6a2c"}}`)
	}))
	c := steps.Cluster{Name: "c", Context: "ctx", Kubeconfig: kubeconfig(t, server)}
	got := fmt.Sprint(identity.Survey(t.Context(), &c))
	if got != "[{ kubernetes v1.33.4} { uid 6a2c}]" {
		t.Errorf("got %s", got)
	}
	server.Close()
	if got := identity.Survey(t.Context(), &c); len(got) != 0 {
		t.Errorf("a cluster that is down says %v", got)
	}
	c.Kubeconfig = filepath.Join(t.TempDir(), "none")
	if got := identity.Survey(t.Context(), &c); len(got) != 0 {
		t.Errorf("a cluster that nothing leads to says %v", got)
	}
}
