// Package selectiverestore runs the example on a real cluster with a real Velero,
// and breaks it in the ways in which it must fail.
package selectiverestore
