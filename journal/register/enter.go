package register

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/drplan/drplan/journal"
)

// patience is how long a start waits for others that are being entered: each
// takes milliseconds, and a recovery must not wait for one that hangs.
const patience = 10 * time.Second

// Start is a run that is to begin.
type Start struct {
	Runs string // the folder of all runs
	Run  string
	By   string // the person
	From string // the machine
}

// Enter enters a start while create makes the run's folder, with the place that
// belongs into its first record. A register that cannot be had stops nothing: the
// place says why then, and so does trouble. err is create's alone.
func Enter(s Start, create func(Place) error) (trouble, err error) {
	log, r, err := open(s)
	if err != nil {
		trouble = fmt.Errorf("this start was not entered in the register of runs: %w", err)
		return trouble, create(Place{Reason: "the register could not be had: " + err.Error()})
	}
	defer func() { trouble = errors.Join(trouble, log.Close()) }()
	if trouble = r.adopt(log, s); trouble != nil {
		return trouble, create(Place{Reason: "the register could not be written: " + trouble.Error()})
	}
	if err := create(r.place(s.Runs)); err != nil {
		return nil, err
	}
	return r.enter(log, s, []string{s.Run}, false), nil
}

// open takes the register's lock.
func open(s Start) (*journal.Log, Register, error) {
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		log, records, _, err := journal.OpenAside(path(s.Runs), newHead(s.By, s.From, time.Now().UTC()))
		if errors.Is(err, journal.ErrLocked) && time.Now().Before(end) {
			continue
		}
		if err != nil {
			return nil, Register{}, err
		}
		r, err := decode(records)
		if err != nil {
			return nil, r, errors.Join(err, log.Close())
		}
		return log, r, nil
	}
}

// adopt enters the runs that are there and were not entered, oldest first.
func (r *Register) adopt(log *journal.Log, s Start) error {
	ids, err := journal.List(s.Runs)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(r.Entries))
	for _, e := range r.Entries {
		known[e.Run] = true
	}
	var found []string
	for _, id := range slices.Backward(ids) {
		if !known[id] {
			found = append(found, id)
		}
	}
	for some := range slices.Chunk(found, perBatch) {
		if err := r.enter(log, s, some, true); err != nil {
			return err
		}
	}
	return nil
}

// perBatch is how many runs are entered with one sync: a folder of ten thousand that
// has no register yet must not keep a recovery waiting.
const perBatch = 1000

func (r *Register) enter(log *journal.Log, s Start, runs []string, found bool) error {
	batch := make([][]byte, 0, len(runs))
	for _, run := range runs {
		sum, err := journal.SumAt(filepath.Join(s.Runs, run), 1)
		if err != nil && !found {
			return err
		} // one that was found and cannot be read is entered all the same
		e := Entry{
			Number: int64(len(r.Entries)) + 1, Run: run, Head: sum, At: time.Now().UTC(), By: s.By, From: s.From, Found: found,
		}
		r.Entries, batch = append(r.Entries, e), append(batch, e.Line())
	}
	return log.Append(batch...)
}

// place is that of the next start.
func (r *Register) place(runs string) Place {
	p := Place{Register: r.ID, Number: int64(len(r.Entries)) + 1}
	if len(r.Entries) == 0 {
		p.Reason = "the first run in its folder"
		return p
	}
	before := r.Entries[len(r.Entries)-1]
	p.Previous = before.Run
	v, err := journal.Verify(filepath.Join(runs, before.Run), func([]byte) bool { return false })
	switch {
	case err == nil && v.Records > 0:
		p.Records, p.Head = v.Records, v.Sum
	case before.Head != "": // it is gone: what the register has of it
		p.Records, p.Head = 1, before.Head
	}
	return p
}
