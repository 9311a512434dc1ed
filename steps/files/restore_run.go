package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// Run restores the files.
func (s *restoreStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	backup, err := s.checked(ctx)
	if err != nil {
		return nil, final(ctx, err)
	}
	former, err := readRecord(in.Dir)
	if err != nil {
		return nil, err
	}
	plan, err := backup.plan(ctx, in, former.Made)
	if err != nil {
		return nil, final(ctx, err)
	}
	record := former.with(plan)
	if err := record.write(in.Dir); err != nil {
		return nil, err
	}
	err = backup.read(func(tar io.Reader) error { return plan.Stage(ctx, tar, int64(s.MaxSize)) })
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, plan.Abort())
	}
	if err := plan.Commit(); err != nil {
		return nil, fmt.Errorf("some files may be in place, and another attempt puts the rest there: %w", err)
	}
	write, unchanged, _ := plan.Counts()
	for _, note := range plan.Notes() {
		in.Log.Warn(note)
	}
	return steps.Outputs{
		"into": s.into(), "files": write + unchanged, "unchanged": unchanged, "moved_aside": record.asides(),
		"sha256": backup.sha256, "notes": list(plan.Notes()),
		steps.OutDataSource: s.DataSource, steps.OutRecoveryPoint: backup.point(), steps.OutBackupRun: backup.meta.Run,
	}, nil
}

// final: another attempt reads the same file with the same key.
func final(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return steps.Final(err)
}

// point is when the backup was begun; "" where no sidecar says.
func (b *sealed) point() string {
	if b.meta.StartedAt.IsZero() {
		return ""
	}
	return stamp(b.meta.StartedAt)
}

// record is what attempts of this step have begun to change. It is written
// before they do, so that the next knows their folders for its own, and the
// outputs name everything that was moved.
type record struct {
	Made  []string       `json:"made"`
	Moved []archive.Move `json:"moved"`
}

func recordFile(dir string) string { return filepath.Join(dir, "files_restore.json") }

func readRecord(dir string) (r record, err error) {
	if dir == "" { // a dry run
		return r, nil
	}
	data, err := os.ReadFile(recordFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		err = fmt.Errorf("read what an earlier attempt left: %w", err)
	}
	return r, err
}

func (r record) write(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(recordFile(dir), data)
}

func (r record) with(plan *archive.Plan) record {
	return record{
		Made:  slices.Concat(r.Made, plan.NewFolders()),
		Moved: slices.Concat(r.Moved, plan.Moves()),
	}
}

// asides are those that were really moved.
func (r record) asides() []string {
	there := []string{}
	for _, m := range r.Moved {
		if _, err := os.Lstat(m.To); err == nil && !slices.Contains(there, m.To) {
			there = append(there, m.To)
		}
	}
	return there
}

// Reconcile lets an interrupted restore go on: what is in place is known again
// by its content, and what is not is put there.
func (s *restoreStep) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

// Preflight does all that Run does but write.
func (s *restoreStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	checks := s.PreflightEarly(ctx, in)
	if _, err := os.Stat(s.From); errors.Is(err, fs.ErrNotExist) {
		return append(checks, steps.Check{Name: "backup_exists", Err: fmt.Errorf("there is no file %s: check the path, or put the step that brings it before this one", s.From), Defer: true})
	}
	backup, err := s.checked(ctx)
	if err != nil {
		return append(checks, steps.Check{Name: "backup_hash", Err: err, Hard: errors.Is(err, errMismatch)})
	}
	checks = append(checks, steps.Check{Name: "backup_hash", Message: "SHA-256 " + backup.sha256})
	former, err := readRecord(in.Dir)
	if err != nil {
		return append(checks, steps.Check{Name: "target", Err: err})
	}
	if _, err := backup.contents(ctx); err != nil {
		return append(checks, steps.Check{Name: "backup_readable", Err: err})
	}
	plan, err := backup.plan(ctx, in, former.Made)
	if err != nil {
		return append(checks, steps.Check{Name: "target", Err: err})
	}
	_, _, bytes := plan.Counts()
	message, err := enoughSpace(plan.Folder(), bytes)
	return append(checks,
		steps.Check{Name: "target", Message: summary(plan, s.into())},
		steps.Check{Name: "disk_space", Err: err, Message: message})
}

// PreflightEarly looks at the keys: that nobody can decrypt must show before
// anything is lost.
func (s *restoreStep) PreflightEarly(_ context.Context, in *steps.Run) []steps.Check {
	checks := []steps.Check{{Name: "isolation", Err: s.mayWrite(in)}}
	by := s.by()
	ids, err := by.Identities()
	message := fmt.Sprintf("%d private keys", len(ids))
	if by.Empty() {
		message = "none was given"
	}
	return append(checks, steps.Check{Name: "identity", Err: err, Message: message})
}

func summary(plan *archive.Plan, into string) string {
	write, unchanged, bytes := plan.Counts()
	text := fmt.Sprintf("would write %d files, %s, below %s", write, humanize.IBytes(uint64(bytes)), into)
	if unchanged > 0 {
		text += fmt.Sprintf(", leave %d that are the same", unchanged)
	}
	if n := len(plan.Moves()); n > 0 {
		text += fmt.Sprintf(", move %d aside", n)
	}
	return text
}

// Preview tells what would be written.
func (s *restoreStep) Preview(ctx context.Context, in *steps.Run) ([]string, error) {
	backup, err := s.checked(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := backup.plan(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	lines := []string{summary(plan, s.into())}
	for i, m := range plan.Moves() {
		if i < maxPreview {
			lines = append(lines, "would move aside "+m.From)
		}
	}
	return append(lines, plan.Notes()...), nil
}

// Estimate goes by the size of the backup.
func (s *restoreStep) Estimate(context.Context, *steps.Run) (time.Duration, error) {
	info, err := os.Stat(s.From)
	if err != nil {
		return 0, err
	}
	return at(info.Size(), unpackRate), nil
}
