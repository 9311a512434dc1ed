package plans

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Restore etcd": "restore_etcd", "  It's back!  ": "it_s_back", "2nd step": "_2nd_step", "Step 2": "step_2",
		"再起動": "", "再起動 etcd": "etcd", "": "", "42": "", "a--b__c": "a_b_c", "Ünï": "n",
	} {
		if got := Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
		if got := Slug(name); got != "" && !IsID(got) {
			t.Errorf("Slug(%q) = %q is no id", name, got)
		}
	}
}

func TestPlaceholdersIn(t *testing.T) {
	for text, want := range map[string]string{
		"velero restore create --from-backup <backup-name>": "<backup-name>",
		"a <b> <c d> e":                "<b> <c d>",
		"s3://<bucket>/x":              "<bucket>",
		"--from=<name>.tar":            "<name>",
		"'<name>'":                     "<name>",
		"<name>":                       "<name>",
		"etcdctl snapshot restore ...": "...",
		"...":                          "...",
		"restore …":                    "…",
		"two lines ...\n":              "...",
		"sort < in > out":              "",
		"cat <file":                    "",
		"cat <file >out":               "",
		"cat <file>out":                "",
		"cat <in>/tmp/x":               "",
		"cat 0<in>x":                   "",
		"cat <<eof>x":                  "",
		"cat <<EOF > x":                "",
		"diff <(a) <(b)":               "",
		"a <b >c":                      "",
		"a<b>c":                        "",
		"if [ 1 -lt 2 ]; then x; fi":   "",
		"<b>bold</b>":                  "",
		"go test ./...":                "",
		"wait...":                      "",
		"wait ... and go":              "",
		"\\<escaped>":                  "",
	} {
		var got []string
		for _, span := range placeholdersIn(text) {
			got = append(got, text[span[0]:span[1]])
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// The caret stands below the place, in the columns of a terminal.
func TestCaret(t *testing.T) {
	for _, tt := range []struct {
		source   string
		from, to int
		want     string
	}{
		{"key: value", 6, 11, "     ^~~~~"},
		{"\tkey: value", 7, 12, "\t     ^~~~~"},
		{"鍵: 値", 4, 5, "    ^~"},
		{"short", 40, 50, "     ^"},
		{"", 1, 2, "^"},
	} {
		if got := (Finding{Source: tt.source, Column: tt.from, EndColumn: tt.to}).caret(); got != tt.want {
			t.Errorf("%q %d-%d: got %q, want %q", tt.source, tt.from, tt.to, got, tt.want)
		}
	}
}

func TestFindingsOrder(t *testing.T) {
	fs := Findings{{Line: 2, Message: "b"}, {Line: 1, Column: 5}, {Line: 2, Message: "b"}, {Line: 1, Column: 2}, {Line: 2, Message: "a"}}
	want := Findings{{Line: 1, Column: 2}, {Line: 1, Column: 5}, {Line: 2, Message: "a"}, {Line: 2, Message: "b"}}
	if diff := cmp.Diff(want, fs.sorted()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSourceLines(t *testing.T) {
	s := &source{data: []byte("one\r\ntwo\rthree\nfour")}
	for i, want := range []string{"", "one", "two", "three", "four", ""} {
		if got := s.line(i); got != want {
			t.Errorf("line %d: got %q, want %q", i, got, want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, err := Load("p", make([]byte, MaxBytes+1))
	if found, ok := err.(Findings); !ok || found[0].Rule != RuleTooLarge {
		t.Errorf("got %v", err)
	}
	if _, err := Load("p", []byte("x-pad: "+strings.Repeat("a", MaxBytes-100)+"\ndisaster_recovery_plan: {version: '1', recovery_procedures: {a: [{step: x, t: 1}]}}")); err != nil {
		t.Errorf("just below the limit: %v", err)
	}
}

// Groups that follow one another multiply their needs; a step between them does not.
func TestTooManyEdges(t *testing.T) {
	group := "      - parallel:\n" + strings.Repeat("          - {step: x, timer: 0s}\n", 1500)
	plan := func(between string) *unit {
		doc, err := Load("p", fmt.Appendf(nil, "disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    a:\n%s%s%s", group, between, group))
		if err != nil {
			t.Fatal(err)
		}
		u := newCompiler(doc, nil).newUnit(nil, nil)
		u.sequence("procedure", doc.Plan.Procedures[0].Value.Steps, nil, nil)
		u.assignIDs()
		u.connect()
		return u
	}
	if u := plan(""); len(u.list) != 1 || u.list[0].Rule != RuleTooLarge {
		t.Errorf("got %v", u.list)
	}
	if u := plan("      - {step: between, timer: 0s}\n"); len(u.list) != 0 {
		t.Errorf("got %v", u.list)
	}
}
