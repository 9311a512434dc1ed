// Package lint tells, before a disaster does, that a plan cannot keep its promise.
//
// plans.Document.Check says what does not hold: types, ids, expressions. The rules
// here judge a plan that holds: a backup every six hours beside an RPO of fifteen
// minutes, a procedure that no drill practises, a command that has been gone since
// etcd 3.6.
//
//	l := lint.Linter{Registry: all.Registry(), Now: time.Now()}
//	findings := l.Lint(doc, config)
//
// A rule is one file: a Rule with its words and its check; beside it, under the
// rule's id, a .txtar of plans that break it, keep it and suppress it, with what is
// shown of each. `--explain` and docs/lint.md are made of the two, and the tests
// run them. To add one, write the two files and put the rule into the list in
// rules.go.
//
// Rules read the document's nodes and the outline that the compiler made of it,
// never a kind's Go type. The package reads no file, no environment and no clock,
// and knows nothing of journals: what history has to say, it is told.
package lint
