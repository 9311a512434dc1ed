package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// facts are what a journal says that a checkpoint repeats.
type facts struct {
	header engine.Header
	plans  []engine.PlanRef // the first one, and each that was accepted later
	last   time.Time
	state  State
	sums   map[int64]place // of the records that somebody asks for

	outputs []claim // of what steps printed

	bad      error // the first record that is none of ours
	badAt    int64
	planEnds []int64 // the record that brought each plan
	well     int64   // the record with which the run ended well: nobody takes it up again; 0: none
}

// place is a record's end.
type place struct {
	sum   string
	bytes int64
	last  time.Time
	state State
}

// readFacts walks a journal once. wanted are the records whose sums are kept.
func readFacts(src io.ReaderAt, size int64, wanted map[int64]bool) (facts, journal.Verification, error) {
	f := facts{sums: map[int64]place{}}
	v, err := journal.VerifyBytes(src, size, journalName, engine.IsClosing, func(l journal.Line) {
		if f.bad == nil {
			f.bad = f.take(l)
			f.badAt = l.Record
		}
		if wanted[l.Record] {
			f.sums[l.Record] = place{l.Sum, l.End, f.last, f.state}
		}
	})
	return f, v, err
}

func (f *facts) take(l journal.Line) (err error) {
	if l.Record == 1 {
		if f.header, err = engine.DecodeHeader(l.Body); err == nil {
			f.last = f.header.Started
			f.plans, f.planEnds = append(f.plans, f.header.Plan), append(f.planEnds, 1)
		}
		return err
	}
	ev, err := engine.DecodeEvent(l.Body)
	if err != nil {
		return err
	}
	f.last, f.state = ev.Wall, ""
	if ev.Output != nil {
		f.outputs = append(f.outputs, claim{*ev.Output, l.Record})
	}
	switch {
	case ev.Kind == engine.RunEnded:
		f.state = Ended
		if ev.Result == engine.ResultSucceeded {
			f.well = l.Record
		}
	case ev.Kind == engine.RunStopped:
		f.state = Stopped
	case ev.Kind == engine.PlanChanged && ev.Plan != nil:
		f.plans, f.planEnds = append(f.plans, *ev.Plan), append(f.planEnds, l.Record)
	}
	return nil
}

// plansUpTo are the digests of the plans that the run had followed by a record.
func (f *facts) plansUpTo(record int64) []string {
	var out []string
	for i, p := range f.plans {
		if f.planEnds[i] <= record {
			out = append(out, p.SHA256)
		}
	}
	return out
}

// hashPrefix is the SHA-256 of the first n bytes, hex.
func hashPrefix(src io.ReaderAt, n int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(src, 0, n)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
