// Package ui shows a run to people while it goes on, and asks them what it has
// to ask: as rows that are redrawn on a terminal, as one line an event anywhere
// else.
//
// It folds the run's events into what is to be seen and renders that. It decides
// nothing, keeps no time of its own but to tell how long something has been
// running, and writes to the one stream that it is given. It must not know
// where events come from, what a step kind is, or where an answer goes.
package ui
