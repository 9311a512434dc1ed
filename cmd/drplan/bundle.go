package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/report"
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
	r.Gap = r.gap()
	files, err := evidence.Collect(r.dir)
	if err != nil {
		return cannot(err, "")
	}
	reports, err := bundledReports(r, report.Summarize(r.Run))
	if err != nil {
		return err
	}
	if err := a.holds(r); err != nil {
		return err
	}
	b := evidence.Bundle{Run: r.id, Tool: toolVersion(), Files: append(files, reports...)}
	err = a.writeFile(o.bundle, func(w io.Writer) error { return b.Write(w, format, signer) })
	if err == nil && signer == nil {
		fmt.Fprintf(a.err, "note: the bundle's manifest is not signed, and verifies as incomplete: --sign-key\n")
	}
	if err == nil && !signedRun(r.dir) {
		fmt.Fprintf(a.err, "note: the run is not signed, and verifies as incomplete: drplan runs sign %s, then bundle again\n", r.id)
	}
	return err
}

// holds refuses to pack what is broken: a signature over it would make it look whole.
func (a *app) holds(r *run) error {
	m, closer, err := evidence.Open(r.dir)
	if err != nil {
		return cannot(err, "")
	}
	defer closer.Close()
	result, err := m.Verify(nil)
	if err != nil {
		return cannot(err, "")
	}
	if result.Verdict == evidence.Broken {
		return &fault{code: exitBad, err: fmt.Errorf("the run does not hold, and was not bundled: %s", result.Finding), hint: "drplan runs verify " + r.id + " says the same; keep the folder as it is, and find out who changed it"}
	}
	return nil
}

// signedRun reports whether there is a checkpoint at all; who trusts it is another question.
func signedRun(dir string) bool {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if evidence.IsCheckpoint(e.Name()) {
			return true
		}
	}
	return err != nil
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

// writeFile makes a file that appears whole or not at all, without holding it in memory.
func (a *app) writeFile(file string, write func(io.Writer) error) error {
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		err = errors.Join(write(f), f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(part, file)
		}
		if err != nil {
			_ = os.Remove(part)
		}
	}
	if err != nil {
		return cannot(fmt.Errorf("%s cannot be written: %w", file, err), "")
	}
	_, err = fmt.Fprintf(a.err, "wrote %s\n", file)
	return err
}
