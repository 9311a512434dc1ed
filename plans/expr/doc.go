// Package expr reads, checks and evaluates the expressions of a plan: CEL
// between ${ and }, inside any string of a step.
//
//	velero_restore: {from_backup: "${steps.find.backup}"}
//	when: "${params.region in ['eu', 'us'] && !has(steps.probe.error)}"
//
// # Templates
//
// A template is a string of a plan. One that is a single expression and nothing
// else keeps the expression's own type; any other is text, with the values
// written into it. $${ is a literal ${. A $ that is not followed by { is a $.
//
// # Names
//
//	params.NAME            a parameter
//	steps.ID.OUTPUT        an output of a step that succeeded
//	steps.ID["KEY"].OUTPUT the same of a step with for_each
//	run.NAME               id, mode, scenario, procedure, started_at, dir
//	item, key              the instance, in a step with for_each
//	secret.NAME            a secret, resolved when it is read and not before
//
// A step that was skipped, or that failed, has no outputs: reading one is an
// error, has(steps.ID.OUTPUT) asks first.
//
// The language is CEL with its standard functions, those of the strings and
// lists extensions (split, join, lowerAscii, replace, format, slice, sort,
// flatten, distinct …) and base64. Beside CEL, and stricter:
//
//   - The macros all, exists, exists_one, map and filter take lists only: the
//     keys of a map have no order, and a plan must do the same thing twice.
//   - An evaluation that costs more than [CostLimit] is an error.
//   - Records are read by name (steps.find.backup), never by a computed key, so
//     that [References] knows everything an expression reads.
//
// The package must not know what a plan, a step kind or a graph is: a [Scope]
// says which names there are and of which types, [Vars] holds their values.
// CEL is built at the first expression that needs it; one that is only a name,
// the most frequent by far, is checked and evaluated without.
package expr
