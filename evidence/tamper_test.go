package evidence

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/journal"
)

// masks flip the lowest bit, the one that tells upper case from lower, and all; each
// byte gets one of them.
var masks = []byte{0x01, 0x20, 0xff}

func TestRecordedRunsVerify(t *testing.T) {
	for _, name := range recorded {
		r, err := load(t, name).verify(everybody(t))
		if err != nil || r.Verdict != Verified || r.Signed() == nil || !r.Signed().Checked {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// TestEveryByte: whatever byte of a signed run is another one, that is found, and
// its file and line are named.
func TestEveryByte(t *testing.T) {
	known := everybody(t)
	for _, name := range recorded {
		whole := load(t, name)
		for i := range whole.journal {
			bad := whole
			bad.journal = bytes.Clone(whole.journal)
			bad.journal[i] ^= masks[i%len(masks)]
			r, err := bad.verify(known)
			var newer *journal.FormatError
			line := int64(bytes.Count(whole.journal[:i], []byte("\n"))) + 1
			if errors.As(err, &newer) && line == 1 {
				continue // it says that a later version wrote it
			}
			if err != nil || r.Verdict != Broken || r.Finding.File != journalName || r.Finding.Line != line {
				t.Fatalf("%s: byte %d of the journal: %v %v, %v; want line %d", name, i, r.Verdict, r.Finding, err, line)
			}
		}
		for file, data := range whole.files {
			for i := range data {
				bad := bytes.Clone(data)
				bad[i] ^= masks[i%len(masks)]
				r, err := whole.with(file, bad).verify(known)
				if err != nil || r.Verdict != Broken || r.Finding.File != file {
					t.Fatalf("%s: byte %d of %s: %v %v, %v", name, i, file, r.Verdict, r.Finding, err)
				}
			}
		}
	}
}

func TestEveryTruncation(t *testing.T) {
	known := everybody(t)
	for _, name := range recorded {
		whole := load(t, name)
		for n := range whole.journal {
			bad := whole
			bad.journal = whole.journal[:n]
			r, err := bad.verify(known)
			if err != nil || r.Verdict != Broken || !namesThePlace(r.Finding) {
				t.Fatalf("%s: %d bytes of the journal: %v %v, %v", name, n, r.Verdict, r.Finding, err)
			}
		}
		for file, data := range whole.files {
			for n := range data {
				r, err := whole.with(file, data[:n]).verify(known)
				if err != nil || r.Verdict != Broken || r.Finding.File != file {
					t.Fatalf("%s: %d bytes of %s: %v %v, %v", name, n, file, r.Verdict, r.Finding, err)
				}
			}
		}
	}
}

// namesThePlace: a line of the journal, or where a checkpoint says that it ends.
func namesThePlace(f Finding) bool {
	return f.File == journalName && f.Line > 0 || checkpointName().MatchString(f.File) && strings.Contains(f.Text, "ends after")
}

// TestEveryLine: dropped, doubled, and swapped with every other one.
func TestEveryLine(t *testing.T) {
	for _, name := range recorded {
		whole := load(t, name)
		lines := bytes.SplitAfter(whole.journal, []byte("\n"))
		lines = lines[:len(lines)-1] // behind the last newline is nothing
		check := func(what string, i int, changed [][]byte) {
			t.Helper()
			bad := whole
			bad.journal = bytes.Join(changed, nil)
			r, err := bad.verify(everybody(t))
			if err != nil || r.Verdict != Broken || !namesThePlace(r.Finding) {
				t.Fatalf("%s: line %d %s: %v %v, %v", name, i+1, what, r.Verdict, r.Finding, err)
			}
			if r.Finding.File == journalName && r.Finding.Line != int64(i)+1 {
				t.Errorf("%s: line %d %s, and line %d is named", name, i+1, what, r.Finding.Line)
			}
		}
		for i := range lines {
			check("dropped", i, slices.Delete(slices.Clone(lines), i, i+1))
			check("doubled", i+1, slices.Insert(slices.Clone(lines), i, lines[i]))
			for j := i + 1; j < len(lines); j++ {
				swapped := slices.Clone(lines)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				check("swapped", i, swapped)
			}
		}
	}
}

// TestThreeVerdicts: what is missing is incomplete, what contradicts is broken,
// and nothing else is verified.
func TestThreeVerdicts(t *testing.T) {
	alice, bob := everybody(t)[:1], everybody(t)[1:]
	drill, resumed := load(t, "drill"), load(t, "resumed")
	unclosed := drill.without("checkpoint-24-6ce6dd4f.note")
	unclosed.journal = dropLast(drill.journal)
	early := resumed
	early.journal = dropLast(resumed.journal)
	cut := resumed
	cut.journal = upToCommit(early.journal)
	swapped := resumed
	swapped.files = drill.files
	for _, tt := range []struct {
		name string
		of   sample
		keys string
		want Verdict
		text string
	}{
		{"whole", drill, "a", Verified, ""},
		{"nobody's key", drill, "", Incomplete, "no public key was given"},
		{"another's key", drill, "b", Incomplete, "which is not a key that was given"},
		{"no checkpoint", drill.without("checkpoint-24-6ce6dd4f.note"), "a", Incomplete, "not signed"},
		{"not closed", unclosed, "a", Incomplete, "not closed"},
		{"signed to the middle", resumed.without("checkpoint-28-e30cb8bb.note"), "ab", Incomplete, "reach record 12 of 28"},
		{"the end signed by bob", resumed, "b", Verified, ""},
		{"the end not signed by alice", resumed, "a", Incomplete, "not a key that was given"},
		{"torn", early, "ab", Broken, "journal.jsonl:28: the batch has no commit mark"},
		{"cut", cut, "ab", Broken, "ends after"},
		{"a plan is gone", drill.without(planName), "a", Broken, "plan.yaml: it is missing"},
		{"the accepted plan is gone", resumed.without("plan-3db9fa0871a7.yaml"), "ab", Broken, "plan-3db9fa0871a7.yaml: it is missing"},
		{"another run's files", swapped, "ab", Broken, "plan-3db9fa0871a7.yaml: it is missing"},
		{"another name", drill.with("checkpoint-23-6ce6dd4f.note", drill.files["checkpoint-24-6ce6dd4f.note"]), "a", Broken, "its name of another number"},
	} {
		known := slices.Concat(pick(tt.keys, "a", alice), pick(tt.keys, "b", bob))
		r, err := tt.of.verify(known)
		if err != nil || r.Verdict != tt.want || !strings.Contains(r.Finding.String(), tt.text) {
			t.Errorf("%s: %v %q, %v; want %v with %q", tt.name, r.Verdict, r.Finding, err, tt.want, tt.text)
		}
	}
}

func pick[T any](named, one string, list []T) []T {
	if strings.Contains(named, one) {
		return list
	}
	return nil
}

func dropLast(data []byte) []byte {
	return data[:bytes.LastIndexByte(data[:len(data)-1], '\n')+1]
}

// upToCommit cuts what follows the last commit mark.
func upToCommit(data []byte) []byte {
	at := bytes.LastIndex(data, []byte(`"commit":true`))
	return data[:at+bytes.IndexByte(data[at:], '\n')+1]
}
