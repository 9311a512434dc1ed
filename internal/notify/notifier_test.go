package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/post"
)

var quick = post.Policy{Attempts: 3, Timeout: 5 * time.Second, Backoff: time.Millisecond}

// inbox is a server that keeps what it gets.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	auth   []string
	fail   int // how many of the next are refused with 503
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.fail > 0 {
			in.fail--
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "try "+r.URL.Path)
			return
		}
		in.bodies = append(in.bodies, string(body))
		in.auth = append(in.auth, r.Header.Get("Authorization"))
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) kinds(t *testing.T) (kinds []string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, b := range in.bodies {
		var m webhookMessage
		if err := json.Unmarshal([]byte(b), &m); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		kinds = append(kinds, string(m.Kind))
	}
	return kinds
}

// trouble collects what people are told on the screen.
type trouble struct {
	mu    sync.Mutex
	lines []string
}

func (x *trouble) say(s string) { x.mu.Lock(); defer x.mu.Unlock(); x.lines = append(x.lines, s) }

func settings(t *testing.T, p *player, channels ...Channel) (Settings, *trouble) {
	x := &trouble{}
	return Settings{Header: p.header, Dir: t.TempDir(), Policy: quick, Say: x.say, Now: func() time.Time { return p.fold.last },
		Config: Config{Contacts: contacts, EscalateAfter: 10 * time.Minute, Channels: channels}}, x
}

func entries(t *testing.T, s Settings) []Entry {
	t.Helper()
	all, err := RecordOf(s.Dir).Entries()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What a run calls for arrives in order, is put down, and shows neither the address
// nor the token.
func TestSends(t *testing.T) {
	p := stories["drill_fails"](t)
	in := newInbox(t)
	in.fail = 2
	s, x := settings(t, p, Channel{Name: "team", Via: ViaWebhook, URL: in.URL + "/services/T00/geheimnis", Token: "tokentoken"})
	p.events[len(p.events)-1].Reason = "the token is tokentoken" // as a careless step might have it
	n := Start(s)
	for _, ev := range p.events {
		n.Event(ev)
	}
	n.Close(20 * time.Second)
	if got := in.kinds(t); !slices.Equal(got, []string{"started", "failed", "ended"}) {
		t.Errorf("got %v; trouble: %v", got, x.lines)
	}
	if in.auth[0] != "Bearer tokentoken" {
		t.Errorf("the token is %q", in.auth[0])
	}
	all := entries(t, s)
	if len(all) != 3 || all[0].Attempts != 3 || all[0].Outcome != Sent || all[0].To[0] != contacts[0] || all[0].Host == "" {
		t.Errorf("%+v", all)
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, RecordName))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(in.bodies, string(data)) {
		if strings.Contains(text, "geheimnis") || strings.Contains(text, "tokentoken") {
			t.Errorf("a secret shows: %s", text)
		}
	}
}

// A server that hangs neither delays the events nor the other channel; what was not
// sent is put down.
func TestHangingServer(t *testing.T) {
	p := stories["drill"](t)
	in := newInbox(t)
	release := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hang.Close()
	defer close(release)
	s, x := settings(t, p, Channel{Name: "dead", Via: ViaSlack, URL: hang.URL}, Channel{Name: "live", Via: ViaWebhook, URL: in.URL})
	s.Policy.Timeout = time.Hour
	n := Start(s)
	began := time.Now()
	for range 2000 {
		for _, ev := range p.events[:len(p.events)-1] {
			n.Event(ev)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("handing over took %s", took)
	}
	n.Event(p.events[len(p.events)-1])
	n.Close(time.Second)
	if got := in.kinds(t); len(got) == 0 || got[len(got)-1] != "ended" {
		t.Errorf("the live channel got %v", got)
	}
	failed := 0
	for _, e := range entries(t, s) {
		if e.Channel == "dead" && e.Outcome == NotSent {
			failed++
		}
	}
	if failed != 3 || len(x.lines) != 3 {
		t.Errorf("%d messages are put down as not sent, %v", failed, x.lines)
	}
}

// A second process tells nothing twice, and what the first could not tell.
func TestResumed(t *testing.T) {
	p := newPlayer(t, engine.Header{}, waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval))
	p.start()
	in := newInbox(t)
	s, _ := settings(t, p, Channel{Name: "team", Via: ViaWebhook, URL: in.URL})
	n := Start(s)
	for _, ev := range p.events {
		n.Event(ev)
	}
	n.Close(20 * time.Second)

	s.Past = slices.Clone(p.events)
	s.Config.Channels = append(s.Config.Channels, Channel{Name: "new", Via: ViaWebhook, URL: in.URL})
	p.crash().at("1m").in(engine.Resume{Gap: time.Minute, By: "cy@dr2"})
	n = Start(s)
	for _, ev := range p.events[len(s.Past):] {
		n.Event(ev)
	}
	n.Close(20 * time.Second)
	told := map[string]int{}
	for _, e := range entries(t, s) {
		told[e.Channel+" "+string(e.Kind)]++
	}
	want := map[string]int{"team started": 1, "team waiting": 1, "team resumed": 1, "new resumed": 1, "new waiting": 1}
	for what, times := range want {
		if told[what] != times {
			t.Errorf("%s: %d times, want %d", what, told[what], times)
		}
	}
	if len(told) != len(want) {
		t.Errorf("%v", told)
	}
}

