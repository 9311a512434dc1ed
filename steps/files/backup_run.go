package files

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/files/internal/seal"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/backup"
)

// selection is what the step is for, and what an operator should know of it.
func (s *backupStep) selection() (archive.Selection, []string, error) {
	paths, notes := s.Paths, []string(nil)
	if s.Kubeadm != "" {
		node, err := lookAtNode(s.Kubeadm, s.KubeletDir)
		if err != nil {
			return nil, nil, err
		}
		paths, notes = append(paths[:len(paths):len(paths)], node.paths...), node.notes
	}
	chosen, err := archive.Choose(paths, s.Exclude)
	if err != nil {
		return nil, nil, err
	}
	if chosen.Files() == 0 {
		return nil, nil, errors.New("there is no file in the paths that were given: nothing would be backed up")
	}
	if size := chosen.Size(); size > int64(s.MaxSize) {
		return nil, nil, fmt.Errorf("the files have %d bytes together, more than %s: exclude what is no configuration, or raise max_size", size, s.MaxSize)
	}
	for _, e := range chosen.Dangling() {
		notes = append(notes, fmt.Sprintf("%s leads to %s, which is not in the backup", e.Path, e.Target()))
	}
	return chosen, notes, nil
}

// Run makes the backup.
func (s *backupStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	if s.toS3() {
		return s.runToS3(ctx, in)
	}
	return s.runToFile(ctx, in)
}

func (s *backupStep) runToFile(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	if err := s.checkTarget(in); err != nil {
		return nil, steps.Final(err)
	}
	recipients, err := s.recipients()
	if err != nil {
		return nil, steps.Final(err)
	}
	started := in.Now().UTC()
	chosen, notes, err := s.selection()
	if err != nil {
		return nil, steps.Final(err)
	}
	meta := backup.Meta{Kind: backupKind, StartedAt: started, Run: in.RunID, Tool: s.tool()}
	to, err := filepath.Abs(s.To)
	if err != nil {
		return nil, err
	}
	defer os.Remove(to + ".part") // renamed by then, when all went well
	if meta.SHA256, meta.Size, err = writeArchive(ctx, to+".part", chosen, recipients); err != nil {
		return nil, err
	}
	meta.FinishedAt = in.Now().UTC()
	if err := errors.Join(backup.WriteSidecar(to, meta)); err != nil {
		return nil, err
	}
	if err := atomicfile.Rename(to+".part", to); err != nil {
		return nil, err
	}
	for _, note := range notes {
		in.Log.Warn(note)
	}
	return s.outputs(to, meta, chosen, notes), nil
}

// recipients is nil where nothing is encrypted.
func (s *backupStep) recipients() ([]age.Recipient, error) {
	if s.Encrypt == "none" {
		return nil, nil
	}
	return s.to().Recipients()
}

func (s *backupStep) tool() string {
	if s.Encrypt == "none" {
		return "tar.gz"
	}
	return "tar.gz.age"
}

func (s *backupStep) outputs(path string, m backup.Meta, chosen archive.Selection, notes []string) steps.Outputs {
	return steps.Outputs{
		"path": path, "sha256": m.SHA256, "size": m.Size,
		"files": chosen.Files(), "bytes": chosen.Size(), "encrypted": s.Encrypt != "none",
		"started_at": stamp(m.StartedAt), steps.OutRecoveryPoint: stamp(m.StartedAt), steps.OutBackupRun: m.Run,
		steps.OutDataSource: dataSource, "notes": list(notes),
	}
}

// list is never null.
func list(texts []string) []string { return append([]string{}, texts...) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// writeArchive writes the file, synced, and gives its digest and size.
func writeArchive(ctx context.Context, file string, chosen archive.Selection, recipients []age.Recipient) (sum string, size int64, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(f, h), 64<<10)
	if err := pack(ctx, buffered, chosen, recipients); err != nil {
		return "", 0, err
	}
	if err := errors.Join(buffered.Flush(), f.Sync()); err != nil {
		return "", 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), info.Size(), ctx.Err()
}

// pack is the pipe tar | gzip | age.
func pack(ctx context.Context, to io.Writer, chosen archive.Selection, recipients []age.Recipient) error {
	sealed := io.WriteCloser(nothingToClose{to})
	if recipients != nil {
		var err error
		if sealed, err = seal.Seal(to, recipients); err != nil {
			return err
		}
	}
	zipped := gzip.NewWriter(sealed)
	if err := archive.Write(ctx, zipped, chosen); err != nil {
		return err
	}
	return errors.Join(zipped.Close(), sealed.Close())
}

type nothingToClose struct{ io.Writer }

func (nothingToClose) Close() error { return nil }

// checkTarget reports whether the file may be written.
func (s *backupStep) checkTarget(in *steps.Run) error {
	if info, err := os.Stat(filepath.Dir(s.To)); err != nil {
		return fmt.Errorf("the folder of %s: %w", s.To, err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", filepath.Dir(s.To))
	}
	if _, err := os.Lstat(s.To); errors.Is(err, fs.ErrNotExist) || s.Overwrite {
		return nil
	}
	if meta, found, err := backup.ReadSidecar(s.To); err == nil && found && meta.Run == in.RunID {
		return nil
	}
	return fmt.Errorf("%s exists already: choose another name, such as one with ${run.id} in it, or set overwrite", s.To)
}

// Reconcile lets an interrupted backup be made again: a file that never got its
// name is no backup, and making another one harms nobody.
func (s *backupStep) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}
