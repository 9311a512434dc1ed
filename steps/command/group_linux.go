package command

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// groupLives reports whether a process group holds a process that is not a
// zombie. Zombies are not counted because nobody may reap them: in a container
// drplan can be process 1.
func groupLives(leader int) bool {
	if syscall.Kill(-leader, 0) != nil {
		return false
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return true
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		if state, group := procStat(e.Name()); group == leader && state != "Z" && state != "X" {
			return true
		}
	}
	return false
}

// procStat reads the state and the process group, fields 3 and 5 of
// /proc/PID/stat (proc_pid_stat(5)); the name before them is in parentheses
// and may hold anything.
func procStat(pid string) (state string, group int) {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "X", 0
	}
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 3 {
		return "X", 0
	}
	group, _ = strconv.Atoi(string(fields[2]))
	return string(fields[0]), group
}
