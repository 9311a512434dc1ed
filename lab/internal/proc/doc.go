// Package proc runs servers that outlive the command that started them, and
// ends them again without ever touching a process of someone else.
//
// A process is known by more than its number, which the kernel gives anew to
// others: also by the time it started and the boot that it belongs to. The
// three are written to a pid file by the process itself, before it becomes the
// server, so that there is no moment in which it runs unrecorded. Signals go
// through a pidfd that was opened before that identity was checked.
//
// Linux only. It knows nothing of what it runs.
package proc
