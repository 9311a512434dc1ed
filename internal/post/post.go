package post

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Request is what is sent.
type Request struct {
	Method string // empty: POST
	URL    string
	Header http.Header
	Body   []byte
}

// Policy says how much is tried.
type Policy struct {
	Attempts int           // at most; 0: DefaultAttempts
	Timeout  time.Duration // of one attempt; 0: DefaultTimeout
	Backoff  time.Duration // before the second; doubles to MaxBackoff; 0: DefaultBackoff
	Client   *http.Client  // nil: one that takes proxies from the environment
}

// What is tried where a Policy does not say.
const (
	DefaultAttempts = 5
	DefaultTimeout  = 10 * time.Second
	DefaultBackoff  = time.Second
	MaxBackoff      = 30 * time.Second
)

// Result is how it went.
type Result struct {
	Attempts int
	Status   int // of the last answer; 0: there was none
	Body     []byte
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// Send sends until it is taken (2xx), the attempts are used up, the server says that
// another would not help, or ctx ends.
func Send(ctx context.Context, r Request, p Policy) (Result, error) {
	p = p.withDefaults()
	var out Result
	for {
		out.Attempts++
		wait, err := once(ctx, r, p, &out)
		if err == nil || wait < 0 || out.Attempts >= p.Attempts {
			return out, err
		}
		pause := time.NewTimer(max(wait, p.pause(out.Attempts)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return out, err
		case <-pause.C:
		}
	}
}

func (p Policy) withDefaults() Policy {
	if p.Attempts <= 0 {
		p.Attempts = DefaultAttempts
	}
	if p.Timeout <= 0 {
		p.Timeout = DefaultTimeout
	}
	if p.Backoff <= 0 {
		p.Backoff = DefaultBackoff
	}
	if p.Client == nil {
		p.Client = &http.Client{}
	}
	client := *p.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.Client = &client
	return p
}

func (p Policy) pause(attempts int) time.Duration {
	pause := p.Backoff
	for range attempts - 1 {
		if pause *= 2; pause >= MaxBackoff {
			return MaxBackoff
		}
	}
	return pause
}

// once makes one attempt. wait is how long the server wants to be left alone; below
// zero: another attempt cannot help.
func once(ctx context.Context, r Request, p Policy, out *Result) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return -1, fmt.Errorf("%s is no address to send to", Host(r.URL))
	}
	req.Header = r.Header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	out.Status, out.Body = 0, nil
	resp, err := p.Client.Do(req)
	if err != nil {
		return 0, plainError(r.URL, err)
	}
	defer resp.Body.Close()
	out.Status = resp.StatusCode
	out.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // the status has decided
	return verdict(r.URL, resp, out.Body)
}

func verdict(address string, resp *http.Response, body []byte) (time.Duration, error) {
	code := resp.StatusCode
	if code >= 200 && code < 300 {
		return 0, nil
	}
	err := fmt.Errorf("%s answered %s", Host(address), strings.TrimSpace(resp.Status))
	if text := excerpt(body); text != "" {
		err = fmt.Errorf("%w: %s", err, text)
	}
	switch {
	case code >= 300 && code < 400:
		return -1, fmt.Errorf("%s answered %d and points elsewhere; redirects are not followed", Host(address), code)
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		return retryAfter(resp), err
	}
	return -1, err
}

// retryAfter is how long the server asks to be left alone, at most MaxBackoff.
func retryAfter(resp *http.Response) time.Duration {
	wait, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s")
	if err != nil || wait < 0 {
		return 0
	}
	return min(wait, MaxBackoff)
}

// plainError is an error without the address, which the library puts in front.
func plainError(address string, err error) error {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("no answer in time")
	}
	return fmt.Errorf("%s: %w", Host(address), err)
}

// Host is what may be said of an address that is a secret: its host and port.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "the address"
	}
	return u.Host
}

// maxExcerpt bounds what an error quotes of an answer, in bytes.
const maxExcerpt = 200

// excerpt is the beginning of an answer in one line.
func excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), maxExcerpt)]), "")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
