package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// part says which record of which batch it is, so that a reader can tell a whole batch.
type part struct{ Batch, N, Of int }

func TestReaderSeesWholeBatchesOnly(t *testing.T) {
	l := mustCreate(t, nil)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	reads := make([]int, 2)
	for i := range reads {
		wg.Go(func() { reads[i] = watchGrowth(t, l.Dir(), stop) })
	}
	for k := 1; k <= 200; k++ {
		var batch [][]byte
		for n := range k%7 + 1 {
			rec, err := json.Marshal(part{Batch: k, N: n, Of: k%7 + 1})
			if err != nil {
				t.Fatal(err)
			}
			batch = append(batch, rec)
		}
		if err := l.Append(batch...); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	for i, n := range reads {
		if n < 3 {
			t.Errorf("reader %d saw only %d lengths of the journal: the test proves nothing", i, n)
		}
	}
}

// watchGrowth reads until stop and counts the different lengths that it saw.
func watchGrowth(t *testing.T, dir string, stop <-chan struct{}) (lengths int) {
	last := 0
	for {
		select {
		case <-stop:
			return lengths
		default:
		}
		records, err := Read(dir)
		if err == nil {
			err = wholeParts(records[1:])
		}
		if err != nil || len(records) < last {
			t.Errorf("%d records after %d: %v", len(records), last, err)
			return lengths
		}
		if len(records) > last {
			lengths++
		}
		last = len(records)
	}
}

func wholeParts(records [][]byte) error {
	next := part{Batch: 1, Of: 2}
	for _, rec := range records {
		var got part
		if err := json.Unmarshal(rec, &got); err != nil || got != next {
			return fmt.Errorf("%s where %+v belongs: %v", rec, next, err)
		}
		if next.N++; next.N == next.Of {
			next = part{Batch: next.Batch + 1, Of: (next.Batch+1)%7 + 1}
		}
	}
	if next.N != 0 {
		return fmt.Errorf("the read ends inside batch %d", next.Batch)
	}
	return nil
}

func TestReadGivesThePrefixBesideTheError(t *testing.T) {
	data, ends := sampleBytes()
	bad := bytes.Clone(data)
	bad[ends[1]+100] ^= 1
	records, err := Read(runWith(t, bad))
	if diff := cmp.Diff(flat(2), toStrings(records)); diff != "" || !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	records, err = Read(runWith(t, data[:ends[3]-1]))
	if diff := cmp.Diff(flat(3), toStrings(records)); diff != "" || err != nil {
		t.Errorf("an unfinished batch: %v (-want +got):\n%s", err, diff)
	}
	if _, err := Read(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no run: %v", err)
	}
}

func TestRecordsStopsAndLetsKeep(t *testing.T) {
	data, _ := sampleBytes()
	dir := runWith(t, data)
	for n := 1; n <= len(flat(5)); n++ {
		var got [][]byte
		for rec, err := range Records(dir) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec)
			if len(got) == n {
				break
			}
		}
		for _, rec := range got { // what a careless caller does
			_ = append(rec, "overwritten"...)
		}
		if diff := cmp.Diff(flat(5)[:n], toStrings(got)); diff != "" {
			t.Errorf("stopped after %d (-want +got):\n%s", n, diff)
		}
	}
}

func closes(rec []byte) bool { return string(rec) == `{"g":7}` }

func TestVerify(t *testing.T) {
	data, ends := sampleBytes()
	flipped := func(at int) []byte {
		bad := bytes.Clone(data)
		bad[at] ^= 1
		return bad
	}
	sumOf := func(line int) string {
		text := strings.Split(string(data), "\n")[line-1]
		_, text, _ = strings.Cut(text, `"sum":"`)
		return text[:sumLen]
	}
	tests := []struct {
		name string
		data []byte
		want Verification // of Fault only the line counts
		line int64
	}{
		{"closed", data, Verification{Records: 8, Bytes: int64(len(data)), Sum: sumOf(8), Closed: true}, 0},
		{"unclosed", data[:ends[3]], Verification{Records: 7, Bytes: int64(ends[3]), Sum: sumOf(7)}, 0},
		{"torn", data[:ends[3]+9], Verification{Records: 7, Bytes: int64(ends[3]), Sum: sumOf(7),
			Tail: Cut{Bytes: 9, Records: 1, Reason: "the line has no end"}}, 8},
		{"torn after closing", slices.Concat(data, []byte("{")), Verification{Records: 8, Bytes: int64(len(data)), Sum: sumOf(8), Closed: true,
			Tail: Cut{Bytes: 1, Records: 1, Reason: "the line has no end"}}, 9},
		{"damaged", flipped(ends[2] + 60), Verification{Records: 4, Bytes: int64(ends[2]), Sum: sumOf(4)}, 5},
		{"header damaged", flipped(20), Verification{}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := runWith(t, tt.data)
			got, err := Verify(dir, closes)
			if err != nil {
				t.Fatal(err)
			}
			if ok := tt.line == 0 && tt.want.Closed; got.OK() != ok {
				t.Errorf("OK is %v, want %v", got.OK(), ok)
			}
			if (got.Fault == nil) != (tt.line == 0) || got.Fault != nil && (got.Fault.Line != tt.line || got.Fault.Reason == "") {
				t.Errorf("fault %+v, want one in line %d", got.Fault, tt.line)
			}
			got.Fault = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || !bytes.Equal(journalBytes(t, dir), tt.data) {
				t.Errorf("Verify wrote: %v, %v", entries, err)
			}
		})
	}
}

func TestList(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	if got, err := List(runs); err != nil || len(got) != 0 {
		t.Errorf("no folder: %q, %v", got, err)
	}
	for _, id := range []string{"20260102-b", "20260101-a", "20260102-a"} {
		l, err := Create(runs, id, []byte(`{}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	for _, path := range []string{"empty", ".new-x", "dir/journal.jsonl"} {
		if err := os.MkdirAll(filepath.Join(runs, path), dirMode); err != nil {
			t.Fatal(err)
		}
	}
	setJournal(t, filepath.Join(runs, ".new-x"), nil)
	if err := os.WriteFile(filepath.Join(runs, "notes.txt"), nil, fileMode); err != nil {
		t.Fatal(err)
	}
	got, err := List(runs)
	if diff := cmp.Diff([]string{"20260102-b", "20260102-a", "20260101-a"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := List(filepath.Join(runs, "notes.txt")); err == nil {
		t.Error("a file was listed as a folder of runs")
	}
}