// When the time has come those who are next are told; not if somebody has said that
// they know.
func TestEscalates(t *testing.T) {
	for _, acked := range []bool{false, true} {
		p := stories["drill_fails"](t)
		in := newInbox(t)
		s, _ := settings(t, p, Channel{Name: "pager", Via: ViaWebhook, URL: in.URL, Roles: []string{"on_call"}})
		s.Past = p.events
		s.Now = func() time.Time { return began.Add(time.Hour) }
		if acked {
			if err := RecordOf(s.Dir).Add(Entry{At: began.Add(5 * time.Minute), Outcome: Acknowledged, By: "bob"}); err != nil {
				t.Fatal(err)
			}
		}
		CatchUp(s).Close(20 * time.Second)
		CatchUp(s).Close(20 * time.Second)
		if got := in.kinds(t); len(got) != map[bool]int{false: 1, true: 0}[acked] {
			t.Errorf("acknowledged %v: %v", acked, got)
		}
	}
}

// A live run escalates by itself, at its time and not before.
func TestEscalatesLive(t *testing.T) {
	p := newPlayer(t, engine.Header{}, waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval))
	p.start()
	in := newInbox(t)
	s, _ := settings(t, p, Channel{Name: "pager", Via: ViaWebhook, URL: in.URL})
	s.Config.EscalateAfter = 50 * time.Millisecond
	offset := time.Since(began)
	s.Now = func() time.Time { return time.Now().Add(-offset) }
	n := Start(s)
	for _, ev := range p.events {
		n.Event(ev)
	}
	for end := time.Now().Add(20 * time.Second); len(in.kinds(t)) < 3 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	n.Close(20 * time.Second)
	if got := in.kinds(t); !slices.Equal(got, []string{"started", "waiting", "escalated"}) {
		t.Errorf("%v", got)
	}
}

// Half a line that a crash left spoils neither what stands before it nor what follows.
func TestTornRecord(t *testing.T) {
	r := RecordOf(t.TempDir())
	if err := r.Add(Entry{ID: "one", Outcome: Sent}); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString(`{"id":"half`)
	f.Close()
	if err := r.Add(Entry{ID: "two", Outcome: Sent}); err != nil {
		t.Fatal(err)
	}
	all, err := r.Entries()
	if err != nil || len(all) != 2 || all[1].ID != "two" {
		t.Errorf("%+v, %v", all, err)
	}
}

// A channel with a long queue loses the oldest, and never makes anybody wait.
func TestQueue(t *testing.T) {
	q := newQueue()
	gone := 0
	for i := range backlog + 10 {
		if q.put(letter{m: Message{Step: string(rune('a' + i%26))}}) != nil {
			gone++
		}
	}
	q.close()
	kept := 0
	for {
		if _, ok := q.take(); !ok {
			break
		}
		kept++
	}
	if gone != 10 || kept != backlog {
		t.Errorf("%d gone, %d kept", gone, kept)
	}
}
