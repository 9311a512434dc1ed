package steps

import "encoding/json"

// Spec is what a graph's node carries for its driver: the step as the plan has
// it, after defaults, before expressions. Where the step stands in the plan is
// not part of it: moving a step must not make it another.
type Spec struct {
	Type       string            `json:"type"`
	Input      json.RawMessage   `json:"input"` // the config's fields; a string may hold ${…}
	When       string            `json:"when,omitempty"`
	ForEach    json.RawMessage   `json:"for_each,omitempty"` // a list, a map, or a string that is one expression
	Env        map[string]string `json:"env,omitempty"`      // values may hold ${…} and ${secret.NAME}
	Check      json.RawMessage   `json:"check,omitempty"`    // a command (string or argv): exit 0 the effect is there, 1 it is not
	Idempotent bool              `json:"idempotent,omitempty"`
	InDoubt    string            `json:"in_doubt,omitempty"` // stop (default), rerun, fail
	Cluster    *Cluster          `json:"cluster,omitempty"`  // what it touches
	Host       *Host             `json:"host,omitempty"`
	Refs       []string          `json:"refs,omitempty"` // ids of steps whose outputs the expressions read
}
