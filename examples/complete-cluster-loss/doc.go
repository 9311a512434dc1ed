// Package completeclusterloss runs the example on a real cluster of its own, whose
// node is destroyed, and breaks it in the ways in which it must fail.
package completeclusterloss
