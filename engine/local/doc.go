// Package local drives a run on this machine: it is the hands and the clock of
// the engine's core, and the only place where a run meets the world.
//
// A run's loop has three beats. It collects what happened (attempts that
// returned, answers of people, the time) and feeds it to the core, resolving
// expressions on the way, for that is pure. It writes all events that came of
// it to the journal, in one batch with one sync. Then it acts: starts, cancels,
// reconciles, asks. Nothing is ever started before its event is on disk.
//
// The package knows kinds only through package steps, and plans not at all:
// what it needs of the document travels in the graph's nodes as steps.Spec. It
// decides nothing that the core could decide.
package local
