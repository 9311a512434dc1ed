package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
)

// Found is something that a run found out about the world, such as the version of a
// cluster's API server.
type Found struct {
	Of    string `json:"of"` // what it is about, such as "cluster primary"
	Name  string `json:"name"`
	Value string `json:"value"`
}

// environment lists what the run found out, in the order in which it did. A version that
// became another one meanwhile is there twice.
func (f *facts) environment() []Found {
	found := []Found{}
	for i := range f.events {
		for _, fact := range f.events[i].Facts {
			if one := Found(fact); !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	return found
}

// Signature is what a checkpoint beside the journal says of itself. Nobody has
// checked it here.
type Signature struct {
	Key     string  `json:"key"` // fingerprint
	By      string  `json:"by"`
	At      Instant `json:"at"`
	Records int64   `json:"records"` // of the journal, from its beginning, that were signed
}

// String is the signature for people.
func (s Signature) String() string {
	return fmt.Sprintf("%s by %s with the key %s, up to record %d", s.At.UTC().Format(time.DateTime+" UTC"), plain(s.By), plain(s.Key), s.Records)
}

// Signed says for people who has signed the run; empty: nobody has.
func (e *Evidence) Signed() []string {
	var out []string
	for _, s := range e.Signatures {
		out = append(out, "Signed "+s.String())
	}
	return out
}

// shortCommit is how many digits of a commit are told where there is little room.
const shortCommit = 12

// From says for people from which commit a plan comes; empty where nobody knows.
func (p Plan) From() string { return p.from(0) }

func (p Plan) from(digits int) string {
	s := p.Source
	if s == nil {
		return ""
	}
	commit := plain(s.Commit)
	if digits > 0 {
		commit = commit[:min(digits, len(commit))]
	}
	return fmt.Sprintf("commit %s, %s", commit, plain(s.Path)) + changed(s.Dirty)
}

func changed(dirty *bool) string {
	switch {
	case dirty == nil:
		return "; whether anything was changed since nobody could tell"
	case *dirty:
		return "; the work tree had changes that were not committed"
	}
	return ""
}

func planOf(p engine.PlanRef) Plan { return Plan{p.Path, p.Version, p.SHA256, p.Source} }
