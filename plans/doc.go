// Package plans reads a disaster-recovery plan and compiles it.
//
// Load turns bytes into a Document: the types of this package, each with the
// place in the file where it stands. Document.Check finds everything that is
// wrong with a plan, Document.Compile makes the graph of one drill or one
// recovery:
//
//	doc, err := plans.Load("dr-plan.yaml", data)  // YAML, keys, types
//	findings := doc.Check(registry)               // ids, order, inputs, expressions
//	compiled, err := doc.Compile(registry, plans.Selection{Name: "node_loss", Mode: engine.ModeDrill})
//
// The struct tags of the document's types say what a key is called (json),
// what it must be (plan, enum, min) and what it is for (doc). The loader obeys
// them and the JSON schema is generated from them, so that the two agree.
//
// The package learns about step kinds from the registry it is given and treats
// all of them alike; what a kind does is none of its business. It reads no
// file, no environment and no clock, and it knows nothing of runs.
package plans
