// Package etcddrill holds no code, only the tests of the example beside it:
// the drill on a real lab, its mutants, and drplan killed in the middle of it.
package etcddrill
