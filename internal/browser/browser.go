package browser

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// names are those under which Chromium is installed; the first that is there serves.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell"}

// patience bounds one answer of the browser on a busy machine.
const patience = 2 * time.Minute

// Browser is a running Chromium.
type Browser struct {
	t    testing.TB
	to   *os.File
	mu   sync.Mutex
	next int
	wait map[int]chan answer
	seen map[string][]event // by session
	stop chan struct{}      // closed when the browser speaks no more
}

type answer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

type event struct {
	Method string
	Params json.RawMessage
}

// Start starts a browser for the test, and ends it with the test. Where none is
// installed the test is skipped.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("no Chromium is installed, so that pages are not looked at in a browser; on Debian: apt-get install chromium")
	}
	dir, err := os.MkdirTemp("", "drplan-browser-")
	if err != nil {
		t.Fatal(err)
	}
	fromUs, to := pipe(t)
	from, toUs := pipe(t)
	cmd := exec.Command(path, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars", "--user-data-dir="+dir)
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // 3 and 4, as the flag wants it
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = fromUs.Close(), toUs.Close()
	b := &Browser{t: t, to: to, wait: map[int]chan answer{}, seen: map[string][]event{}, stop: make(chan struct{})}
	go b.listen(from)
	t.Cleanup(func() {
		_, _ = b.try("", "Browser.close", nil)
		_ = to.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-b.stop
		remove(t, dir)
	})
	return b
}

// remove removes the browser's folder, into which its helpers may still write for a
// moment when it has gone itself.
func remove(t testing.TB, dir string) {
	var err error
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("the browser's helpers go on: %v", err)
}

func find() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func pipe(t testing.TB) (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// listen takes messages, which end with a zero byte.
func (b *Browser) listen(from io.ReadCloser) {
	defer close(b.stop)
	defer from.Close()
	in := bufio.NewReader(from)
	for {
		raw, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID        int
			SessionID string
			answer
			event
		}
		if json.Unmarshal(bytes.TrimSuffix(raw, []byte{0}), &m) != nil {
			continue
		}
		b.mu.Lock()
		if m.ID == 0 {
			b.seen[m.SessionID] = append(b.seen[m.SessionID], m.event)
		} else if c := b.wait[m.ID]; c != nil {
			c <- m.answer
			delete(b.wait, m.ID)
		}
		b.mu.Unlock()
	}
}

// try sends a command and waits for its answer.
func (b *Browser) try(session, method string, params any) (json.RawMessage, error) {
	b.mu.Lock()
	b.next++
	id, c := b.next, make(chan answer, 1)
	b.wait[id] = c
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	raw, err := json.Marshal(message)
	if err == nil {
		_, err = b.to.Write(append(raw, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-c:
		if a.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, a.Error.Message)
		}
		return a.Result, nil
	case <-b.stop:
		return nil, fmt.Errorf("%s: the browser is gone", method)
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: no answer within %s", method, patience)
	}
}

func (b *Browser) do(session, method string, params, into any) {
	b.t.Helper()
	raw, err := b.try(session, method, params)
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
