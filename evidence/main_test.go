package evidence

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/evidence/keys"
)

// recorded are runs that a build of this format has signed: drill by alice,
// resumed by alice when it had failed, and by bob when an edited plan had brought
// it to its end. Folders are added, never changed.
var recorded = []string{"drill", "resumed"}

func key(t testing.TB, name string) keys.Public {
	t.Helper()
	all, err := keys.ParsePublic(read(t, filepath.Join("testdata", name+".pub")))
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func everybody(t testing.TB) []keys.Public { return []keys.Public{key(t, "alice"), key(t, "bob")} }

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sample is a recorded run, to be changed.
type sample struct {
	journal []byte
	files   map[string][]byte
}

func load(t testing.TB, name string) sample {
	t.Helper()
	dir := filepath.Join("testdata", name)
	files, err := readMaterial(dir)
	if err != nil {
		t.Fatal(err)
	}
	return sample{read(t, filepath.Join(dir, journalName)), files}
}

func (s sample) verify(known []keys.Public) (Result, error) {
	return Material{Journal: bytes.NewReader(s.journal), Size: int64(len(s.journal)), Files: s.files}.Verify(known)
}

func (s sample) with(name string, data []byte) sample {
	s.files = maps.Clone(s.files)
	s.files[name] = data
	return s
}

func (s sample) without(names ...string) sample {
	s.files = maps.Clone(s.files)
	for _, name := range names {
		delete(s.files, name)
	}
	return s
}

func newSigner(t testing.TB) keys.Signer {
	t.Helper()
	private, _, err := keys.New("test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := keys.ParsePrivate(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
