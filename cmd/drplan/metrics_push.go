package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/drplan/drplan/internal/post"
	"github.com/drplan/drplan/report"
)

// pushOptions say where metrics are pushed, and under which labels.
type pushOptions struct {
	gateway  string
	job      string
	grouping []string
}

// push replaces the metrics of a group in a Pushgateway.
// https://github.com/prometheus/pushgateway/blob/master/README.md#api
func (a *app) push(o pushOptions, list []*report.Summary) error {
	address, err := o.url(a.getenv)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := report.Metrics(&body, report.Newest(list)); err != nil {
		return err
	}
	if body.Len() == 0 {
		fmt.Fprintf(a.err, "note: no run has ended: nothing was pushed, and what the gateway has stays\n")
		return nil
	}
	header := http.Header{"Content-Type": {"text/plain; version=0.0.4; charset=utf-8"}}
	_, err = post.Send(context.Background(), post.Request{Method: http.MethodPut, URL: address, Header: header, Body: body.Bytes()}, post.Policy{Attempts: 3})
	if err != nil {
		return cannot(fmt.Errorf("the metrics were not taken: %w", err), "push them again: that replaces whatever the gateway has of this group")
	}
	_, err = fmt.Fprintf(a.out, "pushed to %s, job %s\n", post.Host(address), o.job)
	return err
}

// url is the address of the group: /metrics/job/JOB/LABEL/VALUE…
func (o *pushOptions) url(getenv func(string) string) (string, error) {
	base := o.gateway
	if name, ok := strings.CutPrefix(base, "env:"); ok {
		base = getenv(name)
	}
	if !isWebAddress(base) {
		return "", usage(fmt.Errorf("--push is the address of a Pushgateway"), "--push http://pushgateway:9091, or --push env:VARIABLE where it holds a password")
	}
	if o.job == "" {
		return "", usagef("--job is empty")
	}
	path := "/metrics/" + pathPart("job", o.job)
	for _, text := range o.grouping {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || !labelName(name):
			return "", usagef("--grouping is name=value, with a label's name as Prometheus has them, not %q", text)
		case slices.Contains(report.MetricLabels, name) || name == "job":
			return "", usage(fmt.Errorf("--grouping %s would hide the label of that name", name), "choose another name, such as instance or site")
		}
		path += "/" + pathPart(name, value)
	}
	return strings.TrimSuffix(base, "/") + path, nil
}

func labelName(s string) bool {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(s) && !strings.HasPrefix(s, "__")
}

// pathPart is a label and its value in the address; one that a path cannot hold is
// in base64, and the empty one is a single =.
func pathPart(name, value string) string {
	switch {
	case value == "":
		return name + "@base64/="
	case strings.Contains(value, "/"):
		return name + "@base64/" + base64.RawURLEncoding.EncodeToString([]byte(value))
	}
	return name + "/" + url.PathEscape(value)
}
