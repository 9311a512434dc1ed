package etcddrill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/drilltest"
)

// TestKilledDrill kills drplan itself, by SIGKILL, at six points of the drill
// and resumes it: the same end, and by the servers' own logs nothing was done
// twice.
func TestKilledDrill(t *testing.T) {
	started := func(node string) func(*drilltest.Drill, drilltest.Event) bool {
		return func(_ *drilltest.Drill, ev drilltest.Event) bool { return drilltest.Started(node)(ev) }
	}
	for name, reached := range map[string]func(*drilltest.Drill, drilltest.Event) bool{
		"while the backup is uploaded":      started("second_upload"),
		"while the members are killed":      started("kill"),
		"while the backup is downloaded":    started("download"),
		"while the members are restored":    atStage("restoring"),
		"while the members are started":     atStage("starting"),
		"while what was left is cleaned up": started("prune"),
	} {
		t.Run(name, func(t *testing.T) {
			d := drill(t)
			d.KillWhen(func(ev drilltest.Event) bool { return reached(d, ev) })
			d.Resume().Succeeded(t)
			once(t, d.Lab)
		})
	}
}

// atStage waits for what the restore itself has on record.
func atStage(name string) func(*drilltest.Drill, drilltest.Event) bool {
	return func(d *drilltest.Drill, ev drilltest.Event) bool {
		if !drilltest.Started("restore")(ev) {
			return false
		}
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			files, _ := filepath.Glob(filepath.Join(d.Runs, "*", "steps", "restore", "*.json"))
			for _, f := range files {
				data, _ := os.ReadFile(f)
				if strings.Contains(string(data), `"stage": "`+name+`"`) {
					return true
				}
			}
		}
		return false
	}
}
