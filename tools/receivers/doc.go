// Package receivers has drplan hand a run over to real receivers: a trace to the OTLP
// receiver of the OpenTelemetry collector, metrics to Prometheus' Pushgateway. It is
// tests alone, run by make test-receivers.
package receivers
