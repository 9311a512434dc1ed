package files

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestWrongKey: a clear word, and nothing is touched, not even a folder made.
func TestWrongKey(t *testing.T) {
	k, other, parent := newKeys(t), newKeys(t), t.TempDir()
	file := backedUp(t, tree(t), k)
	into := filepath.Join(parent, "into")
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "identity": other.private}, parent, "not encrypted for this key")
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into}, parent, "is encrypted: give identity_file")
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "passphrase": "of no use"}, parent, "encrypted for keys")
	write(t, filepath.Join(parent, "nokey"), "AGE-SECRET-KEY-1NONSENSE\n")
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "identity_file": parent + "/nokey"}, parent, "holds no private key")
	step := stepstest.Decode(t, Restore(), obj{"from": file, "into": into, "identity_file": parent + "/nokey"})
	if checks := step.(steps.EarlyPreflighter).PreflightEarly(t.Context(), newRun(t)); checks[1].Err == nil || strings.Contains(checks[1].Err.Error(), "NONSENSE") {
		t.Errorf("the key's check says %v", checks[1].Err)
	}
}

func TestDamage(t *testing.T) {
	k, into := newKeys(t), t.TempDir()
	dir := tree(t)
	for name, c := range map[string]struct {
		damage func([]byte) []byte
		sealed bool // the sidecar is made to fit
		words  string
	}{
		"one byte":                  {flip, false, "hash mismatch"},
		"cut":                       {cut, false, "hash mismatch"},
		"one byte, sidecar to suit": {flip, true, ""},
		"cut, sidecar to suit":      {cut, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := backedUp(t, dir, k)
			write(t, file, string(c.damage([]byte(read(t, file)))))
			if c.sealed {
				if err := os.Remove(file + backup.SidecarSuffix); err != nil {
					t.Fatal(err)
				}
			}
			input := obj{"from": file, "into": into, "identity": k.private, "require_hash": !c.sealed}
			refused(t, Restore(), newRun(t), input, into, c.words)
			hard := false
			for _, check := range stepstest.Decode(t, Restore(), input).(steps.Preflighter).Preflight(t.Context(), newRun(t)) {
				hard = hard || check.Hard && check.Err != nil
			}
			if hard == c.sealed {
				t.Errorf("whether a person may go on all the same: %v", !hard)
			}
		})
	}
	file := backedUp(t, dir, k)
	if err := os.Remove(file + backup.SidecarSuffix); err != nil {
		t.Fatal(err)
	}
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "identity": k.private}, into, "no SHA-256")
	refused(t, Restore(), newRun(t), obj{"from": file, "into": into, "identity": k.private, "sha256": strings.Repeat("0", 64)}, into, "hash mismatch")
}

func flip(data []byte) []byte { data[len(data)-20] ^= 1; return data }
func cut(data []byte) []byte  { return data[:len(data)-30] }

// hostile is a tar.gz that nobody of good will makes.
func hostile(t *testing.T, headers ...tar.Header) string {
	t.Helper()
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	w := tar.NewWriter(zipped)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = 5
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			fmt.Fprint(w, "bytes")
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hostile.tar.gz")
	write(t, file, buf.String())
	return file
}

func TestHostileArchives(t *testing.T) {
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg} }
	link := func(name, to string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
	}
	parent := t.TempDir()
	into := filepath.Join(parent, "into")
	for name, c := range map[string]struct {
		headers []tar.Header
		words   string
	}{
		"upwards":                {[]tar.Header{file("good"), file("../evil")}, "leads out"},
		"upwards within":         {[]tar.Header{file("a/../../evil")}, "leads out"},
		"absolute":               {[]tar.Header{file("/evil")}, "leads out"},
		"behind a link":          {[]tar.Header{link("door", "/etc"), file("door/passwd")}, "lies behind"},
		"behind a relative link": {[]tar.Header{link("door", ".."), file("door/evil")}, "lies behind"},
		"link out":               {[]tar.Header{file("good"), link("door", "/etc/shadow")}, "would lead out"},
		"relative link out":      {[]tar.Header{file("good"), link("a/door", "../../../etc/shadow")}, "would lead out"},
		"hard link":              {[]tar.Header{{Name: "hard", Typeflag: tar.TypeLink, Linkname: "/etc/shadow"}}, "neither a file"},
		"device":                 {[]tar.Header{{Name: "disk", Typeflag: tar.TypeBlock, Devmajor: 8}}, "neither a file"},
		"twice":                  {[]tar.Header{file("a"), file("a")}, "in it twice"},
		"too large":              {[]tar.Header{file("a"), file("b"), file("c")}, "more than 12 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			input := obj{"from": hostile(t, c.headers...), "into": into, "require_hash": false, "keep_owner": false, "max_size": 12}
			refused(t, Restore(), newRun(t), input, parent, c.words)
		})
	}
	good := hostile(t, file("a"), link("b", "a"))
	must(t, Restore(), newRun(t), obj{"from": good, "into": into, "require_hash": false, "keep_owner": false, "max_size": 12})
	refused(t, Restore(), newRun(t), obj{"from": good, "into": into, "require_hash": false, "identity": newKeys(t).private}, parent, "is not encrypted, and yet a key was given")
}

