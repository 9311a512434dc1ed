// Package draw shows a graph of steps: as a tree of text, for Mermaid, for Graphviz,
// and as an SVG that needs neither.
//
// A Picture is a graph with the time that each step is expected to take, where that
// is known, and the chain of steps that decides how long the recovery takes. The
// package knows nothing of plans, runs and commands.
package draw
