package otlp

import (
	"encoding/hex"
	"strconv"
	"time"
)

// The messages of OTLP that a trace needs, as its JSON has them: ids in hex, 64-bit
// numbers as strings.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
type (
	// Request is ExportTraceServiceRequest.
	Request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	span struct {
		TraceID    traceID     `json:"traceId"`
		SpanID     spanID      `json:"spanId"`
		ParentID   *spanID     `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       int         `json:"kind"` // kindInternal
		Start      nanos       `json:"startTimeUnixNano"`
		End        nanos       `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Events     []event     `json:"events,omitempty"`
		Links      []link      `json:"links,omitempty"`
		Status     status      `json:"status"`
	}
	event struct {
		Time       nanos       `json:"timeUnixNano"`
		Name       string      `json:"name"`
		Attributes []attribute `json:"attributes,omitempty"`
	}
	link struct {
		TraceID    traceID     `json:"traceId"`
		SpanID     spanID      `json:"spanId"`
		Attributes []attribute `json:"attributes,omitempty"`
	}
	status struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		String *string  `json:"stringValue,omitempty"`
		Bool   *bool    `json:"boolValue,omitempty"`
		Int    *nanos   `json:"intValue,omitempty"`
		Double *float64 `json:"doubleValue,omitempty"`
	}
)

// Of the enumerations SpanKind and StatusCode.
const (
	kindInternal = 1
	codeOK       = 1
	codeError    = 2
)

type traceID [16]byte

func (id traceID) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(id[:])), nil }

type spanID [8]byte

func (id spanID) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(id[:])), nil }

// nanos is a 64-bit number, which JSON has as a string.
type nanos int64

func (n nanos) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(n), 10), nil }

func unix(t time.Time) nanos { return nanos(t.UnixNano()) }
