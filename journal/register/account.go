package register

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/journal"
)

// Kind is what an account is of.
type Kind string

// The kinds of accounts.
const (
	Archived Kind = "archived" // a run that was begun here is kept elsewhere
	Brought  Kind = "brought"  // a run that is here was begun elsewhere, or could not be entered
	Replaced Kind = "replaced" // the register that was here before is damaged or gone
)

// Account is what somebody said of a run that the register and the folder do not
// agree on. It explains a gap and closes none: the run is still not there, and nobody
// has verified it.
type Account struct {
	Kind   Kind      `json:"account"`
	Run    string    `json:"run,omitempty"` // empty of a register
	Where  string    `json:"where"`         // where it is kept, or came from; of a register where the former one lies
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`   // UTC
	By     string    `json:"by"`   // the person
	From   string    `json:"from"` // the machine

	// What was seen of the run's journal when this was said; zero: it was gone already.
	Records int64  `json:"records,omitempty"`
	Head    string `json:"head,omitempty"`  // sum of the last of them, hex
	First   string `json:"first,omitempty"` // sum of the first record, as the register or the journal has it

	Registers []string `json:"registers,omitempty"` // of a register: the ids of those that were here before

	Signer string `json:"signer,omitempty"` // fingerprint of the key; empty: nobody signed
	Note   string `json:"note,omitempty"`   // a signed note whose text is [Account.Text]
}

// Text is what is signed of an account in the register id.
func (a Account) Text(id string) string {
	var b strings.Builder
	line := func(key, value string) {
		fmt.Fprintf(&b, "%s %s\n", key, strings.Join(strings.Fields(value), " ")) // one line each
	}
	b.WriteString("drplan.dev/account/v1\n")
	line("register", id)
	line("account", string(a.Kind))
	line("run", a.Run)
	line("where", a.Where)
	line("reason", a.Reason)
	line("at", a.At.UTC().Format(time.RFC3339Nano))
	line("by", a.By)
	line("from", a.From)
	line("records", fmt.Sprint(a.Records))
	line("head", a.Head)
	line("first", a.First)
	line("registers", strings.Join(a.Registers, " "))
	line("signer", a.Signer)
	return b.String()
}

// Says is the account for people, in one line.
func (a Account) Says() string {
	who := fmt.Sprintf("so said %s on %s at %s: %s", a.By, a.From, a.At.UTC().Format(time.RFC3339), a.Reason)
	seen := "nobody saw its journal: it was gone already"
	if a.Records > 0 {
		seen = fmt.Sprintf("its journal had %d records, the last one %s", a.Records, a.Head)
	}
	switch a.Kind {
	case Archived:
		return fmt.Sprintf("kept at %s, %s; %s", a.Where, who, seen)
	case Brought:
		return fmt.Sprintf("brought from %s, %s; %s", a.Where, who, seen)
	}
	return fmt.Sprintf("the register that was here before lies in %s, %s", a.Where, who)
}

// ErrUnknown says that an account is of a run that nobody has heard of.
var ErrUnknown = errors.New("neither the register nor another run knows of it")

// Record writes an account into the register, which is made where there is none.
// seal signs the text, and may be nil.
func Record(s Start, a Account, seal func(text string) (note string, err error)) (Account, error) {
	log, r, err := open(s)
	if err != nil {
		return a, err
	}
	err = r.adopt(log, s)
	if err == nil {
		a.At, a.By, a.From = time.Now().UTC(), s.By, s.From
		a, err = r.sealed(a, seal)
	}
	if err == nil {
		err = log.Append(encode(a))
	}
	return a, errors.Join(err, log.Close())
}

func (r *Register) sealed(a Account, seal func(string) (string, error)) (Account, error) {
	if a.First == "" {
		for _, e := range r.Entries {
			if e.Run == a.Run {
				a.First = e.Head
			}
		}
	}
	if seal == nil {
		return a, nil
	}
	note, err := seal(a.Text(r.ID))
	a.Note = note
	return a, err
}

// SetAside puts a register that cannot be used out of the way, under a name beside it
// that no run can have, and returns that; empty where there was none. Nothing of it is
// changed.
func SetAside(runs string, now time.Time) (name string, err error) {
	name = Folder + "-" + now.UTC().Format("20060102T150405Z")
	err = os.Rename(path(runs), filepath.Join(runs, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return name, err
}

// Seen reads what an account says of a run's journal that is in a folder.
func (a Account) Seen(dir string) (Account, error) {
	v, err := journal.Verify(dir, func([]byte) bool { return true })
	if err != nil {
		return a, err
	}
	if v.Fault != nil {
		return a, v.Fault
	}
	a.Records, a.Head = v.Records, v.Sum
	a.First, err = journal.SumAt(dir, 1)
	return a, err
}

// OfRun is the last account of a run, and nil where there is none.
func (r Register) OfRun(run string) *Account {
	for _, a := range slices.Backward(r.Accounts) {
		if a.Run == run {
			return &a
		}
	}
	return nil
}

// Replaces is the account of the register id, which was here before.
func (r Register) Replaces(id string) *Account {
	for _, a := range slices.Backward(r.Accounts) {
		if a.Kind == Replaced && slices.Contains(a.Registers, id) {
			return &a
		}
	}
	return nil
}
