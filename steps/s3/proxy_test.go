package s3

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// proxy stands before the real server and makes the faults that a network and
// a server under load make.
type proxy struct {
	// refuse answers in the server's place when it returns a status.
	refuse func(r *http.Request) int
	// answer changes what the server answered.
	answer func(r *http.Response) error

	mu   sync.Mutex
	seen []string // method, path and query, range
}

// through puts a proxy between the bucket's steps and its server.
func (b *bucket) through(p *proxy) *bucket {
	b.t.Helper()
	target, err := url.Parse(b.server.Endpoint)
	if err != nil {
		b.t.Fatal(err)
	}
	reverse := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is part of the signature
		},
		Transport:      &http.Transport{DisableCompression: true},
		ModifyResponse: p.answer,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		FlushInterval:  -1,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r)
		if p.refuse != nil {
			if status := p.refuse(r); status != 0 {
				io.Copy(io.Discard, r.Body)
				w.WriteHeader(status)
				return
			}
		}
		reverse.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = nil
	b.t.Cleanup(server.Close)
	b.endpoint = server.URL
	return b
}

func (p *proxy) note(r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Range")))
}

// requests lists those that begin so.
func (p *proxy) requests(prefix string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for _, s := range p.seen {
		if strings.HasPrefix(s, prefix) {
			found = append(found, s)
		}
	}
	return found
}

// times runs f for the first n requests of each kind that key tells apart.
func times(n int, key func(*http.Request) string, f func(*http.Request) int) func(*http.Request) int {
	var mu sync.Mutex
	count := map[string]int{}
	return func(r *http.Request) int {
		k := key(r)
		mu.Lock()
		count[k]++
		over := k == "" || count[k] > n
		mu.Unlock()
		if over {
			return 0
		}
		return f(r)
	}
}

func isPart(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
}

// isGet tells a download from listings and other questions.
func isGet(r *http.Request) bool { return r.Method == http.MethodGet && r.Header.Get("Range") != "" }

var errCut = errors.New("cut")

// cut is a body that breaks after some bytes.
type cut struct {
	io.ReadCloser
	left int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// stuck is a body that brings nothing after some bytes until it is closed or
// its request is given up.
type stuck struct {
	io.ReadCloser
	left int
	done <-chan struct{}
}

func (s *stuck) Read(p []byte) (int, error) {
	if s.left == 0 {
		<-s.done
		return 0, errCut
	}
	n, err := s.ReadCloser.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

func TestProxyIsTransparent(t *testing.T) {
	p := &proxy{}
	b := newBucket(t).through(p)
	file, _ := fileOf(t, "a.db", 100)
	run(t, b.step(Upload(), map[string]any{"from": file, "to": b.url("a.db")}), newRun(t))
	if len(p.requests("PUT /"+b.name+"/a.db")) != 1 {
		t.Errorf("want one PUT, saw %q", p.seen)
	}
}
