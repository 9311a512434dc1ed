package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// RecordName is the file of a run's folder that says who was told what, and when: a
// line of JSON for each message and channel, and for each acknowledgement.
const RecordName = "notifications.jsonl"

// Entry is a line of the record.
type Entry struct {
	At      time.Time `json:"at"` // when it was sent, given up or said
	Outcome Outcome   `json:"outcome"`

	ID       string   `json:"id,omitempty"` // of the message
	Kind     Kind     `json:"kind,omitempty"`
	Title    string   `json:"title,omitempty"`
	Channel  string   `json:"channel,omitempty"`
	Via      Via      `json:"via,omitempty"`
	Host     string   `json:"host,omitempty"`
	To       []Person `json:"to,omitempty"`
	Attempts int      `json:"attempts,omitempty"`
	Status   int      `json:"status,omitempty"` // of the last answer
	Error    string   `json:"error,omitempty"`

	By     string `json:"by,omitempty"` // of an acknowledgement
	Reason string `json:"reason,omitempty"`
}

// Outcome is what became of a message.
type Outcome string

// The outcomes.
const (
	Sent         Outcome = "sent"         // the server took it
	NotSent      Outcome = "failed"       // it did not, or drplan left before
	Dropped      Outcome = "dropped"      // too many were waiting for the channel
	Acknowledged Outcome = "acknowledged" // no message: a person knows
)

// Record is the file of a run. Several processes may append to it.
type Record struct {
	path string
	mu   sync.Mutex
}

// RecordOf is the record of the run in a folder, which may not be there yet.
func RecordOf(dir string) *Record { return &Record{path: filepath.Join(dir, RecordName)} }

// Add appends an entry, and has it on disk when it returns.
func (r *Record) Add(e Entry) error {
	line, err := encode(e)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if torn(f) {
		line = append([]byte("\n"), line...)
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// torn reports whether a crash has left half a line at the end.
func torn(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// Entries reads the record, oldest first. Half a line that a crash has left is passed
// over. A run that told nobody has none.
func (r *Record) Entries() ([]Entry, error) {
	data, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Entry
	for line := range bytes.Lines(data) {
		var e Entry
		if json.Unmarshal(line, &e) == nil {
			out = append(out, e)
		}
	}
	return out, nil
}
