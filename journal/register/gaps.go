package register

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/journal"
)

// Run is a run that is there.
type Run struct {
	ID      string
	Place   *Place // what its first record says; nil: it was begun without a register
	Fetched bool   // it was brought here from elsewhere: its register is there
}

// Gap is something that the register and the runs do not agree on.
type Gap struct {
	Run  string // empty: the register itself
	Text string
	// Missing: the run was begun, and is not there.
	Missing bool
	// Account is what somebody has said of it; nil: nobody has. A sum that does not
	// fit cannot be accounted for.
	Account *Account
	// Register is the id of the register that has the account.
	Register string
	At       time.Time // of a missing run: when it was begun; zero where nobody knows
}

// Check holds the runs of a folder against their register. deep also follows the
// sums from run to run, for which it reads every journal. The error says that a
// journal cannot be read.
func Check(runs string, there []Run, deep bool) ([]Gap, error) {
	c := check{runs: runs, there: map[string]Run{}, entered: map[string]Entry{}, missing: map[string]bool{}}
	for _, r := range there {
		c.there[r.ID] = r
	}
	reg, err := Read(runs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.absent()
	case err != nil:
		c.say("", "the register of runs: "+err.Error())
	default:
		c.reg = reg
		c.register(reg)
	}
	c.aside()
	c.predecessors()
	if deep {
		err = c.follow(reg)
	} else {
		err = nil
	}
	return c.gaps, err
}

type check struct {
	runs    string
	reg     Register
	there   map[string]Run
	entered map[string]Entry
	missing map[string]bool
	gaps    []Gap
}

func (c *check) say(run, text string) { c.gaps = append(c.gaps, Gap{Run: run, Text: text}) }

// misplaced says that a run's place is not what the register says of it.
func (c *check) misplaced(run, text string) {
	g := Gap{Run: run, Text: text}
	c.gaps = append(c.gaps, c.accounted(g, Brought))
}

// accounted adds what somebody has said of a gap.
func (c *check) accounted(g Gap, kind Kind) Gap {
	if a := c.reg.OfRun(g.Run); a != nil && a.Kind == kind {
		g.Account, g.Register = a, c.reg.ID
	}
	return g
}

func (c *check) miss(run, text string, at time.Time) {
	if !c.missing[run] {
		c.missing[run] = true
		c.gaps = append(c.gaps, c.accounted(Gap{Run: run, Text: text, Missing: true, At: at}, Archived))
	}
}

// ids are those that are there, oldest first.
func (c *check) ids() []string {
	ids := make([]string, 0, len(c.there))
	for id := range c.there {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// absent: runs that were entered somewhere have no register here.
func (c *check) absent() {
	for _, id := range c.ids() {
		if r := c.there[id]; r.Place != nil && r.Place.Register != "" && !r.Fetched {
			c.say("", "the register of runs is gone: "+id+" was entered in it as start "+fmt.Sprint(r.Place.Number))
			return
		}
	}
}

func (c *check) register(reg Register) {
	for _, e := range reg.Entries {
		c.entered[e.Run] = e
		if _, ok := c.there[e.Run]; !ok {
			c.miss(e.Run, fmt.Sprintf("start %d, entered %s by %s on %s: the run is gone", e.Number, e.At.UTC().Format(time.RFC3339), e.By, e.From), e.At)
		}
	}
	for _, id := range c.ids() {
		r := c.there[id]
		if r.Place == nil || r.Place.Register == "" || r.Fetched {
			continue // it claims nothing about this register
		}
		e, ok := c.entered[id]
		switch {
		case r.Place.Register != reg.ID && reg.Replaces(r.Place.Register) != nil:
			c.replaced(*reg.Replaces(r.Place.Register))
		case r.Place.Register != reg.ID:
			c.misplaced(id, fmt.Sprintf("it was entered in the register %s, and here is %s: that one was deleted or replaced", r.Place.Register, reg.ID))
		case !ok && r.Place.Number <= int64(len(reg.Entries)):
			c.misplaced(id, fmt.Sprintf("it says that it is start %d, which the register gives to %s", r.Place.Number, reg.Entries[r.Place.Number-1].Run))
		case !ok && r.Place.Number > int64(len(reg.Entries))+1:
			c.misplaced(id, fmt.Sprintf("it says that it is start %d, and the register ends with %d: its end was cut off", r.Place.Number, len(reg.Entries)))
		case ok && e.Number != r.Place.Number:
			c.misplaced(id, fmt.Sprintf("it says that it is start %d, the register that it is %d", r.Place.Number, e.Number))
		}
	}
}

// aside: what a register that was put out of the way still says, as far as it can be read.
func (c *check) aside() {
	old, err := filepath.Glob(filepath.Join(globbed(c.runs), Folder+"-*"))
	if err != nil {
		return // the pattern is ours
	}
	for _, dir := range old {
		records, _ := journal.Read(dir) // those before the damage
		r, _ := decode(records)
		for _, e := range r.Entries {
			if _, ok := c.there[e.Run]; !ok {
				c.miss(e.Run, fmt.Sprintf("start %d in %s, entered %s by %s on %s: the run is gone", e.Number, filepath.Base(dir), e.At.UTC().Format(time.RFC3339), e.By, e.From), e.At)
			}
		}
	}
}

// globbed is a folder's name as a pattern that only it fits.
func globbed(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// replaced tells once of a register that was here before.
func (c *check) replaced(a Account) {
	for _, g := range c.gaps {
		if g.Account != nil && g.Account.Kind == Replaced && g.Account.At.Equal(a.At) {
			return
		}
	}
	c.gaps = append(c.gaps, Gap{Text: "the register of runs is another than before", Account: &a, Register: c.reg.ID})
}

// predecessors: a run names the one before it, whatever the register says.
func (c *check) predecessors() {
	for _, id := range c.ids() {
		r := c.there[id]
		if r.Place == nil || r.Place.Previous == "" || r.Fetched {
			continue
		}
		if _, ok := c.there[r.Place.Previous]; !ok {
			c.miss(r.Place.Previous, "the run is gone: "+id+" was begun after it", time.Time{})
		}
	}
}

// follow compares the sums that were noted with those of the journals.
func (c *check) follow(reg Register) error {
	for _, e := range reg.Entries {
		if _, ok := c.there[e.Run]; !ok || e.Head == "" {
			continue
		}
		sum, err := journal.SumAt(filepath.Join(c.runs, e.Run), 1)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a folder without its journal: whoever lists runs says so
		}
		if err != nil {
			return err
		}
		if sum != e.Head {
			c.say(e.Run, fmt.Sprintf("its journal is another than the one that was entered as start %d", e.Number))
		}
	}
	for _, id := range c.ids() {
		p := c.there[id].Place
		if p == nil || p.Head == "" || c.there[id].Fetched {
			continue
		}
		if _, ok := c.there[p.Previous]; !ok {
			continue
		}
		sum, err := journal.SumAt(filepath.Join(c.runs, p.Previous), p.Records)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if sum != p.Head {
			c.say(p.Previous, fmt.Sprintf("its journal is not the one that %s was begun after: record %d was another", id, p.Records))
		}
	}
	return nil
}
