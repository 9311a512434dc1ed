package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/evidence/keys"
)

// folder is a copy of a recorded run.
func folder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSign(t *testing.T) {
	dir, carol := folder(t, "drill"), newSigner(t)
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	file, c, err := Sign(dir, carol, "carol\nrun other", now)
	if err != nil || c.By != "carol run other" || !c.Signed.Equal(now) || c.Signer != carol.Public().Fingerprint() {
		t.Fatalf("%s, %+v, %v", file, c, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("the checkpoint: %v, %v", info.Mode(), err)
	}
	first := read(t, file)
	again, c, err := Sign(dir, carol, "carol", now.Add(time.Hour))
	if err != nil || again != file || !c.Signed.Equal(now) || string(read(t, file)) != string(first) {
		t.Errorf("signed again: %s, %+v, %v", again, c, err)
	}
	m, closer, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	r, err := m.Verify([]keys.Public{carol.Public()})
	if err != nil || r.Verdict != Verified || len(r.Signatures) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSignRefuses: a signature must not hide damage, nor close what is open.
func TestSignRefuses(t *testing.T) {
	for name, spoil := range map[string]func(dir string){
		"the journal": func(dir string) { change(t, filepath.Join(dir, journalName), 100) },
		"the plan":    func(dir string) { change(t, filepath.Join(dir, planName), 100) },
		"an earlier checkpoint": func(dir string) {
			change(t, filepath.Join(dir, "checkpoint-24-6ce6dd4f.note"), 100)
		},
		"the end": func(dir string) {
			put(t, filepath.Join(dir, journalName), dropLast(read(t, filepath.Join(dir, journalName))))
		},
	} {
		dir := folder(t, "drill")
		spoil(dir)
		var damaged *DamagedError
		if _, _, err := Sign(dir, newSigner(t), "x", time.Now()); !errors.As(err, &damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := folder(t, "drill")
	put(t, filepath.Join(dir, journalName), dropLast(read(t, filepath.Join(dir, journalName))))
	if err := os.Remove(filepath.Join(dir, "checkpoint-24-6ce6dd4f.note")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Sign(dir, newSigner(t), "x", time.Now()); !errors.Is(err, ErrOpen) {
		t.Errorf("not closed: %v", err)
	}
}

func change(t *testing.T, file string, at int) {
	t.Helper()
	data := read(t, file)
	data[at] ^= 1
	put(t, file, data)
}

func put(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
