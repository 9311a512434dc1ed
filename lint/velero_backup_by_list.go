package lint

import (
	"strings"

	"github.com/drplan/drplan/plans"
)

var veleroBackupByList = Rule{
	ID: "velero-backup-by-list", Severity: plans.SeverityWarning,
	Summary: "The newest backup of a list is taken, whatever became of it.",
	Why: "A list of backups has the failed ones, those that failed in part and those that are still being made, and the newest is one of them just when something is wrong. The output of `velero backup get` is made for people: " +
		"its order and its columns are no interface. `velero_latest` takes the newest that is Completed, of a schedule or a namespace, no older than `max_age`, and says which it skipped and why.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			list := c.Runs("velero", "backup", "get") || c.Runs("velero", "get", "backups")
			objects := c.Name == "kubectl" && c.Runs("kubectl", "get") && namesBackups(c)
			text := c.String()
			if c.node != nil {
				text = c.node.Value
			}
			switch {
			case strings.Contains(text, "Completed") || c.Tested || c.Looped:
			case list && (c.Captured || c.Piped && chooses(text)), objects && (strings.Contains(text, "[-1") || c.Piped && chooses(text)):
				p.ReportCall(c, "write `velero_latest: {namespace: …, max_age: …}` and restore `${steps.ID.backup}`", "a backup that failed, or is still being made, can be the newest of this list")
			}
		}
	},
}

func namesBackups(c *Call) bool {
	for _, w := range c.Words() {
		if (w == "backup" || w == "backups") && strings.Contains(c.String(), "velero") || strings.HasPrefix(w, "backups.velero") || strings.HasPrefix(w, "backup.velero") {
			return true
		}
	}
	return false
}

// chooses reports whether a script takes one line of many.
func chooses(text string) bool {
	for _, tool := range []string{"tail", "head", "awk", "sort", "sed", "cut"} {
		if strings.Contains(text, tool) {
			return true
		}
	}
	return false
}
