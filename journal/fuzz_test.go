package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
)

// FuzzRead gives a reader any bytes. It must not panic, and what it returns
// must be chained: an independent reading of doc.go computes every sum again.
func FuzzRead(f *testing.F) {
	data, ends := sampleBytes()
	f.Add(data)
	f.Add([]byte{})
	f.Add([]byte(`{"format":2,"seq":1}`))
	f.Add([]byte("\n\n\n"))
	f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))
	f.Add(append(bytes.Clone(data), data[ends[0]:]...))
	for _, end := range ends {
		f.Add(data[:end])
		f.Add(data[:end-1])
		bad := bytes.Clone(data)
		bad[end-2] ^= 0x20
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var records [][]byte
		found, err := scan(bytes.NewReader(data), int64(len(data)), fileName, func(batch [][]byte) bool {
			records = append(records, batch...)
			return true
		})
		end := found.end
		if int64(len(records)) != end.seq || end.size > int64(len(data)) {
			t.Fatalf("%d records, but the position is %+v of %d", len(records), end, len(data))
		}
		if err := rechain(data[:end.size], records, end.sum); err != nil {
			t.Fatal(err)
		}
		rest := int64(len(data)) - end.size
		if err == nil && found.damage() == nil && found.cut.Bytes != rest {
			t.Fatalf("%d bytes are neither committed nor cut nor damage: %+v", rest, found)
		}
		if err != nil && !errors.As(err, new(*FormatError)) {
			t.Fatal(err)
		}
	})
}

// rechain checks a committed prefix with nothing but encoding/json and the
// definition of a sum, none of the package's own code.
func rechain(prefix []byte, records [][]byte, last string) error {
	sum := fmt.Sprintf("%064d", 0)
	lines := bytes.Split(bytes.TrimSuffix(prefix, []byte("\n")), []byte("\n"))
	if len(prefix) == 0 {
		lines = nil
	}
	if len(lines) != len(records) {
		return fmt.Errorf("%d lines gave %d records", len(lines), len(records))
	}
	for i, line := range lines {
		var l struct {
			Seq    int
			Commit bool
			Sum    string
			Rec    json.RawMessage
		}
		if err := json.Unmarshal(line, &l); err != nil || l.Seq != i+1 {
			return fmt.Errorf("line %d: %v: %s", i+1, err, line)
		}
		body := bytes.Replace(line, []byte(l.Sum), nil, 1)
		if sum = fmt.Sprintf("%x", sha256.Sum256(append([]byte(sum), body...))); l.Sum != sum {
			return fmt.Errorf("line %d is not chained: %s", i+1, line)
		}
		if !bytes.Equal(bytes.TrimSpace(l.Rec), bytes.TrimSpace(records[i])) {
			return fmt.Errorf("line %d gave %q", i+1, records[i])
		}
		if i == len(lines)-1 && !l.Commit {
			return fmt.Errorf("line %d ends the prefix without a commit mark", i+1)
		}
	}
	if len(lines) > 0 && sum != last {
		return fmt.Errorf("the last sum is %s, not %s", sum, last)
	}
	return nil
}
