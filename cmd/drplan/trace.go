package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/internal/post"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/otlp"
)

func (a *app) traceCommand() *cobra.Command {
	var runs, endpoint string
	var headers []string
	cmd := &cobra.Command{
		Use:   "trace [RUN]",
		Short: "Send a run to OpenTelemetry as a trace, with the journal's own times",
		Long: `Send a run as one trace to a collector, over OTLP/HTTP with JSON: spans of the run, its
phases, steps, attempts and waits, with the times of the journal. Sent again, it is the
same trace. Without RUN the newest.

The collector is --endpoint, else what OpenTelemetry's variables say:
OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _TIMEOUT, _COMPRESSION and _CERTIFICATE, those of
OTEL_EXPORTER_OTLP_TRACES_ before them; OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES.
To look at the trace first: drplan report RUN -o otlp.`,
		Example:           "  drplan trace latest --endpoint http://collector:4318",
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			to, err := a.collector(endpoint, headers)
			if err != nil {
				return err
			}
			r, err := findRun(runs, orLatest(args))
			if err != nil {
				return err
			}
			return a.sendTrace(r, to)
		},
	}
	storeFlag(cmd, &runs)
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "the collector's address, such as http://collector:4318 (default $OTEL_EXPORTER_OTLP_ENDPOINT)")
	cmd.Flags().StringArrayVar(&headers, "header", nil, "send this header too, as name=value; may be repeated; for secrets rather $OTEL_EXPORTER_OTLP_HEADERS")
	return cmd
}

func (a *app) writeOTLP(w io.Writer, r *run, s *report.Summary) error {
	o, err := a.traceOptions()
	if err != nil {
		return err
	}
	return otlp.Write(w, r.Run, s, o)
}

func (a *app) sendTrace(r *run, to *collector) error {
	var body bytes.Buffer
	s := report.Summarize(r.Run)
	if err := a.writeOTLP(&body, r, s); err != nil {
		return err
	}
	say := time.AfterFunc(2*time.Second, func() { fmt.Fprintf(a.err, "waiting for %s to take the trace\n", post.Host(to.url)) })
	sent, err := to.send(body.Bytes())
	say.Stop()
	if err == nil {
		err = refusedSpans(sent.Body)
	}
	if err != nil {
		return cannot(fmt.Errorf("the trace was not taken: %w", err), "the run is as it was; send it again with: drplan trace "+r.id)
	}
	if s.Result == report.Running {
		fmt.Fprintf(a.err, "note: the run goes on: what is open now was sent with the end that it has so far; send it again when it is over\n")
	}
	_, err = fmt.Fprintf(a.out, "run %s sent to %s as trace %s\n", r.id, post.Host(to.url), otlp.TraceID(r.id))
	return err
}

// refusedSpans reads what a collector did not take although it answered that all is well.
func refusedSpans(answer []byte) error {
	var got struct {
		Partial struct {
			Rejected json.Number `json:"rejectedSpans"` // a number or a string
			Message  string      `json:"errorMessage"`
		} `json:"partialSuccess"`
	}
	if json.Unmarshal(answer, &got) != nil {
		return nil // no JSON: it took them
	}
	if n := got.Partial.Rejected.String(); n != "" && n != "0" {
		return fmt.Errorf("the collector refused %s spans: %s", n, got.Partial.Message)
	}
	return nil
}

// collector is where traces go.
type collector struct {
	url    string
	header http.Header
	policy post.Policy
	gzip   bool
}

func (c *collector) send(body []byte) (post.Result, error) {
	header := c.header.Clone()
	header.Set("Content-Type", "application/json")
	if c.gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(body)
		if err = errors.Join(err, z.Close()); err != nil {
			return post.Result{}, err
		}
		body = b.Bytes()
		header.Set("Content-Encoding", "gzip")
	}
	return post.Send(context.Background(), post.Request{URL: c.url, Header: header, Body: body}, c.policy)
}

// trusting is a client that trusts the certificates of a file.
func trusting(file string) (*http.Client, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}

// tracesPath is where a collector takes traces, below its address.
const tracesPath = "/v1/traces"

func withTracesPath(address string) string {
	if strings.HasSuffix(address, tracesPath) {
		return address
	}
	return strings.TrimSuffix(address, "/") + tracesPath
}
