package notify

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/steps"
)

// mode is what kind of run it is, at the beginning of a sentence.
func (f *Fold) mode() string {
	if f.header.Mode == engine.ModeRecovery {
		return "Recovery"
	}
	return "Drill"
}

// name is the scenario as people wrote it.
func (f *Fold) name() string { return cmp.Or(f.header.Title, f.header.Scenario) }

// targets are what the run is held to.
func (f *Fold) targets() []Fact {
	var out []Fact
	if t := f.header.Objective.RTO; t > 0 {
		out = append(out, Fact{"RTO", "at most " + report.Duration(t)})
	}
	if t := f.header.Objective.RPO; t > 0 {
		out = append(out, Fact{"RPO", "at most " + report.Duration(t)})
	}
	return out
}

// command is what to type about the run; step may be empty.
func (f *Fold) command(verb, step string) string {
	words := []string{"drplan", verb, f.header.RunID}
	if step != "" {
		words = append(words, steps.ShellWord(step))
	}
	return strings.Join(words, " ") + f.config.Flags
}

func (f *Fold) link() string {
	return strings.ReplaceAll(f.config.Link, RunIDHole, f.header.RunID)
}

// RunIDHole stands for the run's id in a link.
const RunIDHole = "${run.id}"

// numbered makes an id of an event, the same in every process.
func numbered(what string, ev *engine.Event) string { return fmt.Sprintf("%s/%d", what, ev.Seq) }

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
