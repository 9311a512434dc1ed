package period

import (
	"testing"
	"time"
)

// A step is called slower only where there are enough runs on both sides, and where
// it is so by more than medians move.
func TestSlower(t *testing.T) {
	for name, c := range map[string]struct {
		before, now []int // seconds
		want        bool
	}{
		"half as long again":           {[]int{10, 11, 9}, []int{15, 15, 16}, true},
		"two runs in the period":       {[]int{10, 11, 9}, []int{15, 15}, false},
		"two runs before":              {[]int{10, 11}, []int{15, 15, 16}, false},
		"a tenth":                      {[]int{10, 10, 10}, []int{11, 11, 11}, false},
		"less than a second":           {[]int{1, 1, 1}, []int{1, 1, 1}, false},
		"one that is far out":          {[]int{10, 10, 10}, []int{10, 10, 500}, false},
		"as it was on its bad days":    {[]int{10, 10, 30, 31}, []int{26, 26, 26}, false},
		"quicker":                      {[]int{10, 10, 10}, []int{5, 5, 5}, false},
		"one that was far out, before": {[]int{10, 500, 10, 10, 10}, []int{15, 15, 15}, true},
	} {
		step := &stepName{id: "a"}
		runs := func(list []int) (out []*Run) {
			for _, s := range list {
				out = append(out, &Run{samples: []sample{{step, time.Duration(s) * time.Second}}})
			}
			return out
		}
		got, few := slower(runs(c.before), runs(c.now))
		if (len(got) == 1) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if enough := len(c.before) >= 3 && len(c.now) >= 3; (few == 0) != enough {
			t.Errorf("%s: %d steps cannot be judged", name, few)
		}
	}
	if got := quantile([]time.Duration{4, 1, 3, 2}, 0.5); got != 2 { // 2.5 ns, cut
		t.Errorf("the median is %d", got)
	}
}

// Another step of the same name is not compared with.
func TestSlowerIsTheSameStep(t *testing.T) {
	a, b := &stepName{id: "a", digest: "1"}, &stepName{id: "a", digest: "2"}
	runs := func(s *stepName, took time.Duration) []*Run {
		r := &Run{samples: []sample{{s, took}}}
		return []*Run{r, r, r}
	}
	if got, few := slower(runs(a, time.Second), runs(b, time.Minute)); len(got) > 0 || few != 1 {
		t.Errorf("%+v, %d", got, few)
	}
}
