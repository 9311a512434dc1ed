package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
)

// bundleWidth is that of the terminal's report in a bundle, which no terminal decides.
const bundleWidth = 80

// bundle packs a run's evidence into a file.
func (a *app) bundle(args []string, o reportOptions) error {
	format, err := evidence.FormatOf(o.bundle)
	if err != nil {
		return usage(err, "drplan report --bundle evidence.tar.gz")
	}
	signer, err := a.signer(o.signKey)
	if err != nil {
		return err
	}
	r, err := findRun(o.runs, orLatest(args))
	if err != nil {
		return err
	}
	r.Gap, r.Signatures = r.gap(), r.signatures()
	files, m, err := collect(r)
	if err != nil {
		return err
	}
	defer m.Close()
	reports, err := bundledReports(r, report.Summarize(r.Run))
	if err != nil {
		return err
	}
	if err := holds(r, m); err != nil {
		return err
	}
	b := evidence.Bundle{Run: r.id, Tool: toolVersion(), Files: append(files, reports...)}
	err = writeWhole(o.bundle, 0o600, func(w io.Writer) error { return b.Write(w, format, signer) })
	if err != nil {
		return cannot(fmt.Errorf("%s cannot be written: %w", o.bundle, err), "")
	}
	fmt.Fprintf(a.err, "wrote %s\n", o.bundle)
	if signer == nil {
		fmt.Fprintf(a.err, "note: the bundle's manifest is not signed, and verifies as incomplete: --sign-key\n")
	}
	switch closed := r.Evidence != nil && r.Evidence.Closed; {
	case m.Signed():
	case !closed: // nothing could be signed yet
		fmt.Fprintf(a.err, "note: the run's journal is not closed, and cannot be signed before it is: drplan run --resume %s --sign-key KEY ends it, then bundle again\n", r.id)
	default:
		fmt.Fprintf(a.err, "note: the run is not signed, and verifies as incomplete: drplan runs sign %s, then bundle again\n", r.id)
	}
	return nil
}

// collect lists a run's files, and gets what proves them. The mirror has nothing of
// what the steps printed.
func collect(r *run) ([]evidence.File, *opening, error) {
	of := subject{dir: r.dir}
	if m, ok := r.store.(*store.Mirror); ok {
		of = subjectIn(m, r.id)
	}
	m, err := of.open(context.Background())
	if err != nil {
		return nil, nil, cannot(err, "")
	}
	if of.mirror != nil {
		return m.Collect(), m, nil
	}
	files, err := evidence.Collect(r.dir)
	if err != nil {
		return nil, nil, cannot(errors.Join(err, m.Close()), "")
	}
	if p := r.Header.Register; p != nil && p.ID != "" {
		lines, err := register.Lines(filepath.Dir(absolute(r.dir)), r.id, p.ID)
		if err == nil {
			m.Files[evidence.RegisterName] = lines // it must hold, too
			files = append(files, evidence.Bytes(evidence.RegisterName, lines))
		} // else the folder's register is elsewhere, or damaged: the journal says that it was entered
	}
	return files, m, nil
}

// holds refuses to pack what is broken: a signature over it would make it look whole.
func holds(r *run, m *opening) error {
	result, err := m.Verify(nil)
	if err != nil {
		return cannot(err, "")
	}
	if m.bad != nil {
		result.Verdict, result.Finding = evidence.Broken, *m.bad
	}
	if result.Verdict == evidence.Broken {
		return &fault{code: exitBad, err: fmt.Errorf("the run does not hold, and was not bundled: %s", result.Finding), hint: "drplan runs verify " + r.id + " says the same; keep the folder as it is, and find out who changed it"}
	}
	return nil
}

// bundledReports are the reports for people and machines. Nothing of this machine
// decides how they look.
func bundledReports(r *run, s *report.Summary) ([]evidence.File, error) {
	var files []evidence.File
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"report/report.html", func(w io.Writer) error { return writeHTML(w, r, s) }},
		{"report/report.md", func(w io.Writer) error { return report.Markdown(w, s) }},
		{"report/report.txt", func(w io.Writer) error {
			return report.Terminal(w, s, report.TerminalOptions{Width: bundleWidth, NoNext: true})
		}},
		{"report/summary.json", func(w io.Writer) error { return report.JSON(w, s) }},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return nil, err
		}
		files = append(files, evidence.Bytes(f.name, b.Bytes()))
	}
	return files, nil
}
