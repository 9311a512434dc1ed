package selectiverestore

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// troubled is the drill on an API server that answers drplan as choose says. What
// kubectl and velero ask in the plan's commands is left alone: their retries are
// not ours.
func troubled(t *testing.T, choose func(*http.Request) labtest.Trouble) (*drilltest.Drill, *labtest.Troubled) {
	d := drill(t)
	server := d.Lab.Cluster.Troubled(t, func(r *http.Request) labtest.Trouble {
		if !strings.HasPrefix(r.UserAgent(), "drplan") {
			return labtest.NoTrouble
		}
		return choose(r)
	})
	d.Env = append(d.Env, "KUBECONFIG="+server.Kubeconfig)
	return d, server
}

// everyOther lets the API server answer each request well every second time it is
// made. In between it is 429 or 500, some of them though it was carried out.
func everyOther() func(*http.Request) labtest.Trouble {
	var mu sync.Mutex
	asked := map[string]int{}
	return func(r *http.Request) labtest.Trouble {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		key := r.Method + r.URL.String() + string(body)
		mu.Lock()
		defer mu.Unlock()
		asked[key]++
		if asked[key]%2 == 0 {
			return labtest.NoTrouble
		}
		troubles := []labtest.Trouble{labtest.TooMany, labtest.Failing, labtest.AnswerIsLost}
		return troubles[(len(asked)+asked[key]/2)%len(troubles)]
	}
}

// TestAPIServerInTrouble: the drill comes to the same end, and by the API server's
// audit log Velero was asked for one restore.
func TestAPIServerInTrouble(t *testing.T) {
	d, server := troubled(t, everyOther())
	defer d.LeavesNothing()()
	before := d.Lab.Cluster.AuditSize(t)
	d.Run().Succeeded(t)
	for _, trouble := range []labtest.Trouble{labtest.TooMany, labtest.Failing, labtest.AnswerIsLost} {
		if n := server.Count(trouble); n < 5 {
			t.Errorf("only %d requests met trouble %d", n, trouble)
		}
	}
	made := d.Lab.Cluster.Audited(t, before, func(ev labtest.AuditEvent) bool {
		return ev.Verb == "create" && ev.ObjectRef.Resource == "restores" && ev.ResponseStatus.Code == http.StatusCreated &&
			strings.Contains(ev.ObjectRef.Name, "deleted-conf") // names are cut
	})
	if made != 1 {
		t.Errorf("Velero was asked for %d restores, want 1", made)
	}
}

// impatient need not wait for a restore as long as a cluster that is slow may.
var impatient = drilltest.Timeout("restore", "10s")

func TestFaultsFitPlan(t *testing.T) {
	drilltest.Edits{"it stays in trouble": impatient, "beside production": production("context", strings.Repeat("0", 64))}.Fit(t, scenario)
}

// TestAPIServerStaysInTrouble: a restore that cannot be asked for fails at its
// deadline, and says what the API server said. Once that answers again, the drill
// is cleaned up.
func TestAPIServerStaysInTrouble(t *testing.T) {
	var down atomic.Bool
	d, _ := troubled(t, func(*http.Request) labtest.Trouble {
		if down.Load() {
			return labtest.Failing
		}
		return labtest.NoTrouble
	})
	defer d.LeavesNothing()()
	d.Edit(impatient)
	r := d.During("restore", func() {
		down.Store(true)
		d.AwaitEvent("attempt_timed_out", "restore")
		down.Store(false)
	})
	r.FailedAt(t, "restore", "its time was up, last seen: ")
}
