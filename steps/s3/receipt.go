package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// receipt is what a download gives back. It is kept in the step's folder from
// just before the file gets its name, so that after a crash the step knows its
// own file from another's.
type receipt struct {
	Path          string `json:"path"`
	Size          int64  `json:"size"`
	SHA256        string `json:"sha256"`
	ETag          string `json:"etag"`
	VersionID     string `json:"version_id"`
	RecoveryPoint string `json:"recovery_point"`
	Basis         string `json:"recovery_point_basis"`
	Revision      int64  `json:"revision"`
	BackupRun     string `json:"backup_run"`
}

func receiptFile(dir string) string { return filepath.Join(dir, "download.json") }

func (r receipt) write(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(receiptFile(dir), data)
}

func (r receipt) outputs() steps.Outputs {
	return steps.Outputs{
		"path": r.Path, "size": r.Size, "sha256": r.SHA256, "etag": r.ETag, "version_id": r.VersionID,
		steps.OutRecoveryPoint: r.RecoveryPoint, "recovery_point_basis": r.Basis,
		"revision": r.Revision, steps.OutBackupRun: r.BackupRun,
	}
}

// finished gives the outputs of an attempt of this step whose file is in place
// and whole; nil when there is none.
func (c *DownloadConfig) finished(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	data, err := os.ReadFile(receiptFile(in.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var r receipt
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return nil, fmt.Errorf("read what an earlier attempt left: %w", err)
	}
	sum, _, err := digest(ctx, r.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case sum != r.SHA256:
		return nil, nil
	}
	return r.outputs(), nil
}

// Reconcile implements steps.Reconciler. A file that is not complete is no
// effect: the next attempt overwrites it.
func (c *DownloadConfig) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	switch done, err := c.finished(ctx, in); {
	case err != nil:
		return steps.Unknown, nil, err
	case done != nil:
		return steps.Done, done, nil
	}
	return steps.NeverBegun, nil, nil
}

func removeIfThere(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
