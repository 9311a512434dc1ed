package kubeclient

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// patient asks again where an API server could not answer a question, such as
// while it has no etcd: client-go does so only where the server says when. It is
// for questions alone, for who asks for a change must know whether it was made.
type patient struct{ next http.RoundTripper }

// maxPatience bounds the pause before a question is asked once more: after 0.7 s in
// all the answer is what it is. Who waits for an API server that comes up asks often
// by himself, and is not to be late by much.
const maxPatience = 400 * time.Millisecond

func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	for pause := firstPause; ; pause *= 2 {
		resp, err := p.next.RoundTrip(req)
		if err != nil || pause > maxPatience || !unable(resp) || !isQuestion(req) {
			return resp, err
		}
		again := req.Clone(req.Context())
		if req.GetBody != nil {
			if again.Body, err = req.GetBody(); err != nil {
				return resp, nil
			}
		}
		select {
		case <-req.Context().Done():
			return resp, nil
		case <-time.After(pause):
		}
		_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
		_ = resp.Body.Close()
		req = again
	}
}

// unable reports whether the server had no answer, and does not say when it has.
func unable(resp *http.Response) bool {
	codes := []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	return slices.Contains(codes, resp.StatusCode) && resp.Header.Get("Retry-After") == ""
}

// isQuestion reports whether a request changes nothing. What is asked of a pod
// through the API server is the pod's to answer.
func isQuestion(req *http.Request) bool {
	switch {
	case strings.Contains(req.URL.Path, "/proxy/"), req.Header.Get("Upgrade") != "":
		return false
	case req.Method == http.MethodPost:
		return strings.HasSuffix(req.URL.Path, "/selfsubjectaccessreviews") && req.GetBody != nil
	}
	return req.Method == http.MethodGet
}
