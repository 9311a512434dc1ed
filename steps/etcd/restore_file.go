package etcd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/snapfile"
	"github.com/drplan/drplan/steps/internal/backup"
)

// snapshotFile is a snapshot that was found good.
type snapshotFile struct {
	path string
	info os.FileInfo
	meta backup.Meta // complete, whether from the sidecar or read from the file
}

// checkFile reads the whole snapshot: its seal first, and then whether it is
// the one that its sidecar describes. Every error but one of reading is final.
func checkFile(ctx context.Context, path string) (backup.Meta, snapfile.Digest, error) {
	digest, err := snapfile.Check(ctx, path)
	if err != nil {
		if errors.Is(err, snapfile.ErrNoSeal) || errors.Is(err, snapfile.ErrDamaged) || errors.Is(err, os.ErrNotExist) {
			err = steps.Final(err)
		}
		return backup.Meta{}, digest, err
	}
	meta, found, err := backup.ReadSidecar(path)
	if err != nil {
		return meta, digest, steps.Final(err)
	}
	if found && meta.SHA256 != "" && meta.SHA256 != digest.SHA256 {
		return meta, digest, steps.Final(fmt.Errorf(
			"%s is not the backup that its metadata describe: SHA-256 %s, recorded %s; fetch it again, or use another backup", path, digest.SHA256, meta.SHA256))
	}
	return meta, digest, nil
}

// openFile is checkFile, and what the database itself says, against the sidecar.
func openFile(ctx context.Context, path string) (snapshotFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return snapshotFile{}, steps.Final(err)
	}
	meta, digest, err := checkFile(ctx, path)
	if err != nil {
		return snapshotFile{}, err
	}
	content, err := snapfile.Read(path)
	if err != nil {
		return snapshotFile{}, steps.Final(err)
	}
	for _, known := range []struct {
		name           string
		recorded, read int64
	}{{"revision", meta.Revision, content.Revision}, {"hash", int64(meta.Hash), int64(content.Hash)}} {
		if known.recorded != 0 && known.recorded != known.read {
			return snapshotFile{}, steps.Final(fmt.Errorf("%s is not the backup that its metadata describe: %s %d, recorded %d", path, known.name, known.read, known.recorded))
		}
	}
	meta.SHA256, meta.Size = digest.SHA256, digest.Size
	meta.Revision, meta.Hash, meta.Keys = content.Revision, content.Hash, content.Keys
	return snapshotFile{path, info, meta}, nil
}

// unchanged checks that the file is still the one that was checked: members
// restored from two snapshots would disagree for ever.
func (f snapshotFile) unchanged() error {
	now, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	if !os.SameFile(f.info, now) || now.Size() != f.info.Size() || !now.ModTime().Equal(f.info.ModTime()) {
		return fmt.Errorf("%s was changed while it was being restored", f.path)
	}
	return nil
}
