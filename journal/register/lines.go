package register

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/journal"
)

// Lines are those of the register that concern a run, byte for byte, each with its
// sum: the first one, which names the register, that of the run before, its own, and
// what was said of it. It is an error where the register is damaged, or another than
// id, or has not entered the run.
func Lines(runs, run, id string) ([]byte, error) {
	r, err := Read(runs)
	if err == nil && (r.ID != id || !slices.ContainsFunc(r.Entries, func(e Entry) bool { return e.Run == run })) {
		err = ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	records, err := journal.Read(path(runs))
	if err != nil {
		return nil, err
	}
	file, err := os.ReadFile(filepath.Join(path(runs), "journal.jsonl"))
	if err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(file, []byte("\n"))
	concerned := map[string]bool{run: true}
	for i, e := range r.Entries {
		if e.Run == run && i > 0 {
			concerned[r.Entries[i-1].Run] = true
		}
	}
	out := bytes.Clone(lines[0])
	for i, record := range records[1:] {
		var of struct {
			Run string `json:"run"`
		}
		if json.Unmarshal(record, &of) == nil && concerned[of.Run] {
			out = append(out, lines[i+1]...)
		}
	}
	return out, nil
}
