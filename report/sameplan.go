package report

import (
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/engine"
)

// PlanID is what two runs of one plan have in common: its file, or its bytes.
type PlanID struct {
	File   string // absolute
	SHA256 string // hex; empty: not known

	InTree string // the file in its git work tree; empty: it lies in none, or nobody knows. Two repositories may have one of a name
}

// PlanIDOf is that of the plan that a run was begun with.
func PlanIDOf(h engine.Header) PlanID {
	id := PlanID{File: PlanFile(h.Dir, h.Plan.Path), SHA256: h.Plan.SHA256}
	if h.Plan.Source != nil {
		id.InTree = h.Plan.Source.Path
	}
	return id
}

// PlanFile is a plan's path made absolute: dir is where its run was begun.
func PlanFile(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// Shares reports whether the file is the same, or its bytes.
func (p PlanID) Shares(q PlanID) bool {
	return p.File == q.File || p.SHA256 != "" && p.SHA256 == q.SHA256
}

func (p PlanID) keys() []string {
	keys := []string{"file " + p.File}
	if p.SHA256 != "" {
		keys = append(keys, "bytes "+p.SHA256)
	}
	return keys
}

// ByPlan parts runs into those of each plan, and keeps their order. Runs are of one plan
// where its file was the same, or its bytes: so an edited plan stays itself, and so does
// one that is checked out somewhere else.
func ByPlan[T any](runs []T, of func(T) PlanID) [][]T {
	sets := &unions{at: map[string]int{}}
	place := make([]int, len(runs))
	for n, r := range runs {
		place[n] = sets.join(of(r).keys())
	}
	at := map[int]int{}
	var out [][]T
	for n, r := range runs {
		root := sets.root(place[n])
		i, known := at[root]
		if !known {
			i = len(out)
			at[root], out = i, append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}

// OfPlan keeps those of one plan, in their order; runs are all that there are, for those
// of other scenarios tell, too, which runs are of one plan. Where none is of the plan,
// such as of one that was edited in a fresh checkout, those count that have the same
// place in a git work tree.
func OfPlan[T any](runs []T, of func(T) PlanID, plan PlanID) (mine []T) {
	all := make([]int, len(runs))
	for i := range runs {
		all[i] = i
	}
	var at []int
	for _, group := range ByPlan(all, func(i int) PlanID { return of(runs[i]) }) {
		if slices.ContainsFunc(group, func(i int) bool { return plan.Shares(of(runs[i])) }) {
			at = append(at, group...)
		}
	}
	if len(at) == 0 && plan.InTree != "" {
		at = slices.DeleteFunc(all, func(i int) bool { return of(runs[i]).InTree != plan.InTree })
	}
	slices.Sort(at) // the plan may have brought two groups together
	for _, i := range at {
		mine = append(mine, runs[i])
	}
	return mine
}

// unions are sets of keys, which grow together.
type unions struct {
	at     map[string]int // key → set
	parent []int
}

func (u *unions) root(i int) int {
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

// join puts keys into one set, and returns it.
func (u *unions) join(keys []string) int {
	mine := -1
	for _, key := range keys {
		i, known := u.at[key]
		switch {
		case known && mine < 0:
			mine = u.root(i)
		case known:
			u.parent[u.root(i)] = mine
		}
	}
	if mine < 0 {
		mine = len(u.parent)
		u.parent = append(u.parent, mine)
	}
	for _, key := range keys {
		u.at[key] = mine
	}
	return mine
}
