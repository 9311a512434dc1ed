package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report/predict"
)

// simulateFlags are those of drplan simulate.
type simulateFlags struct {
	selection
	predict.Options
	runs, output string
	calibrate    bool
}

// leastSamples are what a P99 takes; mostSamples bounds what a typo can cost.
const leastSamples, mostSamples = 100, 10_000_000

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate [PLAN] --scenario NAME",
		Short: "Predict how long a recovery takes, from earlier runs",
		Long: `Predict how long a recovery would take: play it thousands of times, each step as long as
in earlier runs, and tell the RTO that half, nine tenths and 99 of 100 of them keep, the
chance to meet the target, and which steps carry the risk. The same seed gives the same
figures. Nothing is run.

A step without an earlier run takes as long as the plan says; where it says nothing, its
kind is asked, which may read the world and changes nothing. A step of which nobody knows
how long it takes is named, and makes of every figure a lower bound.

--calibrate predicts each earlier run from others, and tells how often it came true.

A prediction gates nothing: it exits 0. drplan lint --runs finds what is likely to miss.`,
		Example: "  drplan simulate --scenario accidental_deletion\n  drplan simulate --scenario accidental_deletion --runs ./runs --samples 100000 -o json",
		Args:    oneAtMost, ValidArgsFunction: completePlans,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.simulate(planArg(args), f, cmd.Flags().Changed("runs"))
		},
	}
	f.selection.flags(cmd, "")
	storeFlag(cmd, &f.runs)
	flags := cmd.Flags()
	flags.IntVar(&f.Samples, "samples", predict.DefaultSamples, "how often the run is played")
	flags.Uint64Var(&f.Seed, "seed", 1, "the same seed gives the same figures")
	flags.StringVarP(&f.output, "output", "o", "text", "text or json")
	flags.BoolVar(&f.calibrate, "calibrate", false, "hold predictions to the earlier runs")
	complete(cmd, "output", words("text", "json"))
	return cmd
}

func (a *app) simulate(path string, f simulateFlags, named bool) error {
	switch {
	case f.output != "text" && f.output != "json":
		return usagef("-o is text or json, not %q", f.output)
	case f.Samples < leastSamples || f.Samples > mostSamples:
		return usagef("--samples is from %d to %d", leastSamples, mostSamples)
	}
	s, err := a.foreknow(path, f, named)
	if err != nil {
		return err
	}
	if f.calibrate {
		return a.calibrate(s, f)
	}
	p, err := predict.Predict(s, f.Options)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return writeJSON(a.out, p)
	}
	return p.Text(a.out)
}

// foreknow gathers all that is known of a run before it.
func (a *app) foreknow(path string, f simulateFlags, named bool) (predict.Subject, error) {
	var none predict.Subject
	c, doc, err := a.compileEither(path, f.selection)
	if err != nil {
		return none, err
	}
	if len(c.Graph.Nodes) == 0 {
		return none, cannot(c.NotRunnable, "there is nothing to simulate")
	}
	mode := engine.Mode(f.mode)
	if mode == "" {
		mode = modeOf(doc, f.scenario)
	}
	h, err := a.newHeader(doc, c, mode, runOptions{})
	if err != nil {
		return none, err
	}
	past, err := pastOf(h, f.runs, named)
	if err != nil {
		return none, err
	}
	s, err := subjectOf(h, c, past, nil)
	if err != nil || f.calibrate || len(c.NotRunnable) > 0 || !s.Wanting() {
		return s, err
	}
	return a.askKinds(h, c, s)
}

// askKinds asks the steps how long they would take.
func (a *app) askKinds(h engine.Header, c *plans.Compiled, s predict.Subject) (predict.Subject, error) {
	seen, err := a.foresee(h)
	if err != nil {
		return s, err
	}
	return subjectOf(h, c, s.Past, estimated(seen))
}

func estimated(seen *foresight) map[string]local.Foresight {
	if seen == nil {
		return nil
	}
	return seen.steps
}

// calibrateSteps are how many runs a prediction of the next one is held to.
var calibrateSteps = []int{3, 5, 10, 20}

// calibrate tells how often predictions of earlier runs came true.
func (a *app) calibrate(s predict.Subject, f simulateFlags) error {
	if s.Recovered() <= leastCalibrated {
		return cannot(fmt.Errorf("%s of this drill recovered: that is too few to hold a prediction to them", count(s.Recovered(), "earlier run")),
			fmt.Sprintf("run it more often: it takes more than %d", leastCalibrated))
	}
	all, err := predict.LeaveOneOut(s, f.Options)
	if err != nil {
		return err
	}
	list := []*predict.Calibration{all}
	for _, n := range calibrateSteps {
		if n < s.Recovered() {
			c, err := predict.Forward(s, f.Options, n)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
	}
	if f.output == "json" {
		return writeJSON(a.out, list)
	}
	return writeCalibration(a.out, list)
}

const leastCalibrated = 3

func writeCalibration(w io.Writer, list []*predict.Calibration) error {
	if _, err := fmt.Fprintf(w, "| predicted | runs |"); err != nil {
		return err
	}
	for _, q := range predict.Quantiles {
		fmt.Fprintf(w, " under P%.0f |", 100*q)
	}
	fmt.Fprint(w, "\n|---|---|---|---|---|---|---|\n")
	for _, c := range list {
		fmt.Fprintf(w, "| %s | %d |", c.How, c.Runs)
		for _, r := range c.Rows {
			fmt.Fprintf(w, " %.0f %% (%.0f–%.0f) |", 100*r.Share, 100*r.Low, 100*r.High)
		}
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprint(w, "\nIn brackets: between what shares 95 of 100 right predictions of so many runs lie.\n")
	return err
}
