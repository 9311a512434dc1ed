// Package manyruns makes folders of many runs for tests and benchmarks: copies of
// recorded journals with ids and times of their own, whose chains of sums hold, and
// a register that knows them all.
//
// It lays files out as docs of packages journal and register say, without their
// syncs: ten thousand runs are written in seconds.
package manyruns

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal/register"
)

// Recording is the records of a run, one JSON object each, the header first.
type Recording struct {
	ID      string
	Started time.Time
	Records [][]byte
}

// Load reads a file with a record a line.
func Load(file string) (Recording, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Recording{}, err
	}
	records := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	h, err := engine.DecodeHeader(records[0])
	return Recording{h.RunID, h.Started, records}, err
}

var (
	instants = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)
	clocks   = regexp.MustCompile(`"(t|deadline|gap|wait_for)":(\d+)`)
)

// Again is the run once more: with another id, at another time, and everything in it
// so many times as long.
func (r Recording) Again(id string, start time.Time, times float64) Recording {
	out := Recording{ID: id, Started: start}
	for i, record := range r.Records {
		text := strings.ReplaceAll(string(record), r.ID, id)
		text = instants.ReplaceAllStringFunc(text, func(s string) string {
			at, err := time.Parse(time.RFC3339Nano, strings.Trim(s, `"`))
			if err != nil {
				return s
			}
			since := time.Duration(float64(at.Sub(r.Started)) * times)
			return start.Add(since).UTC().Format(`"` + time.RFC3339Nano + `"`)
		})
		if i > 0 {
			text = clocks.ReplaceAllStringFunc(text, func(s string) string {
				key, value, _ := strings.Cut(s, ":")
				n, _ := strconv.ParseInt(value, 10, 64)
				return key + ":" + strconv.FormatInt(int64(float64(n)*times), 10)
			})
		}
		out.Records = append(out.Records, []byte(text))
	}
	return out
}

// Replace changes text in all records.
func (r Recording) Replace(old, with string) Recording {
	out := Recording{ID: r.ID, Started: r.Started}
	for _, record := range r.Records {
		out.Records = append(out.Records, bytes.ReplaceAll(record, []byte(old), []byte(with)))
	}
	return out
}

// Following sets the digest of the plan that the run followed.
func (r Recording) Following(plan []byte) Recording {
	sum := sha256.Sum256(plan)
	h, err := engine.DecodeHeader(r.Records[0])
	if err != nil {
		panic(err) // Load has read it
	}
	return r.Replace(h.Plan.SHA256, hex.EncodeToString(sum[:]))
}

// Journal is the file of a run: each record in a batch of its own but the header,
// which is alone, and all others, which are one.
func (r Recording) Journal() (file []byte, sums []string) {
	prev, batch := strings.Repeat("0", 64), 1
	for i, record := range r.Records {
		head := fmt.Sprintf(`"seq":%d,"batch":%d`, i+1, batch)
		if i == 0 {
			head = `"format":1,` + head
		}
		if i == 0 || i == len(r.Records)-1 {
			head += `,"commit":true`
		}
		before, after := "{"+head+`,"sum":"`, `","rec":`+string(record)+"}"
		sum := sha256.Sum256([]byte(prev + before + after))
		prev = hex.EncodeToString(sum[:])
		file = append(file, before+prev+after+"\n"...)
		sums = append(sums, prev)
		batch = 2
	}
	return file, sums
}

// Folder writes runs, oldest first, and their register.
func Folder(dir string, plan []byte, runs iter.Seq[Recording]) error {
	const id = "5eed5eed5eed5eed"
	entries := Recording{Records: [][]byte{[]byte(`{"register":1,"id":"` + id + `","at":"2026-01-01T00:00:00Z","by":"alice","from":"desk"}`)}}
	previous, records, head, number := "", 0, "", int64(0)
	for r := range runs {
		number++
		place := engine.Registration{ID: id, Number: number, Previous: previous, Records: int64(records), Head: head}
		raw, err := json.Marshal(place)
		if err != nil {
			return err
		}
		first := append(bytes.TrimSuffix(bytes.Clone(r.Records[0]), []byte("}")), `,"register":`+string(raw)+"}"...)
		r.Records = append([][]byte{first}, r.Records[1:]...)
		file, sums := r.Journal()
		if err := write(filepath.Join(dir, r.ID), map[string][]byte{"journal.jsonl": file, "plan.yaml": plan, "params.json": []byte("{}\n"), "lock": nil}); err != nil {
			return err
		}
		entries.Records = append(entries.Records, register.Entry{Number: number, Run: r.ID, Head: sums[0], At: r.Started, By: "alice", From: "desk"}.Line())
		previous, records, head = r.ID, len(sums), sums[len(sums)-1]
	}
	file, _ := entries.Journal()
	return write(filepath.Join(dir, register.Folder), map[string][]byte{"journal.jsonl": file, "lock": nil})
}

func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
