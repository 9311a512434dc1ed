package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/drplan/drplan/report/otlp"
)

// collector reads where traces go: the flags, else OpenTelemetry's variables.
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
func (a *app) collector(endpoint string, headers []string) (*collector, error) {
	c := &collector{header: http.Header{}}
	switch {
	case endpoint != "":
		c.url = withTracesPath(endpoint)
	case a.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "":
		c.url = a.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") // as it is, says the specification
	case a.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "":
		c.url = strings.TrimSuffix(a.getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "/") + tracesPath
	default:
		return nil, usage(fmt.Errorf("say where the trace goes"), "--endpoint http://collector:4318, or $OTEL_EXPORTER_OTLP_ENDPOINT; to write it to a file: drplan report -o otlp -f trace.json")
	}
	if !isWebAddress(c.url) {
		return nil, usagef("the collector's address %q is no URL: write http://collector:4318", c.url)
	}
	if protocol := a.otel("PROTOCOL"); endpoint == "" && protocol == "grpc" {
		return nil, usage(fmt.Errorf("the collector's address is for gRPC, says $OTEL_EXPORTER_OTLP_PROTOCOL"), "drplan speaks OTLP over HTTP: name that address with --endpoint; collectors have it on port 4318")
	}
	if err := c.headers(a.otel("HEADERS"), headers); err != nil {
		return nil, err
	}
	return c, a.transport(c)
}

// otel is a variable of the exporter, that of traces before that of all.
func (a *app) otel(name string) string {
	return cmp.Or(a.getenv("OTEL_EXPORTER_OTLP_TRACES_"+name), a.getenv("OTEL_EXPORTER_OTLP_"+name))
}

func (c *collector) headers(variable string, flags []string) error {
	fromEnv, err := keyValues(variable)
	if err != nil {
		return usagef("$OTEL_EXPORTER_OTLP_HEADERS: %v", err) // its text may be a secret
	}
	for _, x := range fromEnv {
		c.header.Set(x.Key, x.Value)
	}
	for _, text := range flags {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return usagef("--header is name=value")
		}
		c.header.Set(name, value)
	}
	return nil
}

func (a *app) transport(c *collector) error {
	if ms := a.otel("TIMEOUT"); ms != "" {
		n, err := strconv.Atoi(ms)
		if err != nil || n <= 0 {
			return usagef("$OTEL_EXPORTER_OTLP_TIMEOUT is a number of milliseconds, not %q", ms)
		}
		c.policy.Timeout = time.Duration(n) * time.Millisecond
	}
	switch how := a.otel("COMPRESSION"); how {
	case "gzip":
		c.gzip = true
	case "", "none":
	default:
		return usagef("$OTEL_EXPORTER_OTLP_COMPRESSION is gzip or none, not %q", how)
	}
	if file := a.otel("CERTIFICATE"); file != "" {
		client, err := trusting(file)
		if err != nil {
			return cannot(fmt.Errorf("$OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err), "")
		}
		c.policy.Client = client
	}
	return nil
}

// traceOptions are what OpenTelemetry's variables say of the resource.
func (a *app) traceOptions() (otlp.Options, error) {
	o := otlp.Options{Service: a.getenv("OTEL_SERVICE_NAME")}
	list, err := keyValues(a.getenv("OTEL_RESOURCE_ATTRIBUTES"))
	if err != nil {
		return o, usagef("$OTEL_RESOURCE_ATTRIBUTES: %v", err)
	}
	for _, x := range list {
		if x.Key == "service.name" {
			o.Service = cmp.Or(o.Service, x.Value)
			continue
		}
		o.Resource = append(o.Resource, x)
	}
	return o, nil
}

// keyValues reads a list as OpenTelemetry's variables have them: key=value with commas
// between, each percent-encoded.
func keyValues(text string) ([]otlp.Attribute, error) {
	var out []otlp.Attribute
	for i, pair := range strings.Split(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		key, err1 := url.PathUnescape(strings.TrimSpace(key))
		value, err2 := url.PathUnescape(strings.TrimSpace(value))
		if !ok || key == "" || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("part %d is not key=value, percent-encoded, with commas between", i+1)
		}
		out = append(out, otlp.Attribute{Key: key, Value: value})
	}
	return out, nil
}
