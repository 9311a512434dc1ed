package etcdcluster

import (
	"fmt"
	"slices"
	"strings"
)

// Answered are the members that said all they were asked.
func (o Observation) Answered() []Seen {
	return slices.DeleteFunc(slices.Clone(o.Seen), func(s Seen) bool { return s.Err != nil })
}

// Name is the name of the member that answered, or that listens, at the
// endpoint; where the cluster does not know, it is the endpoint.
func (o Observation) Name(s Seen) string {
	for _, l := range o.Listed {
		if s.ID != 0 && l.ID == s.ID || s.ID == 0 && slices.Contains(l.ClientURLs, s.Endpoint) {
			return l.Label()
		}
	}
	return s.Endpoint
}

// Failed names, sorted, the members that did not answer, and those in the
// cluster's list that no endpoint leads to.
func (o Observation) Failed() []string {
	failed := []string{}
	for _, s := range o.Seen {
		if s.Err != nil {
			failed = append(failed, o.Name(s))
		}
	}
	for _, l := range o.unseen() {
		failed = append(failed, l.Label())
	}
	slices.Sort(failed)
	return slices.Compact(failed)
}

// unseen are the listed members that no endpoint leads to.
func (o Observation) unseen() []Listed {
	return slices.DeleteFunc(slices.Clone(o.Listed), func(l Listed) bool {
		return slices.ContainsFunc(o.Seen, func(s Seen) bool {
			return s.ID == l.ID || slices.Contains(l.ClientURLs, s.Endpoint)
		})
	})
}

// Problems says what keeps the cluster from being one healthy cluster of the
// given number of members (0: as many as endpoints were given). Empty: nothing.
func (o Observation) Problems(members int) []string {
	if members == 0 {
		members = len(o.Seen)
	}
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	problems = append(problems, o.silent()...)
	for _, s := range o.Answered() {
		o.judge(s, add)
	}
	for _, l := range o.unseen() {
		add("%s is a member, but no endpoint of this step leads to it: add one, so that its data can be compared", l.Label())
	}
	if o.Listed != nil && len(o.Listed) != members {
		add("the cluster lists %d members, expected %d", len(o.Listed), members)
	}
	if n := len(o.distinct()); n < members {
		add("%d of %d members answer", n, members)
	}
	return append(problems, o.disagreements()...)
}

// silent says why members did not answer, once for all that have the same reason.
func (o Observation) silent() []string {
	var reasons []string
	endpoints := map[string][]string{}
	for _, s := range o.Seen {
		if s.Err == nil {
			continue
		}
		why, of := strings.CutPrefix(s.Err.Error(), "etcd at "+s.Endpoint+": ")
		if _, known := endpoints[why]; !known {
			reasons = append(reasons, why)
			endpoints[why] = nil
		}
		if of {
			endpoints[why] = append(endpoints[why], s.Endpoint)
		}
	}
	for i, why := range reasons {
		if at := endpoints[why]; len(at) > 0 {
			reasons[i] = "etcd at " + strings.Join(at, ", ") + ": " + why
		}
	}
	return reasons
}

func (o Observation) judge(s Seen, add func(string, ...any)) {
	if s.Learner {
		add("%s is still a learner: it has no vote", o.Name(s))
	}
	if s.Leader == 0 {
		add("%s sees no leader", o.Name(s))
	}
	for _, complaint := range s.Complaint {
		add("%s reports: %s", o.Name(s), complaint)
	}
}

// distinct are the IDs of the members that answered: two endpoints of one
// member are one member.
func (o Observation) distinct() []uint64 {
	var ids []uint64
	for _, s := range o.Answered() {
		if !slices.Contains(ids, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (o Observation) disagreements() []string {
	var problems []string
	if got := o.group(func(s Seen) string { return Hex(s.ClusterID) }, all); len(got) > 1 {
		problems = append(problems, "more than one cluster answers: cluster id "+got.String())
	}
	if got := o.group(func(s Seen) string { return Hex(s.Leader) }, func(s Seen) bool { return s.Leader != 0 }); len(got) > 1 {
		problems = append(problems, "the members disagree on the leader: "+got.String())
	}
	// A hash covers what is left after compaction, so a member that has
	// compacted less has another hash without holding other data.
	if got := o.group(func(s Seen) string { return fmt.Sprint(s.CompactRev) }, hashed); len(got) > 1 {
		problems = append(problems, "the members are compacting, their hashes cannot be compared yet: compacted at "+got.String())
	} else if got := o.group(func(s Seen) string { return fmt.Sprint(s.HashKV) }, hashed); len(got) > 1 {
		problems = append(problems, "the members hold different data: hash "+got.String())
	}
	return problems
}

func all(Seen) bool      { return true }
func hashed(s Seen) bool { return s.HashedAt != 0 }

// groups are values and the members that have them, in order of appearance.
type groups []group

type group struct {
	value   string
	members []string
}

func (g groups) String() string {
	parts := make([]string, len(g))
	for i, one := range g {
		parts[i] = one.value + " on " + strings.Join(one.members, ", ")
	}
	return strings.Join(parts, "; ")
}

func (o Observation) group(value func(Seen) string, take func(Seen) bool) groups {
	var out groups
	for _, s := range o.Answered() {
		if !take(s) {
			continue
		}
		v := value(s)
		at := slices.IndexFunc(out, func(g group) bool { return g.value == v })
		if at < 0 {
			out, at = append(out, group{value: v}), len(out)
		}
		out[at].members = append(out[at].members, o.Name(s))
	}
	return out
}
