// Package schema is the JSON Schema (2020-12) of a plan, for editors and for
// whoever writes plans with programs. It is generated from the document's types
// in package plans and from the registry of step kinds, embedded, and compared
// with them by a test.
//
// The schema says what a plan looks like; that ids are unique, that expressions
// type-check and that a step has one type is for plans.Document.Check to say.
// The package knows the registry it is given and no kind of its own.
package schema

//go:generate go run ./internal/gen -o dr-plan.schema.json
