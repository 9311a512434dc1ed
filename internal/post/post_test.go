package post

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var quick = Policy{Attempts: 3, Timeout: 5 * time.Second, Backoff: time.Millisecond}

// server answers with the given codes, one after another, the last for ever.
func server(t *testing.T, codes ...int) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(codes[min(i, len(codes)-1)])
		_, _ = io.WriteString(w, "because\nof \x1b[31mreasons")
	}))
	t.Cleanup(s.Close)
	return s, &n
}

// What passes by itself is tried again; what does not is not.
func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		codes    []int
		attempts int
		sent     bool
	}{
		"taken":     {[]int{200}, 1, true},
		"later":     {[]int{503, 429, 204}, 3, true},
		"never":     {[]int{500}, 3, false},
		"refused":   {[]int{404, 200}, 1, false},
		"elsewhere": {[]int{302, 200}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, n := server(t, c.codes...)
			got, err := Send(t.Context(), Request{URL: s.URL + "/services/T0/B0/geheim"}, quick)
			if got.Attempts != c.attempts || int(n.Load()) != c.attempts || (err == nil) != c.sent {
				t.Errorf("%d attempts, %d requests, %v; want %d, sent %v", got.Attempts, n.Load(), err, c.attempts, c.sent)
			}
			if err != nil && (strings.Contains(err.Error(), "geheim") || strings.ContainsAny(err.Error(), "\x1b\n")) {
				t.Errorf("the error shows what it must not: %q", err)
			}
		})
	}
}

// A server that is told of a pause gets it.
func TestRetryAfter(t *testing.T) {
	resp := &http.Response{Header: http.Header{"Retry-After": {"7"}}}
	if got := retryAfter(resp); got != 7*time.Second {
		t.Errorf("%s, want 7s", got)
	}
	resp.Header.Set("Retry-After", "86400")
	if got := retryAfter(resp); got != MaxBackoff {
		t.Errorf("%s, want no more than %s", got, MaxBackoff)
	}
}

// A server that takes the request and never answers is left in time, and no error
// names the address.
func TestHangs(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	got, err := Send(t.Context(), Request{URL: s.URL + "/geheim"}, Policy{Attempts: 2, Timeout: 20 * time.Millisecond, Backoff: time.Millisecond})
	if err == nil || got.Attempts != 2 || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%d attempts, %v", got.Attempts, err)
	}
}

// A context that ends stops the waiting between attempts.
func TestCancelled(t *testing.T) {
	s, n := server(t, 500)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := Send(ctx, Request{URL: s.URL}, Policy{Backoff: time.Hour})
	if err == nil || n.Load() != 1 || time.Since(began) > 10*time.Second {
		t.Errorf("%d requests in %s, %v", n.Load(), time.Since(began), err)
	}
}

// No server at all is an error that says which one.
func TestNobody(t *testing.T) {
	s, _ := server(t, 200)
	address := s.URL
	s.Close()
	_, err := Send(t.Context(), Request{URL: address + "/geheim"}, quick)
	if err == nil || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), Host(address)) {
		t.Errorf("%v", err)
	}
	if _, err := Send(t.Context(), Request{URL: "://geheim"}, quick); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v", err)
	}
}
