package datadir

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// isMount reports whether something is mounted at dir, an absolute path without
// links. Device numbers would not tell: a bind mount has those of its source.
func isMount(dir string) (bool, error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false, fmt.Errorf("see what is mounted: %w", err)
	}
	return mountedAt(string(table), dir), nil
}

// mountedAt reads a table as in proc_pid_mountinfo(5).
func mountedAt(table, dir string) bool {
	for line := range strings.Lines(table) {
		const mountPoint = 4
		if fields := strings.Fields(line); len(fields) > mountPoint && unescape(fields[mountPoint]) == dir {
			return true
		}
	}
	return false
}

// unescape reads the octal escapes of blanks and backslashes.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
