// Package steps says what a step kind is: its config struct, what it does, what
// it gives back, and what else it can do when asked. Each kind is a folder
// below this one and a line in steps/all.
//
// A kind is a Kind value whose New returns a pointer to a config struct. The
// struct's exported fields are the step's fields in a plan; from their tags
// come strict decoding, the JSON schema, `drplan explain` and completion:
//
//	type Download struct {
//		URL  string         `json:"url" plan:"required" doc:"What to download: s3://bucket/key."`
//		To   string         `json:"to" plan:"required" doc:"The local file; it must not exist."`
//		Part steps.Size     `json:"part_size" default:"16MiB" doc:"Bytes fetched in one request."`
//	}
//
// The struct's methods are what the kind can do. Run is the only one it must
// have; Validator, Preflighter, Reconciler, Estimator, Previewer, Backgrounder,
// Tidier and Waiter are found by type assertion.
//
// The package knows nothing of documents, graphs, journals or reports. A kind
// never logs its own name, never retries as a whole, never keeps time: the
// engine does.
package steps
