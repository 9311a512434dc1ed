package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/diskspace"
)

// Preflight checks that everything is there, that somebody can decrypt it, and
// that its place takes it.
func (s *backupStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	recipients, err := s.recipients()
	checks := []steps.Check{{Name: "recipients", Err: err, Message: s.sealing(len(recipients))}}
	checks = append(checks, s.preflightTarget(ctx, in)...)
	chosen, notes, err := s.selection()
	if err != nil {
		return append(checks, steps.Check{Name: "paths", Err: err})
	}
	message := fmt.Sprintf("%s files, %s", humanize.Comma(int64(chosen.Files())), humanize.IBytes(uint64(chosen.Size())))
	checks = append(checks, steps.Check{Name: "paths", Message: strings.Join(append([]string{message}, notes...), "; ")})
	dir := filepath.Dir(s.To)
	if s.toS3() {
		dir = in.Dir
	}
	message, err = enoughSpace(dir, chosen.Size())
	return append(checks, steps.Check{Name: "disk_space", Err: err, Message: message})
}

// PreflightEarly checks that somebody can decrypt it, and that its bucket takes it.
func (s *backupStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	if in.Partial {
		return nil
	}
	recipients, err := s.recipients()
	checks := []steps.Check{{Name: "recipients", Err: err, Defer: errors.Is(err, fs.ErrNotExist), Lacks: steps.File, Message: s.sealing(len(recipients))}}
	if s.toS3() {
		if uploader, err := s.uploader(in); err == nil {
			checks = append(checks, uploader.(steps.EarlyPreflighter).PreflightEarly(ctx, in)...)
		}
	}
	return checks
}

func (s *backupStep) sealing(n int) string {
	switch {
	case s.Encrypt == "none":
		return "not encrypted, because: " + s.Reason
	case s.Passphrase != "":
		return "encrypted by a passphrase"
	}
	return fmt.Sprintf("encrypted for %d recipients", n)
}

// preflightTarget asks for S3 what s3_upload asks, but for the file, which is
// not there yet.
func (s *backupStep) preflightTarget(ctx context.Context, in *steps.Run) []steps.Check {
	if !s.toS3() {
		return []steps.Check{{Name: "target", Err: s.checkTarget(in)}}
	}
	uploader, err := s.uploader(in)
	if err != nil {
		return []steps.Check{{Name: "target", Err: err}}
	}
	var checks []steps.Check
	if p, ok := uploader.(steps.Preflighter); ok {
		for _, c := range p.Preflight(ctx, in) {
			if !c.Defer {
				checks = append(checks, c)
			}
		}
	}
	return checks
}

func enoughSpace(dir string, need int64) (string, error) {
	if dir == "" {
		return "the run has no folder yet", nil
	}
	free, known, err := diskspace.Free(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("ask how much is free in %s: %w", dir, err)
	case !known:
		return "this platform does not say how much space is free", nil
	case free < need:
		return "", fmt.Errorf("up to %s are needed in %s, and %s are free: make room", humanize.IBytes(uint64(need)), dir, humanize.IBytes(uint64(free)))
	}
	return fmt.Sprintf("up to %s are needed, %s are free", humanize.IBytes(uint64(need)), humanize.IBytes(uint64(free))), nil
}

// Preview tells what would be in the backup.
func (s *backupStep) Preview(context.Context, *steps.Run) ([]string, error) {
	chosen, notes, err := s.selection()
	if err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("would back up %d files, %s", chosen.Files(), humanize.IBytes(uint64(chosen.Size())))}
	folders := 0
	for _, e := range chosen {
		if e.Info.IsDir() || chosen.Has(filepath.Dir(e.Path)) {
			continue
		}
		if folders++; folders <= maxPreview {
			lines = append(lines, e.Path)
		}
	}
	for _, e := range chosen {
		if e.Info.IsDir() && !chosen.Has(filepath.Dir(e.Path)) {
			if folders++; folders <= maxPreview {
				lines = append(lines, e.Path+string(os.PathSeparator))
			}
		}
	}
	return append(lines, notes...), nil
}

// maxPreview bounds the names that a preview tells.
const maxPreview = 20

const (
	// 64 MiB that cannot be made smaller took 2 s of a processor through tar, gzip
	// and age, and 2.2 s by the clock of a busy machine back to its disk: see the
	// package's benchmarks.
	packRate   = 32 << 20 // bytes a second
	unpackRate = 30 << 20
	sendSetup  = time.Second
	sendRate   = 25 << 20 // assumed, as s3_upload assumes it
)

func at(bytes, rate int64) time.Duration {
	return max(time.Duration(float64(bytes)/float64(rate)*float64(time.Second)), 10*time.Millisecond)
}

// Estimate goes by the size of the files.
func (s *backupStep) Estimate(context.Context, *steps.Run) (time.Duration, error) {
	chosen, _, err := s.selection()
	if err != nil {
		return 0, err
	}
	d := at(chosen.Size(), packRate)
	if s.toS3() {
		d += sendSetup + at(chosen.Size(), sendRate)
	}
	return d, nil
}
