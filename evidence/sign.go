package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/evidence/keys"
)

// ErrOpen says that a journal cannot be signed yet.
var ErrOpen = errors.New("the journal is not closed: the run goes on, or drplan died; end it (drplan run --resume), then sign")

// DamagedError says that a run is not what its checkpoints say, or its journal's
// chain does not hold: a signature would only hide that.
type DamagedError struct{ Finding Finding }

func (e *DamagedError) Error() string { return "nothing was signed: " + e.Finding.String() }

// Sign writes the checkpoint of the run in dir, and returns its file. What the
// same key has signed before is not signed again. An unclosed journal is [ErrOpen],
// one that does not hold a [*DamagedError].
func Sign(dir string, signer keys.Signer, by string, now time.Time) (file string, c Checkpoint, err error) {
	m, closer, err := Open(dir)
	if err != nil {
		return "", c, err
	}
	defer closer.Close()
	if c, err = m.checkpoint(signer.Public()); err != nil {
		return "", c, err
	}
	public := signer.Public()
	key := hash(public.Raw())
	file = filepath.Join(dir, fmt.Sprintf("checkpoint-%d-%s.note", c.Records, key[:8]))
	if old, ok := m.Files[filepath.Base(file)]; ok { // it holds, or checkpoint had said so
		return file, open(old, []keys.Public{public}).Checkpoint, nil
	}
	c.Signer, c.By, c.Signed = public.Fingerprint(), oneLine(by), now.UTC().Round(0)
	data, err := keys.Seal(c.text(), signer)
	if err != nil {
		return "", c, err
	}
	return file, c, writeOnce(file, data)
}

// checkpoint makes the unsigned part.
func (m Material) checkpoint(known keys.Public) (c Checkpoint, err error) {
	r, err := m.Verify([]keys.Public{known})
	switch {
	case err != nil:
		return c, err
	case r.Verdict == Broken:
		return c, &DamagedError{r.Finding}
	case !r.Journal.OK():
		return c, ErrOpen
	}
	end := r.Journal.Records
	f, _, err := readFacts(m.Journal, m.Size, map[int64]bool{end: true})
	if err != nil {
		return c, err
	}
	sum, err := hashPrefix(m.Journal, r.Journal.Bytes)
	return Checkpoint{
		Run: r.Run, Records: end, Head: r.Journal.Sum, Bytes: r.Journal.Bytes, SHA256: sum, Plans: f.plansUpTo(end),
		Started: f.header.Started, Last: f.last, State: f.state,
	}, err
}

// writeOnce makes a file that is whole and synced when it appears. Its name says
// all that its content does, so none is replaced by another statement.
func writeOnce(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
