// Package evidence makes a run's journal into something that holds before people
// who were not there: a signed checkpoint that closes its chain of sums, a bundle
// to hand over, and the verification of both with a public key alone.
//
// It reads journals and never writes one. It must not know how a run is driven or
// what a report looks like: the reports in a bundle are bytes to it.
//
// # A checkpoint
//
// A file checkpoint-RECORDS-KEY.note beside the journal, a signed note (package
// keys says why) that is written once and never changed. A run that stopped, was
// signed, went on and was signed again has two, and both must hold for ever: the
// first speaks of a beginning of the journal. Its text:
//
//	drplan.dev/checkpoint/v1
//	run 20260301T093000Z-accidental_deletion-k3fq
//	records 42                        of the journal, its header included
//	head <64 hex>                     the sum of the last of them
//	bytes 13954                       of journal.jsonl up to there
//	sha256 <64 hex>                   of these bytes, for sha256sum
//	plan <64 hex>                     of the plan; a line more for each accepted change
//	started 2026-03-01T09:30:00Z      of the run, by the machine's clock
//	last 2026-03-01T09:41:12.5Z       of the last record
//	state ended                       or stopped: it can go on
//	signer SHA256:…                   the fingerprint of the key
//	by alice@desk                     who signed, as drplan saw it
//	signed 2026-03-01T09:41:12.9Z     when, by the machine's clock
//
// # Three verdicts
//
// Broken: something does not hold, and the first such thing is named with its file
// and line. Incomplete: nothing contradicts, and something is missing that a
// verdict needs: the journal is not closed, or no key that was given has signed
// all of it. Verified: everything is there and holds. Nothing else is ever called
// verified.
//
// # A bundle
//
// A .tar.gz or .zip with one folder, named after the run. MANIFEST is its first
// file: a signed note as well, whose lines are what sha256sum -c takes. The same
// run and key give the same bytes under one version of drplan.
package evidence