// TestLinkOfTheHost: a link that stands in the folder already leads nobody out.
func TestLinkOfTheHost(t *testing.T) {
	parent := t.TempDir()
	into, outside := filepath.Join(parent, "into"), filepath.Join(parent, "outside")
	write(t, outside+"/live", "live")
	if err := errors.Join(os.Mkdir(into, 0o700), os.Symlink(outside, into+"/etc")); err != nil {
		t.Fatal(err)
	}
	file := hostile(t, tar.Header{Name: "etc/live", Typeflag: tar.TypeReg})
	input := obj{"from": file, "into": into, "require_hash": false, "keep_owner": false, "existing": "move_aside"}
	refused(t, Restore(), newRun(t), input, parent, "leads out of")
	if err := errors.Join(os.Remove(into+"/etc"), os.Mkdir(into+"/data", 0o700), os.Symlink("data", into+"/etc")); err != nil {
		t.Fatal(err)
	}
	must(t, Restore(), newRun(t), input)
	if got := read(t, into+"/data/live"); got != "bytes" {
		t.Errorf("a link that stays within: %q", got)
	}
}

// TestExisting: nothing is overwritten, whatever was asked for.
func TestExisting(t *testing.T) {
	k, dir := newKeys(t), tree(t)
	file := backedUp(t, dir, k)
	write(t, dir+"/pki/ca.key", "another key")
	write(t, dir+"/pki/own", "of the new machine")
	refused(t, Restore(), newRun(t), obj{"from": file, "identity": k.private}, filepath.Dir(dir), "ca.key exists, with other content")
	in := newRun(t)
	out := must(t, Restore(), in, obj{"from": file, "identity": k.private, "existing": "move_aside"})
	aside := filepath.Join(dir, "pki", ".ca.key.before-"+in.RunID)
	if fmt.Sprint(out["moved_aside"]) != "["+aside+"]" || read(t, aside) != "another key" || read(t, dir+"/pki/ca.key") != "the key of the authority" {
		t.Errorf("moved aside: %v", out["moved_aside"])
	}
	if out["unchanged"] != 4 || read(t, dir+"/pki/own") != "of the new machine" {
		t.Errorf("outputs %v", out)
	}
	write(t, dir+"/pki/ca.key", "a third key")
	again := must(t, Restore(), in, obj{"from": file, "identity": k.private, "existing": "move_aside"})
	if read(t, aside) != "another key" || read(t, aside+".2") != "a third key" || len(again["moved_aside"].([]string)) != 2 {
		t.Errorf("what was aside was replaced: %v", again["moved_aside"])
	}
}

// TestLinksToTheCopy: below another folder, links show what was restored.
func TestLinksToTheCopy(t *testing.T) {
	k, dir, into := newKeys(t), tree(t), t.TempDir()
	file := backedUp(t, dir, k)
	write(t, dir+"/pki/ca.key", "live")
	must(t, Restore(), newRun(t), obj{"from": file, "into": into, "identity": k.private})
	if got := read(t, into+dir+"/absolute"); got != "the key of the authority" {
		t.Errorf("the link shows %q", got)
	}
	refused(t, Restore(), newRun(t), obj{"from": file, "into": t.TempDir(), "identity": k.private, "only": []string{"absolute"}}, into, "would lead out")
	bare := t.TempDir()
	must(t, Restore(), newRun(t), obj{"from": file, "into": bare, "identity": k.private, "only": []string{"absolute"}, "outside_links": "keep"})
	refused(t, Restore(), newRun(t), obj{"from": file, "into": bare, "identity": k.private, "only": []string{"/nowhere"}}, bare, "nothing of the")
}

