package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report"
)

// judged prints one of the three verdicts.
func (a *app) judged(name string, r evidence.Result) {
	text := string(r.Verdict)
	if r.Verdict != evidence.Verified {
		text = strings.ToUpper(text) + ": " + r.Finding.String()
	}
	fmt.Fprintf(a.out, "%s: %s\n", name, text)
	if r.Run != "" && r.Run != name {
		fmt.Fprintf(a.out, "  run          %s\n", r.Run)
	}
	a.measured(r)
}

func (a *app) measured(r evidence.Result) {
	if r.Journal.Records > 0 {
		fmt.Fprintf(a.out, "  records      %d (%d bytes)\n  fingerprint  %s\n", r.Journal.Records, r.Journal.Bytes, orDash(r.Journal.Sum))
	}
	if o := r.Outputs; o.Held+o.Absent > 0 {
		fmt.Fprintf(a.out, "  outputs      %s\n", outputsText(o.Held, o.Absent))
	}
	for _, s := range r.Signatures {
		checked := "not checked"
		if s.Checked {
			checked = "checked"
		}
		upTo := ""
		if s.Records != r.Journal.Records {
			upTo = fmt.Sprintf(", up to record %d", s.Records)
		}
		fmt.Fprintf(a.out, "  signed       %s by %s, %s%s (%s)\n", s.Signed.UTC().Format(time.RFC3339), s.By, s.Signer, upTo, checked)
	}
}

// outputsText says how many of the files that steps printed into are as they were.
func outputsText(held, gone int) string {
	if held+gone == 1 {
		return fmt.Sprintf("%d of 1 file of steps is as it was when its step ended%s", held, absent(gone))
	}
	return fmt.Sprintf("%d of %d files of steps are as they were when their steps ended%s", held, held+gone, absent(gone))
}

// beside says which file of a folder no signature covers, whatever the verdict is.
func (a *app) beside(of subject) {
	if of.mirror == nil && of.dir != "" && exists(filepath.Join(of.dir, notify.RecordName)) {
		fmt.Fprintf(a.out, "  %s: not covered by a signature here; a bundle covers it\n", notify.RecordName)
	}
}

func absent(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d %s not here", n, isAre(n))
}

// chained prints what the journal alone proves: nobody's key was given.
func (a *app) chained(of subject, r evidence.Result) (ok bool) {
	text, ok := verdict(of, r.Journal), r.Journal.OK()
	if r.Verdict == evidence.Broken && !strings.HasPrefix(text, "DAMAGED") {
		text, ok = "BROKEN: "+r.Finding.String(), false
	}
	fmt.Fprintf(a.out, "%s: %s\n", of.name(), text)
	if r.Journal.Records == 0 {
		fmt.Fprintf(a.out, "  records      0 (0 bytes)\n  fingerprint  -\n")
	}
	a.measured(r)
	a.beside(of)
	return ok
}

func gapText(g register.Gap) string {
	switch {
	case g.Missing:
		return g.Run + ": MISSING: " + g.Text
	case g.Run == "":
		return "register: BROKEN: " + g.Text
	}
	return g.Run + ": BROKEN: " + g.Text
}

// verdict is what the journal's chain proves.
func verdict(of subject, v journal.Verification) string {
	switch {
	case v.Tail.Bytes > 0 && of.driven(): // a batch that is being written
		return "not closed: the run is going on"
	case v.Fault != nil && v.Tail.Bytes > 0 && v.Closed:
		return fmt.Sprintf("not closed: line %d: %s", v.Fault.Line, evidence.Behind(v))
	case v.Fault != nil && v.Tail.Bytes > 0:
		return "not closed: " + report.Torn(v)
	case v.Fault != nil:
		return fmt.Sprintf("DAMAGED at line %d, byte %d: %s", v.Fault.Line, v.Fault.Offset, v.Fault.Reason)
	case !v.Closed && of.driven():
		return "not closed: the run is going on"
	case !v.Closed:
		return "not closed: drplan died, or the end of the file is missing"
	}
	return "intact and closed"
}
