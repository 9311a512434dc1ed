package files

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestBackupConforms(t *testing.T) {
	stepstest.Conform(t, backupKindOf(), stepstest.Case{
		Input: func(t *testing.T) any {
			return obj{"paths": []string{tree(t)}, "to": filepath.Join(t.TempDir(), "b.age"), "passphrase": "correct-horse-battery"}
		},
		Slow: func(t *testing.T) any {
			dir := tree(t)
			sparse(t, dir+"/large", 8<<30)
			return obj{"paths": []string{dir}, "to": filepath.Join(t.TempDir(), "b.age"), "recipients": []string{newKeys(t).public}, "max_size": "9GiB"}
		},
		Secrets: []string{"correct-horse-battery"},
	})
}

func sparse(t *testing.T, file string, size int64) {
	t.Helper()
	f, err := os.Create(file)
	if err == nil {
		err = f.Truncate(size)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestRestoreConforms(t *testing.T) {
	k := newKeys(t)
	target := t.TempDir()
	stepstest.Conform(t, Restore(), stepstest.Case{
		Input: func(t *testing.T) any {
			file := backedUp(t, tree(t), k)
			target = t.TempDir()
			return obj{"from": file, "into": target, "identity": k.private}
		},
		Fingerprint: func() string { return strings.Join(names(t, target), " ") },
		Secrets:     []string{k.private},
	})
}

// names are all paths below dir.
func names(t *testing.T, dir string) (all []string) {
	for name := range described(t, dir) {
		all = append(all, name)
	}
	return all
}

// TestRoundTrip: everything comes back as it was, to where it was.
func TestRoundTrip(t *testing.T) {
	dir := tree(t)
	if os.Geteuid() == 0 {
		if err := os.Chown(dir+"/pki/ca.key", 12345, 54321); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Setxattr(dir+"/pki/ca.key", "user.drplan", []byte{0, 1, 255}, 0); err != nil {
		t.Logf("the file system here takes no extended attributes: %v", err)
	}
	k := newKeys(t)
	before := described(t, dir)
	in := newRun(t)
	file := filepath.Join(t.TempDir(), "b.age")
	out := must(t, backupKindOf(), in, obj{"paths": []string{dir}, "to": file, "recipients_file": recipients(t, k)})
	if out["files"] != 5 || out["bytes"] != int64(37) || out["encrypted"] != true {
		t.Errorf("outputs %v", out)
	}
	if data := read(t, file); strings.Contains(data, "authority") {
		t.Error("it can be read as it is")
	}
	if err := os.RemoveAll(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	back := must(t, Restore(), newRun(t), obj{"from": file, "identity_file": k.file})
	if diff := cmp.Diff(before, described(t, dir)); diff != "" {
		t.Errorf("it came back otherwise:\n%s", diff)
	}
	if back["recovery_point"] != out["recovery_point"] || back["backup_run"] != in.RunID || back["sha256"] != out["sha256"] || back["files"] != 5 {
		t.Errorf("outputs %v, of the backup %v", back, out)
	}
	var got [3]byte
	if n, err := unix.Getxattr(dir+"/pki/ca.key", "user.drplan", got[:]); err == nil && (n != 3 || got != [3]byte{0, 1, 255}) {
		t.Errorf("the attribute is %v", got)
	}
	again := must(t, Restore(), newRun(t), obj{"from": file, "identity": k.private})
	if again["unchanged"] != 5 {
		t.Errorf("a second restore: %v; want all 5 unchanged", again)
	}
}

func recipients(t *testing.T, k keys) string {
	file := filepath.Join(t.TempDir(), "recipients")
	write(t, file, "# the operators\n"+k.public+"\n")
	return file
}

// TestLabels: SELinux's label and other attributes that only root may set.
func TestLabels(t *testing.T) {
	asRoot(t)
	dir, k := tree(t), newKeys(t)
	const label = "system_u:object_r:cert_t:s0\x00"
	for _, path := range []string{dir + "/pki/ca.key", dir + "/absolute", dir + "/pki"} {
		if err := unix.Lsetxattr(path, "security.selinux", []byte(label), 0); err != nil {
			t.Skipf("this file system takes no labels: %v", err)
		}
	}
	file := backedUp(t, dir, k)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	must(t, Restore(), newRun(t), obj{"from": file, "identity": k.private})
	for _, path := range []string{dir + "/pki/ca.key", dir + "/absolute", dir + "/pki"} {
		got := make([]byte, 100)
		n, err := unix.Lgetxattr(path, "security.selinux", got)
		if err != nil || string(got[:n]) != label {
			t.Errorf("the label of %s is %q, %v", path, got[:max(n, 0)], err)
		}
	}
}

func TestPassphrase(t *testing.T) {
	dir := tree(t)
	file := filepath.Join(t.TempDir(), "b.age")
	must(t, backupKindOf(), newRun(t), obj{"paths": []string{dir}, "to": file, "passphrase": "correct-horse-battery"})
	into := t.TempDir()
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "passphrase": "wrong-horse"}, into, "passphrase is wrong")
	must(t, Restore(), newRun(t), obj{"from": file, "into": into, "passphrase": "correct-horse-battery"})
	if got := read(t, into+dir+"/pki/ca.key"); got != "the key of the authority" {
		t.Errorf("it has %q", got)
	}
}

// TestByHand: GNU tar reads what is in a backup, and sees what we wrote.
func TestByHand(t *testing.T) {
	dir, into := tree(t), t.TempDir()
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	must(t, backupKindOf(), newRun(t), obj{"paths": []string{dir}, "to": file, "encrypt": "none", "reason": "a test"})
	if out, err := exec.Command("tar", "-xzpf", file, "--xattrs", "-C", into).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, got := described(t, dir), described(t, into+dir)
	if got["absolute"] = strings.ReplaceAll(got["absolute"], dir, "DIR"); cmp.Diff(want, got) != "" {
		t.Errorf("tar makes something else of it:\n%s", cmp.Diff(want, got))
	}
}

func TestToS3AndBack(t *testing.T) {
	server, dir, k := s3Server(t), tree(t), newKeys(t)
	in := newRun(t)
	to := "s3://" + server.Bucket + "/" + t.Name() + "/node.age"
	input := obj{"paths": []string{dir}, "to": to, "recipients": []string{k.public}, "s3": server.conn}
	out := must(t, backupKindOf(), in, input)
	if out["path"] != to {
		t.Errorf("path %v", out["path"])
	}
	// Killed after the upload, before the journal knew: the same bytes are found there.
	again := must(t, backupKindOf(), in, input)
	if again["sha256"] != out["sha256"] {
		t.Error("another attempt made another backup")
	}
	step := stepstest.Decode(t, backupKindOf(), input)
	if err := step.(steps.Tidier).Tidy(in); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(in.Dir); len(left) != 0 {
		t.Errorf("left in the run's folder: %v", left)
	}
	other := newRun(t)
	other.RunID = "another-run"
	if _, err := do(t, backupKindOf(), other, input); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("another run's backup was replaced: %v", err)
	}

	latest := must(t, latestKind, newRun(t), with(server.conn, obj{"prefix": "s3://" + server.Bucket + "/" + t.Name() + "/", "max_age": "1h"}))
	local := filepath.Join(t.TempDir(), "node.age")
	must(t, downloadKind, newRun(t), with(server.conn, obj{"from": latest["url"], "to": local}))
	into := t.TempDir()
	back := must(t, Restore(), newRun(t), obj{"from": local, "into": into, "identity": k.private})
	if back["recovery_point"] != out["recovery_point"] || back["backup_run"] != in.RunID {
		t.Errorf("outputs %v, of the backup %v", back, out)
	}
	if got := read(t, into+dir+"/pki/etcd/ca.crt"); got != "a certificate" {
		t.Errorf("it has %q", got)
	}
}

// TestWrongCredentials: that S3 refuses must show before the run.
func TestWrongCredentials(t *testing.T) {
	server := s3Server(t)
	conn := with(server.conn, obj{"secret_key": "wrong-and-secret"})
	step := stepstest.Decode(t, backupKindOf(), obj{"paths": []string{tree(t)}, "to": "s3://" + server.Bucket + "/x", "recipients": []string{newKeys(t).public}, "s3": conn})
	for _, c := range step.(steps.Preflighter).Preflight(t.Context(), newRun(t)) {
		if c.Name == "s3_access" && c.Err != nil {
			return
		}
	}
	t.Error("no check complains")
}

func TestFileThatChanges(t *testing.T) {
	dir, k := tree(t), newKeys(t)
	ended := make(chan struct{})
	done := make(chan struct{})
	sparse(t, dir+"/busy", 64<<20)
	go func() {
		defer close(done)
		for i := int64(0); ; i++ {
			select {
			case <-ended:
				return
			default:
				os.Chtimes(dir+"/busy", time.Unix(i, 0), time.Unix(i, 0))
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "b.age")
	_, err := do(t, backupKindOf(), newRun(t), obj{"paths": []string{dir}, "to": file, "recipients": []string{k.public}})
	close(ended)
	<-done
	if err == nil || !strings.Contains(err.Error(), "busy: it changed") || steps.IsFinal(err) {
		t.Errorf("error %v, final %v", err, steps.IsFinal(err))
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it left a file")
	}
	if _, found, _ := backup.ReadSidecar(file); found {
		t.Error("it left a sidecar")
	}
}
