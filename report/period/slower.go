package period

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/history"
)

// The rule of steps that got slower: with fewer runs on either side nothing is said,
// and a median that moved by less is what medians do.
const (
	FewestSamples = 3           // in the period, and before it
	SlowerBy      = 0.2         // of the median before
	SlowerLeast   = time.Second // and at least so much
)

// SlowerRule is the rule in words.
const SlowerRule = "A step is listed when it is still the same step (its type, inputs and phase), ran at least 3 times in the period and at least 3 times before, " +
	"its median in the period is at least 20 % and 1 s above the median before, and above three quarters of the times before. Only attempts that ended by themselves and well count."

// Slower is a step that takes longer than it did.
type Slower struct {
	Scenario string         `json:"scenario"`
	Mode     string         `json:"mode"`
	Step     string         `json:"step"`
	Phase    string         `json:"phase"`
	Type     string         `json:"type"`
	Before   report.Seconds `json:"median_before_seconds"`
	Now      report.Seconds `json:"median_in_period_seconds"`
	RunsThen int            `json:"runs_before"`
	RunsNow  int            `json:"runs_in_period"`
	Quartile report.Seconds `json:"third_quartile_before_seconds"`
}

// By is how much longer it takes, in per cent.
func (s Slower) By() float64 { return 100 * (s.Now.Seconds()/s.Before.Seconds() - 1) }

// sample is how long a step took in a run.
type sample struct {
	step *stepName
	took time.Duration
}

// stepName is a step as it was, with the key of a for_each instance: the same
// pointer for the same step.
type stepName struct{ digest, id, key, phase, kind string }

// names makes one name of each step, whatever run it is in: of a thousand runs the
// steps are the same.
type names struct {
	lock    sync.Mutex
	digests map[digested]string
	steps   map[stepName]*stepName
}

// digested is what a node's digest depends on, without computing it.
type digested struct {
	id, kind string
	phase    engine.Phase
	wait     engine.Wait
	forEach  bool
	spec     string
}

// mostDigests bounds the cache; what does not fit is computed each time.
const mostDigests = 20_000

func newNames() *names {
	return &names{digests: map[digested]string{}, steps: map[stepName]*stepName{}}
}

func (c *names) digest(n *engine.Node) string {
	d := digested{n.ID, n.Type, n.Phase, n.Wait, n.ForEach, string(n.Spec)}
	c.lock.Lock()
	sum, known := c.digests[d]
	c.lock.Unlock()
	if known {
		return sum
	}
	sum = n.Digest()
	c.lock.Lock()
	defer c.lock.Unlock()
	if len(c.digests) < mostDigests {
		c.digests[d] = sum
	}
	return sum
}

func (c *names) step(n *engine.Node, key string) *stepName {
	name := stepName{c.digest(n), n.ID, key, string(n.Phase), n.Type}
	c.lock.Lock()
	defer c.lock.Unlock()
	if known := c.steps[name]; known != nil {
		return known
	}
	for _, s := range []*string{&name.id, &name.key, &name.kind} { // not the whole journal with them
		*s = strings.Clone(*s)
	}
	c.steps[name] = &name
	return &name
}

func samplesOf(g engine.Graph, past *history.Run, c *names) []sample {
	var list []sample
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for key, in := range past.Steps[n.ID].Instances {
			if took, ok := in.Last(); ok && !in.Failed {
				list = append(list, sample{c.step(n, key), took})
			}
		}
	}
	return list
}

// slower compares the steps of one scenario's runs; unjudged counts those that ran in
// the period and of which there are too few samples.
func slower(before, now []*Run) (list []Slower, unjudged int) {
	then, is := gather(before), gather(now)
	for step, took := range is {
		old := then[step]
		if len(took) < FewestSamples || len(old) < FewestSamples {
			unjudged++
			continue
		}
		was, now, most := quantile(old, 0.5), quantile(took, 0.5), quantile(old, 0.75)
		if now-was < SlowerLeast || now.Seconds() < was.Seconds()*(1+SlowerBy) || now <= most {
			continue
		}
		list = append(list, Slower{Step: label(step.id, step.key), Phase: step.phase, Type: step.kind, Before: known(was), Now: known(now),
			RunsThen: len(old), RunsNow: len(took), Quartile: known(most)})
	}
	slices.SortFunc(list, func(a, b Slower) int { return strings.Compare(a.Step, b.Step) })
	return list, unjudged
}

func gather(runs []*Run) map[*stepName][]time.Duration {
	out := map[*stepName][]time.Duration{}
	for _, r := range runs {
		for _, s := range r.samples {
			out[s.step] = append(out[s.step], s.took)
		}
	}
	return out
}

// quantile is a value of a list, between two of them where it lies there.
func quantile(list []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + time.Duration((at-float64(low))*float64(sorted[low+1]-sorted[low]))
}

func known(d time.Duration) report.Seconds { return report.Seconds{Duration: d, Known: true} }

func label(id, key string) string {
	if key == "" {
		return id
	}
	return id + "[" + key + "]"
}
