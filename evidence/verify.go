package evidence

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/journal"
)

// Verdict is what a verification comes to. Three words, and no fourth.
type Verdict string

// The verdicts.
const (
	Verified   Verdict = "verified"
	Broken     Verdict = "broken"
	Incomplete Verdict = "incomplete"
)

// Finding is the first thing that does not hold, or is missing.
type Finding struct {
	File string // empty: the bundle as a whole
	Line int64  // of the file, from 1; 0: all of it
	Text string
}

func (f Finding) String() string {
	switch {
	case f.File == "":
		return f.Text
	case f.Line == 0:
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Signature is a checkpoint of the run.
type Signature struct {
	File string
	Checkpoint
	Checked bool // by a key that was given
}

// Result is a verdict and what it rests on.
type Result struct {
	Verdict    Verdict
	Finding    Finding // zero where verified
	Run        string
	Journal    journal.Verification
	Signatures []Signature
	Outputs    Outputs
}

// Signed is the newest signature that speaks of the whole journal, and nil where
// there is none. One that was checked comes before one that was not.
func (r Result) Signed() *Signature {
	var best *Signature
	for i := range r.Signatures {
		s := &r.Signatures[i]
		if s.Records == r.Journal.Records && (best == nil || s.Checked || !best.Checked) {
			best = s
		}
	}
	return best
}

func (r *Result) broken(file string, line int64, text string) Result {
	r.Verdict, r.Finding = Broken, Finding{file, line, text}
	return *r
}

func (r *Result) incomplete(file, text string) Result {
	r.Verdict, r.Finding = Incomplete, Finding{file, 0, text}
	return *r
}

func (r *Result) unfinished(line int64, text string) Result {
	r.Verdict, r.Finding = Incomplete, Finding{journalName, line, text}
	return *r
}

// Verify judges a run by the keys that are trusted. It stops at the first thing
// that does not hold: the journal first, then the files beside it, then the
// checkpoints. The error says that a file could not be read, or that a later
// version wrote it.
func (m Material) Verify(trusted []keys.Public) (Result, error) {
	names := m.checkpoints()
	signed := make([]opened, len(names))
	wanted := map[int64]bool{1: true}
	for i, name := range names {
		signed[i] = open(m.Files[name], trusted)
		wanted[signed[i].Records] = true
	}
	f, v, err := readFacts(m.Journal, m.Size, wanted)
	r := Result{Run: f.header.RunID, Journal: v}
	if err != nil {
		return r, err
	}
	if v.Fault != nil && v.Tail.Bytes == 0 {
		return r.broken(journalName, v.Fault.Line, fmt.Sprintf("%s (at byte %d)", v.Fault.Reason, v.Fault.Offset)), nil
	}
	if f.bad != nil && f.badAt <= v.Records {
		return r.broken(journalName, f.badAt, f.bad.Error()), nil
	}
	if v.Fault != nil && f.well > 0 && f.well == v.Records {
		return r.broken(journalName, v.Fault.Line, fmt.Sprintf("%d bytes follow the record with which the run ended well: they were added later, for nobody takes such a run up again", v.Tail.Bytes)), nil
	}
	if m.Run != "" && m.Run != f.header.RunID {
		return r.broken(journalName, 1, "it is the journal of run "+f.header.RunID), nil
	}
	if bad := m.beside(&f, v.Records); bad != nil {
		return r.broken(bad.File, bad.Line, bad.Text), nil
	}
	if bad := m.entered(&f, f.sums[1].sum); bad != nil {
		return r.broken(bad.File, bad.Line, bad.Text), nil
	}
	var bad *Finding
	if r.Outputs, bad, err = m.printed(&f, v.Records); err != nil || bad != nil {
		if bad == nil {
			return r, err
		}
		return r.broken(bad.File, bad.Line, bad.Text), nil
	}
	for i := range names { // a tail that was signed is no crash's
		if v.Fault != nil && signed[i].Records > v.Records {
			return r.broken(journalName, v.Fault.Line, fmt.Sprintf("%s (at byte %d)", v.Fault.Reason, v.Fault.Offset)), nil
		}
	}
	for i, name := range names {
		if bad, err := m.holds(name, signed[i], &f, v, trusted); err != nil || bad != "" {
			return r.broken(name, 0, bad), err
		}
		r.Signatures = append(r.Signatures, Signature{name, signed[i].Checkpoint, signed[i].err == nil})
	}
	return r.complete(v, trusted), nil
}

// complete asks for what a verdict needs once nothing contradicts.
func (r *Result) complete(v journal.Verification, trusted []keys.Public) Result {
	switch s := r.Signed(); {
	case v.Fault != nil && v.Closed:
		return r.unfinished(v.Fault.Line, Behind(v)+"; "+r.upTo())
	case v.Fault != nil:
		return r.unfinished(v.Fault.Line, "not closed: it ends in half a batch ("+v.Fault.Reason+")")
	case !v.Closed:
		return r.incomplete(journalName, "not closed: drplan died, the run goes on, or the end of the file is missing")
	case len(r.Signatures) == 0:
		return r.incomplete("", "not signed: there is no checkpoint")
	case s == nil:
		return r.incomplete("", fmt.Sprintf("not signed to its end: the checkpoints reach record %d of %d", r.Signatures[len(r.Signatures)-1].Records, v.Records))
	case len(trusted) == 0:
		return r.incomplete("", "signed by "+s.Signer+", and no public key was given to check that with")
	case !s.Checked:
		return r.incomplete(s.File, "signed by "+s.Signer+", which is not a key that was given")
	}
	r.Verdict = Verified
	return *r
}

// Behind says what stands behind the record that closed a journal.
func Behind(v journal.Verification) string {
	return fmt.Sprintf("%d bytes follow the closing record, and are no record (%s): a resume that died at once has left them, or somebody has added them", v.Tail.Bytes, v.Fault.Reason)
}

func (r *Result) upTo() string {
	if s := r.Signed(); s != nil {
		return fmt.Sprintf("what was signed, up to record %d, holds", s.Records)
	}
	return "what stands before holds"
}

// opened is a checkpoint's file, read.
type opened struct {
	Checkpoint
	err error // nil: signed by a key that was given
}

func open(data []byte, trusted []keys.Public) opened {
	text, by, err := keys.Open(data, trusted)
	if err != nil && !errors.Is(err, keys.ErrStranger) {
		return opened{err: err}
	}
	c, bad := parseCheckpoint(text)
	switch {
	case bad != nil:
		return opened{Checkpoint: c, err: bad}
	case err == nil && c.Signer != by.Fingerprint():
		return opened{Checkpoint: c, err: fmt.Errorf("it names the signer %s, and %s has signed", c.Signer, by.Fingerprint())}
	}
	return opened{c, err}
}

// holds compares a checkpoint with the journal; bad is what does not fit.
func (m Material) holds(name string, o opened, f *facts, v journal.Verification, trusted []keys.Public) (bad string, err error) {
	switch c := o.Checkpoint; {
	case o.err != nil && !errors.Is(o.err, keys.ErrStranger):
		return o.err.Error(), nil
	case o.err != nil && slices.ContainsFunc(trusted, func(k keys.Public) bool { return k.Fingerprint() == c.Signer }):
		return "it says that " + c.Signer + " has signed it, which has not", nil
	case !strings.HasPrefix(name, fmt.Sprintf("checkpoint-%d-", c.Records)):
		return fmt.Sprintf("it speaks of %d records, its name of another number", c.Records), nil
	case c.Run != f.header.RunID:
		return "it is the checkpoint of run " + c.Run, nil
	case c.Records > v.Records:
		return fmt.Sprintf("it was signed over %d records, and %s ends after %d: its end was cut off", c.Records, journalName, v.Records), nil
	case f.sums[c.Records].sum != c.Head || f.sums[c.Records].bytes != c.Bytes:
		return fmt.Sprintf("%s:%d is not the record that was signed", journalName, c.Records), nil
	case !slices.Equal(c.Plans, f.plansUpTo(c.Records)):
		return "it names other plans than the journal", nil
	case !c.Started.Equal(f.header.Started) || !c.Last.Equal(f.sums[c.Records].last) || c.State != f.sums[c.Records].state:
		return "its times or its state are not the journal's", nil
	}
	sum, err := hashPrefix(m.Journal, o.Bytes)
	if err == nil && sum != o.SHA256 {
		return "its sha256 is not the journal's", nil
	}
	return "", err
}

// beside holds the files beside the journal against what it says of them. Which
// have to be there the first record decides, for every run was begun with them.
func (m Material) beside(f *facts, records int64) *Finding {
	for i, p := range f.plans {
		if f.planEnds[i] > records {
			break
		}
		name := planName
		if i > 0 {
			name = "plan-" + p.SHA256[:min(12, len(p.SHA256))] + ".yaml"
		}
		data, there := m.Files[name]
		switch {
		case !there:
			return &Finding{File: name, Text: "it is missing: the run followed it"}
		case hash(data) != p.SHA256:
			return &Finding{File: name, Text: fmt.Sprintf("it was changed: its SHA-256 is not the one in %s:%d", journalName, f.planEnds[i])}
		}
	}
	data, there := m.Files[paramsName]
	switch {
	case !there && len(f.header.Params) > 0:
		return &Finding{File: paramsName, Text: "it is missing: the run was begun with it"}
	case there && string(data) != string(f.header.Params)+"\n":
		return &Finding{File: paramsName, Text: "it was changed: the parameters in " + journalName + ":1 are others"}
	}
	return nil
}
