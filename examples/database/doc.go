// Package database holds no code, only the tests of the example beside it: the
// drill on a real PostgreSQL, its mutants, and a recovery to a point in time.
package database
