// Package migration runs the example on two real clusters with one bucket, and
// breaks it in the ways in which it must fail.
package migration
