// Package cgroup keeps everything that a lab's node starts in control groups of
// the lab's own, on cgroup v1 and v2, so that all of it can be found and ended,
// and nothing else.
//
// It knows nothing of containers: whatever lies below the group is the lab's,
// because only the lab's processes and what they start are ever put there.
package cgroup