// TestKilledHalfWay: an attempt that was killed between two renames is finished
// by the next, and what it had moved is still told.
func TestKilledHalfWay(t *testing.T) {
	k, dir := newKeys(t), tree(t)
	file := backedUp(t, dir, k)
	before := described(t, dir)
	write(t, dir+"/empty", "not empty any more")
	write(t, dir+"/pki/ca.key", "another key")
	if err := os.RemoveAll(dir + "/hollow"); err != nil {
		t.Fatal(err)
	}
	in := newRun(t)
	s := stepstest.Decode(t, Restore(), obj{"from": file, "identity": k.private, "existing": "move_aside"}).(*restoreStep)
	sealed, err := s.checked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := sealed.plan(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := (record{}).with(plan).write(in.Dir); err != nil {
		t.Fatal(err)
	}
	killed(t, sealed, plan, dir+"/empty", dir+"/.empty.before-"+in.RunID)

	out := must(t, Restore(), in, obj{"from": file, "identity": k.private, "existing": "move_aside"})
	if got := len(out["moved_aside"].([]string)); got != 2 {
		t.Errorf("moved aside: %v; want both", out["moved_aside"])
	}
	for name, want := range described(t, dir) {
		if old, known := before[name]; known && old != want && name != "." && name != "pki" {
			t.Errorf("%s is %s; want %s", name, want, old)
		}
		if strings.Contains(name, ".part-") {
			t.Errorf("%s was left behind", name)
		}
	}
}

// killed stages everything and makes the first rename by hand, as a killed
// attempt would have.
func killed(t *testing.T, b *sealed, plan *archive.Plan, from, to string) {
	t.Helper()
	items, err := b.contents(t.Context())
	if err != nil || len(items) == 0 {
		t.Fatal(err)
	}
	if err := b.read(func(tar io.Reader) error { return plan.Stage(t.Context(), tar, 1<<20) }); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFull and the like: what was written beside goes away again.
func TestCancelledLeavesNothing(t *testing.T) {
	k, dir, into := newKeys(t), tree(t), t.TempDir()
	file := backedUp(t, dir, k)
	s := stepstest.Decode(t, Restore(), obj{"from": file, "into": into, "identity": k.private}).(*restoreStep)
	sealed, err := s.checked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := sealed.plan(t.Context(), newRun(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sealed.read(func(tar io.Reader) error { return plan.Stage(t.Context(), tar, 1<<20) }); err != nil {
		t.Fatal(err)
	}
	if len(names(t, into)) < 5 {
		t.Fatal("nothing was staged: this would prove nothing")
	}
	if err := plan.Abort(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, into); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestDrill: a drill does not write to the live places of a machine.
func TestDrill(t *testing.T) {
	k, dir := newKeys(t), tree(t)
	file := backedUp(t, dir, k)
	drill := stepstest.NewRun(t).Run
	for _, into := range []string{"", "/", "/tmp/.."} {
		refused(t, Restore(), drill, obj{"from": file, "identity": k.private, "into": into}, dir, "drill: true")
	}
	drill.Host = &steps.Host{Name: "practice", Drill: true}
	must(t, Restore(), drill, obj{"from": file, "identity": k.private})
}

func TestValidate(t *testing.T) {
	k := newKeys(t)
	base := obj{"paths": []string{"/etc/hosts"}, "to": "/tmp/x"}
	for name, c := range map[string]struct {
		input obj
		field string
	}{
		"nobody can read it":     {obj{}, "recipients"},
		"unencrypted, no reason": {obj{"encrypt": "none"}, "reason"},
		"unencrypted, and a key": {obj{"encrypt": "none", "reason": "x", "recipients": []string{k.public}}, "encrypt"},
		"a private key":          {obj{"recipients": []string{k.private}}, "recipients"},
		"no key":                 {obj{"recipients": []string{"ssh-rsa x"}}, "recipients"},
		"key and passphrase":     {obj{"recipients": []string{k.public}, "passphrase": "x"}, "passphrase"},
		"a reason for nothing":   {obj{"recipients": []string{k.public}, "reason": "x"}, "reason"},
		"no object":              {obj{"recipients": []string{k.public}, "to": "s3://bucket/"}, "to"},
		"no pattern":             {obj{"recipients": []string{k.public}, "exclude": []string{"[x"}}, "exclude"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := backupKindOf().Decode(stepstest.JSON(t, with(base, c.input)))
			var field *steps.FieldError
			if !errors.As(err, &field) || field.Path != c.field {
				t.Errorf("error %v; want one of %s", err, c.field)
			}
			if err != nil && strings.Contains(err.Error(), k.private) {
				t.Error("it repeats the private key")
			}
		})
	}
}
