// Package objectcel evaluates CEL over one Kubernetes object, which an expression
// calls object, and says what the object has where the expression looked.
//
// It knows CEL and JSON, and nothing of clusters.
package objectcel
