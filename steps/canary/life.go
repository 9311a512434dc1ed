package canary

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/drplan/drplan/steps"
)

// Background is the heartbeat: the mark is written anew until the phase ends.
// A beat that fails is left out, as it would be in the data it stands for.
func (s *step) Background(ctx context.Context, in *steps.Run, outputs steps.Outputs) error {
	if s.Action != "write" || s.Every <= 0 {
		return nil
	}
	nonce, _ := outputs["nonce"].(string)
	all, err := s.places(ctx, in)
	if err != nil {
		return err
	}
	defer func() {
		for _, p := range all {
			p.close()
		}
	}()
	ticker := time.NewTicker(time.Duration(s.Every))
	defer ticker.Stop()
	var failed int
	var last error
	for beat := int64(1); ; beat++ {
		select {
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("%d of %d beats failed, the last: %w", failed, beat-1, last)
			}
			return nil
		case <-ticker.C:
		}
		m := mark{Run: in.RunID, Step: in.StepID, Nonce: nonce, Beat: beat, At: in.Now().UTC()}
		for _, p := range all {
			if err := p.put(ctx, m); err != nil && ctx.Err() == nil {
				failed, last = failed+1, err
				in.Log.Warn("a beat failed", "place", p.name, "error", err)
			}
		}
	}
}

// Preflight asks whether a canary can be written. The other actions come when
// the data may be gone, and that is for them to find out.
func (s *step) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	switch {
	case s.onCluster():
		return s.preflightCluster(ctx, in)
	case s.Action != "write":
		return nil
	}
	marks, err := s.list(ctx, in)
	if errors.Is(err, fs.ErrNotExist) { // an earlier step makes the folder, or writing fails
		return []steps.Check{{Name: "canary_place", Defer: true, Message: "the folder does not exist yet"}}
	}
	return []steps.Check{{Name: "canary_place", Err: err, Message: fmt.Sprintf("reachable, %d marks of former runs", len(marks))}}
}

// PreflightEarly asks whether the places on a cluster may be reached. What is gone
// is looked for in a disaster only.
func (s *step) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	if !s.onCluster() || s.Action == "gone" {
		return nil
	}
	return s.preflightCluster(ctx, in)
}

func (s *step) list(ctx context.Context, in *steps.Run) (all []mark, err error) {
	err = s.each(ctx, in, func(p place) error {
		marks, err := p.list(ctx)
		all = append(all, marks...)
		return err
	})
	return all, err
}

// WorldTells: all machines see the same cluster and the same etcd. A folder is this
// machine's own, and so may be what a program reaches.
func (s *step) WorldTells() bool { return s.onCluster() || s.Etcd != nil }

// Reconcile looks for the mark in every place. The other actions can be done again.
func (s *step) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	if s.Action != "write" {
		return steps.NeverBegun, nil, nil
	}
	var found []mark
	places := 0
	err := s.each(ctx, in, func(p place) error {
		places++
		marks, err := p.list(ctx)
		for _, m := range ofRun(marks, in.RunID) {
			if m.Step == in.StepID && (len(found) == 0 || m.Nonce == found[0].Nonce) {
				found = append(found, m)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return steps.Unknown, nil, err
	case len(found) == places:
		return steps.Done, s.outputs(found[0].Nonce, found[0].At, 1, ""), nil
	}
	return steps.NeverBegun, nil, nil
}
