// Package wait holds the kinds that only wait: timer for machines, duration and
// approval for people. The engine keeps the time, as deadlines that survive a
// crash; nothing here runs.
package wait
