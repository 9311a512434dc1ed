package ui

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Line says an event in one line of plain text; empty for events that only the
// journal needs.
func Line(ev engine.Event) string {
	switch ev.Kind {
	case engine.RunStarted:
		return "run started"
	case engine.PhaseStarted:
		return fmt.Sprintf("phase %s started", ev.Phase)
	case engine.PhaseEnded:
		return fmt.Sprintf("phase %s %s", ev.Phase, words(string(ev.Outcome)))
	case engine.PreflightDone:
		return preflightLine(ev)
	case engine.CancelRequested:
		return reasoned("stopping in good order", ev.Reason)
	case engine.Resumed:
		return reasoned(fmt.Sprintf("resumed after %s", report.Duration(ev.Gap)), ev.Reason)
	case engine.Reopened:
		return reasoned("reopened by "+ev.By, ev.Reason)
	case engine.PlanChanged:
		return "an edited plan was accepted from " + ev.By
	case engine.JournalCut:
		return reasoned("journal cut", ev.Reason)
	case engine.RunStopped:
		return reasoned("run stopped", ev.Reason)
	case engine.RunEnded:
		return reasoned("run "+string(ev.Result), ev.Reason)
	case engine.Noted:
		return reasoned(strings.TrimSpace("note "+ev.Node), ev.Reason)
	}
	return stepLine(ev)
}

// stepLine says an event of one step.
func stepLine(ev engine.Event) string {
	step := StepName(ev.Node, ev.Key)
	switch ev.Kind {
	case engine.AttemptStarted:
		return fmt.Sprintf("%s started (attempt %d)", step, ev.Attempt)
	case engine.AttemptTimedOut:
		return step + " timed out, stopping it"
	case engine.AttemptCancelled:
		return step + " cancelled, stopping it"
	case engine.RetryScheduled:
		return fmt.Sprintf("%s will be tried again in %s (attempt %d)", step, report.Duration(max(ev.Deadline-ev.T, 0)), ev.Attempt)
	case engine.AttemptEnded:
		if ev.Outcome == engine.Succeeded {
			return ""
		}
		return reasoned(fmt.Sprintf("%s attempt %d %s", step, ev.Attempt, words(string(ev.Outcome))), ev.Error)
	case engine.WaitStarted:
		return waitLine(step, ev)
	case engine.WaitEnded:
		return endedWaitLine(step, ev)
	case engine.StepEnded:
		return endedLine(step, ev)
	case engine.AttemptReconciled:
		return reasoned(fmt.Sprintf("%s was in flight: %s", step, ev.Verdict), ev.Reason)
	case engine.InDoubt:
		return reasoned(step+" is in doubt", ev.Reason)
	case engine.Settled:
		return reasoned(fmt.Sprintf("%s settled as %s by %s", step, ev.Verdict, ev.By), ev.Reason)
	}
	return ""
}

func endedLine(step string, ev engine.Event) string {
	why := ev.Error
	if why == "" && ev.Outcome != engine.Succeeded {
		why = ev.Reason
	}
	return reasoned(step+" "+words(string(ev.Outcome)), why)
}

func waitLine(step string, ev engine.Event) string {
	text := step + " waits"
	if ev.WaitFor > 0 {
		text += " (planned " + report.Duration(ev.WaitFor) + ")"
	}
	return reasoned(text, ev.Prompt)
}

func endedWaitLine(step string, ev engine.Event) string {
	text := step + " waited"
	if ev.Simulated {
		text = step + " wait simulated"
	}
	if ev.By != "" {
		text += ", answered by " + ev.By
	}
	return reasoned(text, ev.Reason)
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

func reasoned(text, why string) string {
	if why == "" {
		return text
	}
	return text + ": " + why
}
