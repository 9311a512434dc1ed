package command

import (
	"syscall"
	"time"
)

// groupPoll is how often a dying process group is looked at.
const groupPoll = 10 * time.Millisecond

// killWait is how long processes may take to die of SIGKILL; only one that
// hangs in the kernel takes longer.
const killWait = 5 * time.Second

// stopGroup asks all of a process group to end, kills what has not after the
// grace, and returns when the leader is reaped and the group is empty.
func stopGroup(leader int, grace time.Duration, ended <-chan error) {
	_ = syscall.Kill(-leader, syscall.SIGTERM)
	deadline := time.After(grace)
	tick := time.NewTicker(groupPoll)
	defer tick.Stop()
	reaped := false
	for !reaped || groupLives(leader) {
		select {
		case <-ended:
			reaped, ended = true, nil
		case <-tick.C:
		case <-deadline:
			killGroup(leader)
			if !reaped {
				<-ended
			}
			return
		}
	}
}

// killGroup kills all of a process group and waits until it is empty.
func killGroup(leader int) {
	for limit := time.Now().Add(killWait); groupLives(leader) && time.Now().Before(limit); {
		_ = syscall.Kill(-leader, syscall.SIGKILL)
		time.Sleep(groupPoll)
	}
}
