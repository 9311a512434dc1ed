package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/html"
)

var reportFormats = []string{"terminal", "json", "markdown", "html", "junit", "csv", "otlp"}

type reportOptions struct {
	runs, output, file    string
	bundle, signKey       string
	gate, requireMeasured bool
	period                periodFlags
}

func (a *app) reportCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report [RUN…] | report --quarter 2026Q4 [PLAN]",
		Short: "Report a run, or all runs of a quarter: RTO and RPO beside their targets, what failed",
		Long: `Report a run, without RUN the newest. RUN is an id, the beginning of one, latest, or
a run's folder. The report is made from the run's journal, of a live run too. Of several
runs it is one report: their RTO and RPO beside each other, failures, findings, evidence.

With --quarter or --since it is a report over all runs that began in that time: drills
planned and done, RTO and RPO from drill to drill, what was never drilled or is overdue,
steps that got slower, repeated failures, findings, evidence. What was planned it takes
from the plan of the newest run, or from PLAN, and then reports that plan alone.

Exits 0 when the report could be made; with --gate as the run itself did, and 3 where
it has not ended. With --gate over a time: 1 where a run failed or missed an objective, a
drill is overdue, a run is missing or cannot be read, or a finding is past due. Over several
runs the same holds of these.`,
		Example:           "  drplan report -o markdown -f drill.md\n  drplan report -o html -f drill.html\n  drplan report latest --gate --require-measured\n  drplan report --quarter 2026Q4 -o html -f 2026Q4.html\n  drplan report --since 90d dr-plan.yaml --gate\n  drplan report --bundle evidence.tar.gz --sign-key drplan-signing-key",
		ValidArgsFunction: completeRuns(),
		RunE:              func(_ *cobra.Command, args []string) error { return a.report(args, o) },
	}
	storeFlag(cmd, &o.runs)
	cmd.Flags().StringVarP(&o.output, "output", "o", "terminal", strings.Join(reportFormats, ", "))
	cmd.Flags().StringVarP(&o.file, "file", "f", "", "write there instead of to stdout")
	cmd.Flags().StringVar(&o.bundle, "bundle", "", "pack the run's evidence into this .tar.gz or .zip: journal, plan, reports, logs, and a manifest of their sums")
	cmd.Flags().StringVar(&o.signKey, "sign-key", "", "with --bundle: sign its manifest, as drplan run does (default $DRPLAN_SIGN_KEY)")
	cmd.Flags().BoolVar(&o.gate, "gate", false, "exit as the run did: 1 where it failed or missed an objective")
	cmd.Flags().BoolVar(&o.requireMeasured, "require-measured", false, "with --gate: an objective that was not measured counts as missed")
	complete(cmd, "output", words(reportFormats...))
	o.period.flags(cmd)
	return cmd
}

func (a *app) report(args []string, o reportOptions) error {
	if o.requireMeasured && !o.gate {
		return usagef("--require-measured goes with --gate")
	}
	if o.period.any() || len(args) > 1 {
		return a.reportMany(args, o)
	}
	if len(o.period.keys) > 0 {
		return usagef("--key goes with --quarter, --since or several runs: one is verified by drplan runs verify")
	}
	switch {
	case o.signKey != "" && o.bundle == "":
		return usagef("--sign-key goes with --bundle: a run is signed by drplan runs sign")
	case o.bundle != "" && (o.file != "" || o.gate):
		return usagef("--bundle does not go with -f or --gate: it holds every report")
	case o.bundle != "":
		return a.bundle(args, o)
	}
	write, err := a.reportWriter(o.output, o.file != "")
	if err != nil {
		return err
	}
	r, err := findRun(o.runs, orLatest(args))
	if err != nil {
		return err
	}
	r.Gap, r.Signatures = r.gap(), r.signatures()
	s := report.Summarize(r.Run)
	if s.Findings, err = r.findings(); err != nil {
		// What happened is told whatever is wrong with what people wrote beside it.
		s.Notes = append(s.Notes, report.Note{Kind: "findings", Text: "findings are missing here: " + err.Error()})
		fmt.Fprintf(a.err, "warning: the report goes without findings: %v\n", err)
	}
	if err := a.writeTo(o.file, func(w io.Writer) error { return write(w, r, s) }); err != nil {
		return err
	}
	if o.gate {
		return gate(s, o.requireMeasured)
	}
	return nil
}

func gate(s *report.Summary, requireMeasured bool) error {
	if s.Result == report.Running {
		return cannot(errors.New("the run has not ended: there is no verdict yet"), "ask again when it has")
	}
	if code := s.ExitCode(requireMeasured); code != exitGood {
		return exitWith(code)
	}
	return nil
}

func (a *app) reportWriter(format string, toFile bool) (func(io.Writer, *run, *report.Summary) error, error) {
	plain := map[string]func(io.Writer, *report.Summary) error{
		"json": report.JSON, "markdown": report.Markdown, "junit": report.JUnit, "csv": report.CSV,
	}
	if write, ok := plain[format]; ok {
		return func(w io.Writer, _ *run, s *report.Summary) error { return write(w, s) }, nil
	}
	switch format {
	case "html":
		return writeHTML, nil
	case "otlp":
		return a.writeOTLP, nil
	case "terminal", "text":
		return func(w io.Writer, _ *run, s *report.Summary) error {
			o := a.terminalOptions(false)
			o.Color = o.Color && !toFile
			return report.Terminal(w, s, o)
		}, nil
	}
	return nil, usagef("-o is one of %s, not %q", strings.Join(reportFormats, ", "), format)
}

// writeHTML adds what a page tells beside the run itself: what changed since the
// last drill of the scenario.
func writeHTML(w io.Writer, r *run, s *report.Summary) error {
	page := html.RunReport{Summary: s}
	if before := r.sameBefore(); before != nil {
		page.Changes = report.ChangesSince(before, r.Run)
	}
	return page.Write(w)
}

// terminalOptions are for stdout; noNext where the command's hint says what to
// type next.
func (a *app) terminalOptions(noNext bool) report.TerminalOptions {
	t := ui.Detect(a.out, a.getenv)
	width, _ := t.Size()
	return report.TerminalOptions{Width: width, Color: t.Color, NoNext: noNext}
}

// writeTo writes to a file, which appears whole or not at all, or to stdout.
func (a *app) writeTo(file string, write func(io.Writer) error) error {
	if file == "" || file == "-" {
		return write(a.out)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := writeWhole(file, 0o644, whole(b.Bytes())); err != nil {
		return cannot(fmt.Errorf("%s cannot be written: %w", file, err), "name a file in a folder that is there and can be written to, with -f; drplan makes no folder for it")
	}
	_, err := fmt.Fprintf(a.err, "wrote %s\n", file)
	return err
}
