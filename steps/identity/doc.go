// Package identity reads who a host or a cluster really is, and holds it
// against what a plan pins. A context's name or a DNS entry can be switched
// under a plan; a machine-id or the uid of a namespace cannot.
//
// It only reads. It knows nothing of runs, drills or reports.
package identity
