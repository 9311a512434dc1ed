// Package drilltest runs an example's plan with the real drplan, as it is and
// with one thing taken away, for the tests of the examples.
//
// It knows plans as text and drplan as a program; it imports nothing of either.
package drilltest
