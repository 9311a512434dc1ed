package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/report/store"
)

type verifyOptions struct {
	runs           string
	everything     bool
	keys           []string
	mirror, anchor string

	trusted []keys.Public
}

func (a *app) runsVerifyCommand() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [RUN|BUNDLE]",
		Short: "Verify a run or a bundle: nothing changed, nothing missing, closed, signed",
		Long: `Verify the hash chain of a run's journal, without RUN that of the newest, and what was
signed of it; or a bundle that drplan report --bundle made. It never writes. The
fingerprint depends on every byte of the journal: keep it elsewhere, and nobody can
change the journal unseen.

With --key the verdict is one of three. verified: all of it is there, and signed by that
key. broken: something does not hold, and the first such thing is named. incomplete:
nothing contradicts, but it is not closed, or not signed by that key. A bundle needs nothing else,
no network and no runs. --all also holds the folder against its register: a run that was deleted is a gap.

Exits 1 where a journal is damaged, not closed or gone, where the verdict is broken or
incomplete, and where a run is missing; 3 where something cannot be read.`,
		Example:           "  drplan runs verify --all\n  drplan runs verify evidence.tar.gz --key signer.pub",
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE:              func(_ *cobra.Command, args []string) error { return a.verify(args, o) },
	}
	storeFlag(cmd, &o.runs)
	f := cmd.Flags()
	f.BoolVar(&o.everything, "all", false, "every run in the folder, and that none is missing")
	f.StringArrayVar(&o.keys, "key", nil, "a public key that is trusted: its file, or the key itself; may be repeated")
	f.StringVar(&o.mirror, "mirror", "", "with --all: also ask the mirror, as s3://bucket/prefix, which runs were begun")
	f.StringVar(&o.anchor, "anchor", "", "also hold what was signed against the checkpoints in this bucket, as s3://bucket/prefix")
	return cmd
}

func (a *app) verify(args []string, o verifyOptions) (err error) {
	if o.mirror != "" && !o.everything {
		return usagef("--mirror goes with --all: it knows which runs were begun")
	}
	if o.trusted, err = trusted(o.keys); err != nil {
		return err
	}
	if len(args) > 0 && isBundle(args[0]) {
		return a.verifyBundle(args[0], o)
	}
	s, all, err := verifyTargets(o, args)
	if err != nil {
		return err
	}
	good, err := a.verifyRuns(all, o)
	if err == nil && o.everything {
		var whole bool
		whole, err = a.verifyRegister(s, all, o)
		good = good && whole
	}
	switch {
	case err == nil && !good:
		return exitWith(exitBad)
	case err == nil && len(all) == 0: // a wrong folder, or a store that was emptied, must not pass
		return cannot(fmt.Errorf("there are no runs in %s: nothing was verified", s.Name()), "name the folder of the runs with --runs")
	}
	return err
}

// isBundle tells a bundle's file from a run's folder or its id.
func isBundle(name string) bool {
	info, err := os.Stat(name)
	if err == nil {
		return info.Mode().IsRegular()
	}
	_, err = evidence.FormatOf(name)
	return err == nil
}

func (a *app) verifyBundle(file string, o verifyOptions) error {
	if o.everything || o.anchor != "" {
		return usagef("a bundle is verified by itself: --all and --anchor go with runs")
	}
	r, err := evidence.VerifyBundle(file, o.trusted)
	if err != nil {
		return cannot(fmt.Errorf("%s: %w", file, err), "")
	}
	a.judged(file, r)
	if r.Verdict != evidence.Verified {
		return exitWith(exitBad)
	}
	return nil
}

// verifyTargets finds what is to be verified; s is nil of a run that people named by
// its folder.
func verifyTargets(o verifyOptions, args []string) (s store.Store, all []subject, err error) {
	switch {
	case o.everything && len(args) > 0:
		return nil, nil, usagef("name a run, or --all, not both")
	case !o.everything && isRunFolder(orLatest(args)):
		dir, err := runDir(o.runs, args[0])
		return nil, []subject{{dir: dir}}, err
	}
	s, ids, err := runsLeftOf(o.runs, o.mirror != "" || o.anchor != "")
	if err == nil && !o.everything {
		var id string
		id, err = pickRun(s.Name(), ids, orLatest(args))
		ids = []string{id}
	}
	for _, id := range ids {
		all = append(all, subjectIn(s, id))
	}
	return s, all, err
}

func (a *app) verifyRuns(all []subject, o verifyOptions) (good bool, err error) {
	good = true
	for one := range opened(all) {
		ok, err := a.verifyRun(one.subject, one.Value, one.Err, o)
		if err != nil {
			return false, err
		}
		good = good && ok
	}
	return good, nil
}

func (a *app) verifyRun(of subject, m *opening, err error, o verifyOptions) (ok bool, _ error) {
	switch {
	case errors.Is(err, store.ErrGone):
		fmt.Fprintf(a.out, "%s: NO JOURNAL: it was deleted, or never copied here\n", of.name())
		return false, nil
	case err != nil:
		return false, err
	}
	defer m.Close()
	if m.bad == nil && o.anchor != "" {
		kept, err := readAnchor(o.anchor, m.run)
		if err != nil {
			return false, err
		}
		m.bad = m.Add(kept[m.run])
	}
	if m.bad != nil {
		a.judged(of.name(), evidence.Result{Verdict: evidence.Broken, Finding: *m.bad})
		return false, nil
	}
	r, err := m.Verify(o.trusted)
	if err != nil {
		return false, err
	}
	if len(o.trusted) == 0 {
		return a.chained(of, r), nil
	}
	if r.Verdict == evidence.Incomplete && !r.Journal.OK() && of.driven() {
		r.Finding.Text = "not closed: the run is going on"
	}
	a.judged(of.name(), r)
	a.beside(of)
	return r.Verdict == evidence.Verified, nil
}

// verifyRegister asks which runs were begun, and are not there.
func (a *app) verifyRegister(s store.Store, all []subject, o verifyOptions) (whole bool, err error) {
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.name()
	}
	found, err := gapsIn(s, ids, true)
	if err != nil {
		return false, err
	}
	if o.mirror != "" {
		more, err := mirrorGaps(o.mirror, ids)
		if err != nil {
			return false, err
		}
		found = append(found, more...)
	}
	if o.anchor != "" {
		kept, err := readAnchor(o.anchor, "")
		if err != nil {
			return false, err
		}
		found = append(found, anchorGaps(kept, ids, o.anchor)...)
	}
	whole = true
	for _, g := range a.explained(s, found) {
		text, excused := accountText(g, o.trusted)
		fmt.Fprintln(a.out, text)
		whole = whole && excused
	}
	return whole, nil
}
