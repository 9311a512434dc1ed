package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The layout is a promise to later versions and to mirrors of the file: this
// golden file changes only together with Format.
func TestLayoutIsPinned(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "format1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := sampleBytes()
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("format 1 changed (-pinned +written):\n%s", diff)
	}
	l := mustCreate(t, nil)
	mustWrite(t, l)
	if diff := cmp.Diff(string(want), string(journalBytes(t, l.Dir()))); diff != "" {
		t.Errorf("the log writes something else (-pinned +written):\n%s", diff)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(got), []byte("\n")) {
		if !json.Valid(line) {
			t.Errorf("line %d is not a JSON object: %s", i+1, line)
		}
	}
}

// docScript is the shell program that doc.go offers for checking a journal.
func docScript(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "without drplan:\n//\n")
	script, _, ok2 := strings.Cut(rest, "\n//\n")
	if !ok || !ok2 {
		t.Fatal("doc.go has no script any more")
	}
	return strings.ReplaceAll(script+"\n", "//\t", "")
}

func TestDocumentedShellCheck(t *testing.T) {
	data, _ := sampleBytes()
	script := docScript(t)
	run := func(dir string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		cmd.Dir = dir
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	dir := runWith(t, data)
	v, err := Verify(dir, func([]byte) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	got, err := run(dir)
	if err != nil || got != v.Sum {
		t.Errorf("the script says %q, %v; Verify says %q", got, err, v.Sum)
	}
	broken := bytes.Replace(data, []byte(`"a":1`), []byte(`"a":2`), 1)
	if got, err := run(runWith(t, broken)); err == nil {
		t.Errorf("the script accepts a changed record with sum %s", got)
	}
}

func TestRecordsSurviveOrAreRefused(t *testing.T) {
	long := `"` + strings.Repeat("x", MaxRecord-2) + `"`
	tests := []struct {
		name, rec string
		ok        bool
	}{
		{"object", `{"a":[1,2,{"b":null}]}`, true},
		{"spaces kept", ` { "a" : 1 }	`, true},
		{"duplicate keys kept", `{"a":1,"a":2}`, true},
		{"number kept", `1.00e+0`, true},
		{"escapes kept", `"\u0000\n\u2028"`, true},
		{"looks like a line", `{"seq":9,"batch":9,"commit":true,"sum":"0","rec":1}`, true},
		{"longest", long, true},
		{"too long", long + " ", false},
		{"empty", ``, false},
		{"two values", `1 2`, false},
		{"cut", `{"a":`, false},
		{"newline between tokens", "{\n}", false},
		{"carriage return", "{}\r", false},
		{"control byte", "\"\x01\"", false},
		{"not UTF-8", "\"\xff\"", false},
		{"closes the line", `1},{"x":2`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := mustCreate(t, nil)
			err := l.Append([]byte(tt.rec))
			if !tt.ok {
				if !errors.Is(err, ErrRecord) {
					t.Errorf("got %v, want ErrRecord", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := Read(l.Dir())
			if err != nil || len(got) != 2 || string(got[1]) != tt.rec {
				t.Errorf("came back as %.100q, %v", got, err)
			}
		})
	}
}
