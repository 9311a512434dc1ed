package files

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

type obj = map[string]any

func with(parts ...obj) obj {
	all := obj{}
	for _, part := range parts {
		for k, v := range part {
			all[k] = v
		}
	}
	return all
}

// keys is a pair of age's.
type keys struct{ public, private, file string }

func newKeys(t *testing.T) keys {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	k := keys{id.Recipient().String(), id.String(), filepath.Join(t.TempDir(), "key.txt")}
	write(t, k.file, "# a comment\n"+k.private+"\n")
	return k
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tree is a folder with one of everything.
func tree(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node", "etc")
	write(t, dir+"/pki/ca.key", "the key of the authority")
	write(t, dir+"/pki/etcd/ca.crt", "a certificate")
	write(t, dir+"/empty", "")
	for _, err := range []error{
		os.Chmod(dir+"/pki", 0o750),
		os.Chmod(dir+"/pki/etcd/ca.crt", 0o640|fs.ModeSetgid),
		os.Symlink("ca.crt", dir+"/pki/etcd/current.crt"),
		os.Symlink(dir+"/pki/ca.key", dir+"/absolute"),
		os.Mkdir(dir+"/hollow", 0o711),
		os.Chtimes(dir+"/pki/ca.key", time.Unix(1_600_000_000, 123_456_789), time.Unix(1_600_000_000, 123_456_789)),
		os.Chtimes(dir+"/hollow", time.Unix(1_500_000_000, 1), time.Unix(1_500_000_000, 1)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// described is all that must come back of a tree, by relative path.
func described(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		text := fmt.Sprintf("%s %d:%d %d", info.Mode(), stat.Uid, stat.Gid, info.ModTime().UnixNano())
		switch {
		case info.Mode().IsRegular():
			text += " " + read(t, path)
		case info.Mode().Type() == fs.ModeSymlink:
			link, _ := os.Readlink(path)
			text += " -> " + strings.ReplaceAll(link, dir, "DIR")
		}
		rel, _ := filepath.Rel(dir, path)
		all[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func backupKindOf() steps.Kind { return Backup(s3.Upload()) }

func do(t *testing.T, kind steps.Kind, in *steps.Run, input obj) (steps.Outputs, error) {
	t.Helper()
	step := stepstest.Decode(t, kind, input)
	out, err := step.Run(t.Context(), in)
	if err == nil {
		stepstest.CheckOutputs(t, kind, out)
	}
	return out, err
}

func must(t *testing.T, kind steps.Kind, in *steps.Run, input obj) steps.Outputs {
	t.Helper()
	out, err := do(t, kind, in, input)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refused runs a step that must fail with words, and leave watched as it was.
func refused(t *testing.T, kind steps.Kind, in *steps.Run, input obj, watched string, words ...string) {
	t.Helper()
	before := fmt.Sprint(described(t, watched))
	_, err := do(t, kind, in, input)
	if err == nil {
		t.Fatalf("it succeeded; want an error with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q lacks %q", err, word)
		}
	}
	if after := fmt.Sprint(described(t, watched)); before != after {
		t.Errorf("it failed, and yet %s changed:\n%s\n%s", watched, before, after)
	}
}

// newRun is a recovery's, which may write to the original places.
func newRun(t *testing.T) *steps.Run {
	in := stepstest.NewRun(t).Run
	in.Mode = "recovery"
	return in
}

// backedUp makes a backup of a tree.
func backedUp(t *testing.T, dir string, k keys, more ...obj) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup.tar.gz.age")
	input := with(append([]obj{{"paths": []string{dir}, "to": file, "recipients": []string{k.public}}}, more...)...)
	must(t, backupKindOf(), newRun(t), input)
	return file
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to others")
	}
}
