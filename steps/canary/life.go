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
	st, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer st.close()
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
		if err := st.put(ctx, m); err != nil && ctx.Err() == nil {
			failed, last = failed+1, err
			in.Log.Warn("a beat failed", "error", err)
		}
	}
}

// Preflight asks whether a canary can be written. The other actions come when
// the data may be gone, and that is for them to find out.
func (s *step) Preflight(ctx context.Context, _ *steps.Run) []steps.Check {
	if s.Action != "write" {
		return nil
	}
	marks, err := s.list(ctx)
	if errors.Is(err, fs.ErrNotExist) { // an earlier step makes the folder, or writing fails
		return []steps.Check{{Name: "canary_place", Defer: true, Message: "the folder does not exist yet"}}
	}
	return []steps.Check{{Name: "canary_place", Err: err, Message: fmt.Sprintf("reachable, %d marks of former runs", len(marks))}}
}

// Reconcile looks for the mark. The other actions can be done again.
func (s *step) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	if s.Action != "write" {
		return steps.NeverBegun, nil, nil
	}
	marks, err := s.list(ctx)
	if err != nil {
		return steps.Unknown, nil, err
	}
	for _, m := range ofRun(marks, in.RunID) {
		if m.Step == in.StepID {
			return steps.Done, s.outputs(m.Nonce, m.At, 1, ""), nil
		}
	}
	return steps.NeverBegun, nil, nil
}
