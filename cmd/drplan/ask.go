package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/internal/ui"
)

// asker puts a run's questions to the person at the terminal.
type asker struct {
	screen ui.Screen
	by     string
}

func (a asker) ask(ctx context.Context, q local.Question) (local.Answer, error) {
	if q.Wait == engine.WaitDuration {
		reason, err := a.screen.Ask(ctx, q.Step, prompt(q)+" Press Enter when it is done:")
		return local.Answer{OK: true, By: a.by, Reason: strings.TrimSpace(reason)}, err
	}
	for {
		line, err := a.screen.Ask(ctx, q.Step, prompt(q)+" [yes/no, and why]:")
		if err != nil {
			return local.Answer{}, err
		}
		if ok, reason, clear := readAnswer(line); clear {
			return local.Answer{OK: ok, By: a.by, Reason: reason}, nil
		}
		a.screen.Say("answer yes or no; what follows is kept as the reason")
	}
}

func prompt(q local.Question) string {
	if q.Prompt == "" {
		return fmt.Sprintf("%s waits.", q.Step)
	}
	return fmt.Sprintf("%s: %s", q.Step, q.Prompt)
}

// readAnswer takes yes or no, in full or by the first letter, and a reason.
func readAnswer(line string) (ok bool, reason string, clear bool) {
	word, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
	reason = strings.TrimSpace(reason)
	switch strings.ToLower(strings.Trim(word, ",.:")) {
	case "y", "yes":
		return true, reason, true
	case "n", "no":
		return false, reason, true
	}
	return false, "", false
}
