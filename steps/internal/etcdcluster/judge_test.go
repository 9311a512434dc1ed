package etcdcluster

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// three is a healthy cluster.
func three() Observation {
	var o Observation
	for i, name := range []string{"m1", "m2", "m3"} {
		id := uint64(i + 1)
		url := "https://" + name
		o.Seen = append(o.Seen, Seen{Endpoint: url, ID: id, ClusterID: 9, Leader: 1, Revision: 5, HashKV: 77, HashedAt: 5, CompactRev: 1})
		o.Listed = append(o.Listed, Listed{ID: id, Name: name, ClientURLs: []string{url}})
	}
	return o
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Observation)
		want   []string // parts of the problems, in order
	}{
		{"healthy", func(*Observation) {}, nil},
		{"one is dead", func(o *Observation) { o.Seen[1] = Seen{Endpoint: "https://m2", Err: errors.New("refused")} },
			[]string{"refused", "2 of 3 members answer"}},
		{"all are dead, for one reason", func(o *Observation) {
			for i, s := range o.Seen {
				o.Seen[i] = Seen{Endpoint: s.Endpoint, Err: errors.New("etcd at " + s.Endpoint + ": refused")}
			}
		}, []string{"etcd at https://m1, https://m2, https://m3: refused", "0 of 3 members answer"}},
		{"a reason of no endpoint", func(o *Observation) {
			for i, s := range o.Seen {
				o.Seen[i] = Seen{Endpoint: s.Endpoint, Err: errors.New("tls.ca: no such file")}
			}
		}, []string{"tls.ca: no such file", "0 of 3 members answer"}},
		{"another cluster", func(o *Observation) { o.Seen[2].ClusterID = 10 }, []string{"cluster id 9 on m1, m2; a on m3"}},
		{"two leaders", func(o *Observation) { o.Seen[2].Leader = 3 }, []string{"1 on m1, m2; 3 on m3"}},
		{"no leader", func(o *Observation) { o.Seen[2].Leader = 0 }, []string{"m3 sees no leader"}},
		{"other data", func(o *Observation) { o.Seen[1].HashKV = 78 }, []string{"hash 77 on m1, m3; 78 on m2"}},
		{"compacting", func(o *Observation) { o.Seen[1].HashKV, o.Seen[1].CompactRev = 78, 2 }, []string{"cannot be compared yet"}},
		{"an alarm", func(o *Observation) { o.Seen[0].Complaint = []string{"NOSPACE"} }, []string{"m1 reports: NOSPACE"}},
		{"a learner", func(o *Observation) { o.Seen[0].Learner = true }, []string{"m1 is still a learner"}},
		{"an endpoint too few", func(o *Observation) { o.Seen = o.Seen[:2] }, []string{"m3 is a member, but no endpoint", "2 of 3"}},
		{"one member twice", func(o *Observation) { o.Seen[2].ID = 2 }, []string{"2 of 3 members answer"}},
		{"one member too many", func(o *Observation) {
			o.Listed = append(o.Listed, Listed{ID: 4, PeerURLs: []string{"p"}})
		}, []string{"member 4 is a member", "lists 4 members, expected 3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := three()
			tt.change(&o)
			got := o.Problems(3)
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, part := range tt.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("got %q, want a part %q", got[i], part)
				}
			}
		})
	}
}

func TestFailedByName(t *testing.T) {
	o := three()
	o.Seen[1] = Seen{Endpoint: "https://m2", Err: errors.New("dead")}
	o.Seen = append(o.Seen[:2], Seen{Endpoint: "https://elsewhere", Err: errors.New("dead")})
	if diff := cmp.Diff([]string{"https://elsewhere", "m2", "m3"}, o.Failed()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{}, three().Failed()); diff != "" {
		t.Error(diff)
	}
}
