//go:build !linux

package command

import "syscall"

// groupLives reports whether a process group holds any process.
func groupLives(leader int) bool { return syscall.Kill(-leader, 0) == nil }
