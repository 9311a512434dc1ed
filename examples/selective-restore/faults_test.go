package selectiverestore

import (
	"net/http"
	"strings"
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

// TestAPIServerInTrouble: every other answer of the API server is 429 or 500, some
// of them though the request was carried out. The drill comes to the same end, and
// by the API server's audit log Velero was asked for one restore.
func TestAPIServerInTrouble(t *testing.T) {
	var asked atomic.Int64
	d, server := troubled(t, func(*http.Request) labtest.Trouble {
		switch asked.Add(1) % 6 {
		case 1:
			return labtest.TooMany
		case 3:
			return labtest.Failing
		case 5:
			return labtest.AnswerIsLost
		}
		return labtest.NoTrouble
	})
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
			strings.Contains(ev.ObjectRef.Name, "deleted-configuration")
	})
	if made != 1 {
		t.Errorf("Velero was asked for %d restores, want 1", made)
	}
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
	d.Edit(drilltest.Timeout("restore", "10s"))
	r := d.During("restore", func() {
		down.Store(true)
		d.AwaitEvent("attempt_timed_out", "restore")
		down.Store(false)
	})
	r.FailedAt(t, "restore", "etcdserver: request timed out")
}
