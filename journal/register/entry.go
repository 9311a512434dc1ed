package register

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/journal"
)

// Folder is the register's name in a folder of runs, and in a mirror.
const Folder = ".register"

// Format is the newest format of a register, and the one that is written.
const Format = 1

// Entry is the start of a run.
type Entry struct {
	Number int64     `json:"start"` // from 1
	Run    string    `json:"run"`
	Head   string    `json:"head"` // sum of the run's first record
	At     time.Time `json:"at"`   // when it was entered, UTC
	By     string    `json:"by"`   // the person
	From   string    `json:"from"` // the machine
	// Found: the run was there and not entered: an older version began it, it came
	// from elsewhere, or drplan died in between.
	Found bool `json:"found,omitempty"`
}

// head is the register's first record.
type head struct {
	Format int       `json:"register"`
	ID     string    `json:"id"` // tells this register from others
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	From   string    `json:"from"`
}

// Place is where a run stands among those of its folder.
type Place struct {
	Register string // id of the register; empty: it could not be had
	Number   int64  // of the start; 0: not entered
	Previous string // the run begun before it; empty: none
	Records  int64  // how many records that one had then
	Head     string // the sum of the last of them
	Reason   string // why there is no Previous, or no Register
}

// Register is a register, read.
type Register struct {
	ID       string
	Entries  []Entry
	Accounts []Account
}

func path(runs string) string { return filepath.Join(runs, Folder) }

// Read reads the register of a folder of runs, without locking it. One that is
// not there wraps fs.ErrNotExist; damage is an error of package journal.
func Read(runs string) (Register, error) {
	records, err := journal.Read(path(runs))
	if err != nil {
		return Register{}, err
	}
	return decode(records)
}

func decode(records [][]byte) (r Register, err error) {
	var h head
	if len(records) == 0 {
		return r, fmt.Errorf("the register is empty")
	}
	if err := json.Unmarshal(records[0], &h); err != nil || h.Format < 1 {
		return r, fmt.Errorf("the register's first record is not one of a register")
	}
	if h.Format > Format {
		return r, fmt.Errorf("the register has format %d, this version reads up to %d: use a later drplan", h.Format, Format)
	}
	r.ID = h.ID
	for i, rec := range records[1:] {
		var a Account
		if err := json.Unmarshal(rec, &a); err == nil && a.Kind != "" {
			r.Accounts = append(r.Accounts, a)
			continue
		}
		var e Entry
		if err := json.Unmarshal(rec, &e); err != nil || e.Number != int64(len(r.Entries))+1 {
			return r, fmt.Errorf("the register's record %d is neither start %d nor an account", i+2, len(r.Entries)+1)
		}
		r.Entries = append(r.Entries, e)
	}
	return r, nil
}

func newHead(by, from string, now time.Time) []byte {
	var nonce [8]byte
	_, _ = rand.Read(nonce[:]) // never fails, says its documentation
	return encode(head{Format: Format, ID: hex.EncodeToString(nonce[:]), At: now, By: by, From: from})
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers, times, strings
	}
	return raw
}

// Line is the entry as it stands in the register.
func (e Entry) Line() []byte { return encode(e) }
