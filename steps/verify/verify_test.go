package verify

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

type obj = map[string]any

// TestConform has a command that tells its secret, across the bytes that are
// shown of what it prints.
func TestConform(t *testing.T) {
	conn := func(t *testing.T) obj {
		conn := labtest.Etcd(t).Etcd.Conn()
		conn["username"], conn["password"] = "root", "pass-w0rd-of-etcd"
		return conn
	}
	const told = `printf '%110s"%s"\n' "" "$TOKEN"`
	stepstest.Conform(t, Kind(), stepstest.Case{
		Input: func(t *testing.T) any {
			return obj{"files": obj{"exist": []string{t.TempDir()}}, "etcd": conn(t), "command": obj{"run": told, "stdout": `"pa`}}
		},
		Slow: func(t *testing.T) any {
			return obj{"etcd": conn(t), "command": obj{"run": told + " >&2; exit 1"}, "interval": "10ms"}
		},
		Env:     map[string]string{"TOKEN": `pa"ss\wo"rd-abcdefghijkl`},
		Secrets: []string{"pass-w0rd-of-etcd", `pa"ss\wo"rd-abcdefghijkl`},
	})
}

// enough is how many rounds once gives a verification.
const enough = 3

var errEnough = errors.New("enough rounds")

// once runs a verification until it holds or has failed in enough rounds.
func once(t *testing.T, input obj) (steps.Outputs, error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	input["interval"] = "10ms"
	in := stepstest.NewRun(t).Run
	in.Template = stepstest.JSON(t, input)
	rounds := 0
	in.Progress = func(string) {
		if rounds++; rounds == enough {
			cancel(errEnough)
		}
	}
	return stepstest.Decode(t, Kind(), input).Run(ctx, in)
}

func holds(t *testing.T, input obj) {
	t.Helper()
	out, err := once(t, input)
	if err != nil {
		t.Errorf("%v: %v", input, err)
	} else if len(out["observed"].(map[string]any)) != 1 {
		t.Errorf("%v: observed %v, want one assertion", input, out["observed"])
	}
}

func fails(t *testing.T, input obj, want string) {
	t.Helper()
	if _, err := once(t, input); !errors.Is(err, errEnough) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: got %v, want an error with %q", input, err, want)
	}
}

func TestHTTP(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("ok: " + r.Header.Get("X-Drill")))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that refuse its certificate
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, obj{"http": obj{"url": server.URL, "ca": ca}})
	holds(t, obj{"http": obj{"url": server.URL, "ca": ca, "body": "ok: yes$", "headers": obj{"X-Drill": "yes"}}})
	holds(t, obj{"http": obj{"url": server.URL + "/moved", "ca": ca, "status": 302}})
	fails(t, obj{"http": obj{"url": server.URL + "/moved", "ca": ca}}, "status 302, expected 200")
	fails(t, obj{"http": obj{"url": server.URL, "ca": ca, "body": "^absent"}}, `does not match "^absent"`)
	fails(t, obj{"http": obj{"url": server.URL}}, "certificate")
	fails(t, obj{"http": obj{"url": server.URL, "ca": "absent.crt"}}, "absent.crt")
}

// TestWaitsUntilItHolds: the service comes back at the third look.
func TestWaitsUntilItHolds(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	out, err := once(t, obj{"http": obj{"url": server.URL}})
	if err != nil || out["rounds"] != 3 {
		t.Errorf("got %v, %v; want success in round 3", out, err)
	}
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, obj{"tcp": obj{"address": l.Addr().String()}})
	l.Close()
	fails(t, obj{"tcp": obj{"address": l.Addr().String()}}, "refused")
}

func TestCommand(t *testing.T) {
	holds(t, obj{"command": obj{"run": []string{"echo", "3 nodes"}, "stdout": "^3 "}})
	holds(t, obj{"command": obj{"run": "exit 4", "exit": 4}})
	fails(t, obj{"command": obj{"run": "echo broken >&2; exit 1"}}, `exit code 1, expected 0: "broken`)
	fails(t, obj{"command": obj{"run": "echo 2 nodes", "stdout": "^3 "}}, `does not match "^3 ": "2 nodes`)
	fails(t, obj{"command": obj{"run": "sleep 60", "timeout": "50ms"}}, "stopped")
	holds(t, obj{"command": obj{"run": "head -c 200000 /dev/zero; echo", "stdout": "^\\x00+$"}})
	fails(t, obj{"command": obj{"run": []string{"no-such-program"}}}, "no-such-program")
}

// TestCommandLeavesADaemon, which holds its output open.
func TestCommandLeavesADaemon(t *testing.T) {
	step := stepstest.Decode(t, Kind(), obj{"command": obj{"run": "setsid sleep 5 & echo up", "stdout": "up", "timeout": "4s"}})
	if out, err := step.Run(t.Context(), stepstest.NewRun(t).Run); err != nil || out["rounds"] != 1 {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	holds(t, obj{"files": obj{"exist": []string{dir}, "absent": []string{dir + "/x"}}})
	fails(t, obj{"files": obj{"absent": []string{dir}}}, dir+" exists")
	fails(t, obj{"files": obj{"exist": []string{dir + "/x"}}}, "no such file")
}

func TestThat(t *testing.T) {
	s := &step{That: []bool{true, false}}
	in := stepstest.NewRun(t).Run
	in.Template = json.RawMessage(`{"that":["${1 == 1}","${steps.a.keys == 5}"]}`)
	_, err := s.Run(t.Context(), in)
	if err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "${steps.a.keys == 5}") || strings.Contains(err.Error(), "1 == 1") {
		t.Errorf("got %v, want a final error that quotes the second expression alone", err)
	}
	if _, err := (&step{That: []bool{true}}).Run(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestEtcd(t *testing.T) {
	lab := labtest.Etcd(t)
	if _, err := lab.Etcd.Client(t).Put(t.Context(), "/verify/one", "1"); err != nil {
		t.Fatal(err)
	}
	with := func(more obj) obj {
		conn := lab.Etcd.Conn()
		for k, v := range more {
			conn[k] = v
		}
		return obj{"etcd": conn}
	}
	holds(t, with(obj{"members": 3, "min_revision": 1, "key_count": obj{"prefix": "/verify/", "equals": 1}}))
	fails(t, with(obj{"key_count": obj{"prefix": "/verify/", "equals": 2}}), "1 keys, expected exactly 2")
	fails(t, with(obj{"key_count": obj{"prefix": "/verify/", "min": 2}}), "at least 2")
	fails(t, with(obj{"key_count": obj{"prefix": "/verify/", "max": 0}}), "at most 0")
	fails(t, with(obj{"min_revision": 1 << 40}), "revision")
	fails(t, with(obj{"members": 4}), "4")
}

func TestNothingToVerifyIsRefused(t *testing.T) {
	for _, input := range []string{`{}`, `{"files":{}}`, `{"http":{"url":"ftp://x"}}`, `{"tcp":{"address":"x"}}`, `{"http":{"url":"http://x","body":"("}}`} {
		if _, err := Kind().Decode(json.RawMessage(input)); err == nil {
			t.Errorf("%s was accepted", input)
		}
	}
}
