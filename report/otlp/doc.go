// Package otlp writes a run as a trace of OpenTelemetry, in OTLP's JSON.
//
// A run is one trace. Its id is derived from the run's, and so are those of its
// spans: whoever sends a run twice sends the same trace. Times are the journal's own.
// The spans are the run, its phases, steps and their instances, attempts, back-offs
// and waits, and the times in which drplan was not running; a step links to what it
// needs. What happens at one time is an event of the run's span: the disaster, the
// recovery point, the recovery, what people did.
//
// The messages are written down by hand, after opentelemetry/proto/trace/v1: the
// published Go types would bring protobuf's reflection into every command. A test
// reads what is written with the library of the collector.
//
// The package sends nothing.
package otlp
