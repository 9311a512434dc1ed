package predict

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/history"
	"github.com/drplan/drplan/report/store"
)

var record = flag.String("record", "", "a folder of runs of one drill: fold them into testdata/etcd-drill.json")

const recorded = "testdata/etcd-drill.json"

// recording is what was kept of real runs: drills of examples/etcd-drill on a
// machine with two cores that had other work to do, now more, now less.
type recording struct {
	Header engine.Header `json:"header"`
	Runs   []history.Run `json:"runs"` // newest first
}

func load(t testing.TB) Subject {
	t.Helper()
	if *record != "" {
		fold(t, *record)
	}
	data, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return Subject{Header: r.Header, Past: &history.History{Runs: r.Runs}}
}

// fold writes the recording anew, without who ran it and where.
func fold(t testing.TB, runs string) {
	ids, err := journal.List(runs)
	if err != nil || len(ids) == 0 {
		t.Fatalf("%s: %d runs, %v", runs, len(ids), err)
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	newest, err := report.Read(filepath.Join(runs, ids[0]))
	if err != nil {
		t.Fatal(err)
	}
	h := newest.Header
	past, err := history.Read(t.Context(), store.Folder(runs), ids, h)
	if err != nil {
		t.Fatal(err)
	}
	h.Host, h.User, h.Dir, h.RunID, h.Tool, h.Plan = "", "", "", "recorded", "", engine.PlanRef{}
	for i := range h.Graph.Nodes {
		h.Graph.Nodes[i].Spec = nil
	}
	data, err := json.Marshal(recording{h, past.Runs})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recorded, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Of real runs, held out one by one, about nine in ten end within the P90 that the
// others predict, and half within the P50: no more and no less often than chance
// allows. Were they sampled wrongly, this would fail (TestWrongSamplingIsNoticed).
func TestRealRunsKeepToTheirPrediction(t *testing.T) {
	s := load(t)
	c, err := LeaveOneOut(s, Options{Samples: 150, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c.Runs < 30 {
		t.Fatalf("only %d runs were predicted", c.Runs)
	}
	for _, r := range c.Rows {
		t.Logf("P%.0f: %d of %d, %.0f %% (%.0f–%.0f)", 100*r.Quantile, r.Under, c.Runs, 100*r.Share, 100*r.Low, 100*r.High)
		if r.Share < r.Low || r.Share > r.High {
			t.Errorf("%.0f %% of the runs lie under P%.0f, which is not between %.0f and %.0f %%", 100*r.Share, 100*r.Quantile, 100*r.Low, 100*r.High)
		}
	}
}

// The same test, of samplings that are wrong: every step three tenths faster than it
// was, or four tenths slower.
func TestWrongSamplingIsNoticed(t *testing.T) {
	for name, bend := range map[string]func([]history.Run){
		"too fast": func(runs []history.Run) { scale(runs, 0.7) },
		"too slow": func(runs []history.Run) { scale(runs, 1.4) },
	} {
		t.Run(name, func(t *testing.T) {
			s := load(t)
			bend(s.Past.Runs)
			c, err := LeaveOneOut(s, Options{Samples: 150, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(c.Rows, func(r Hits) bool { return r.Share < r.Low || r.Share > r.High }) {
				t.Errorf("nobody would notice: %+v", c.Rows)
			}
		})
	}
}

// scale makes every step of every run another length; what was reported stays.
func scale(runs []history.Run, by float64) {
	for _, run := range runs {
		for _, step := range run.Steps {
			for key, in := range step.Instances {
				for i := range in.Attempts {
					in.Attempts[i] = engine.Span(by * float64(in.Attempts[i]))
				}
				step.Instances[key] = in
			}
		}
	}
}

// The next value of a known distribution lies under the predicted P90 nine times in
// ten, from three earlier ones on, whatever the shape: one hump, a long tail, two humps.
func TestMarginsAreHonest(t *testing.T) {
	shapes := map[string]func(*rand.Rand) float64{
		"lognormal":   func(r *rand.Rand) float64 { return math.Exp(0.4 * r.NormFloat64()) },
		"exponential": func(r *rand.Rand) float64 { return 0.2 + r.ExpFloat64() },
		"two humps": func(r *rand.Rand) float64 {
			at := 1.0
			if r.Float64() < 0.2 {
				at = 30
			}
			return at * math.Exp(0.1*r.NormFloat64())
		},
	}
	for name, next := range shapes {
		for _, n := range []int{3, 5, 10, 20, 40} {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			const rounds, draws = 600, 200
			under := 0
			for i := range rounds {
				l := &times{}
				for run := range n {
					l.add(run, engine.Span(next(r)*float64(time.Second)))
				}
				l.finish()
				out := make([]engine.Span, draws)
				for j := range out {
					w := newWeather(n, uint64(i), uint64(j))
					out[j] = l.draw(w, w.order[0])
				}
				slices.Sort(out)
				if engine.Span(next(r)*float64(time.Second)) <= out[draws*9/10-1] {
					under++
				}
			}
			share := float64(under) / rounds
			t.Logf("%s, n=%d: %.1f %%", name, n, 100*share)
			least := 0.863 // three standard errors
			if name == "two humps" && n < 10 {
				least = 0.82 // few runs may have seen one of them alone
			}
			if share < least || share > 0.94 {
				t.Errorf("%s, from %d runs: %.1f %% lie under the P90", name, n, 100*share)
			}
		}
	}
}
