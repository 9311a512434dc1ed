package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outcome is what a scan of some bytes says, in a form to compare.
type outcome struct {
	records []string
	cut     Cut
	err     error
}

func scanBytes(data []byte) outcome {
	var o outcome
	found, err := scan(bytes.NewReader(data), int64(len(data)), fileName, func(batch [][]byte) bool {
		o.records = append(o.records, toStrings(batch)...)
		return true
	})
	o.cut, o.err = found.cut, err
	if err == nil {
		o.err = found.damage()
	}
	return o
}

// batchOf is the batch, from 0, that holds the byte at an offset.
func batchOf(ends []int, offset int) int {
	return slices.IndexFunc(ends, func(end int) bool { return offset < end })
}

// unclear: the flip makes one batch look like two, and then nothing is cut. It
// hits a digit of a line's batch number, or makes a newline in a line.
func unclear(data []byte, offset int, flipped byte) bool {
	if flipped == '\n' {
		return true
	}
	for _, m := range claim.FindAllSubmatchIndex(data, -1) {
		if m[4] <= offset && offset < m[5] {
			return true
		}
	}
	return false
}

// Each byte of the sample takes each of the 255 other values.
func TestEveryFlip(t *testing.T) {
	data, ends := sampleBytes()
	last := len(sample) - 1
	for i := range data {
		for x := 1; x < 256; x++ {
			bad := bytes.Clone(data)
			bad[i] ^= byte(x)
			got := scanBytes(bad)
			hit := batchOf(ends, i)
			if err := checkFlip(got, hit, last, unclear(data, i, bad[i])); err != nil {
				t.Fatalf("byte %d (batch %d) %q for %q: %v", i, hit, bad[i], data[i], err)
			}
		}
	}
}

func checkFlip(got outcome, hit, last int, unclear bool) error {
	var newer *FormatError
	if hit == 0 && errors.As(got.err, &newer) && len(got.records) == 0 {
		return nil
	}
	if want := flat(hit); !slices.Equal(got.records, want) {
		return fmt.Errorf("records %q, want %q", got.records, want)
	}
	refused := errors.Is(got.err, ErrCorrupt) && got.cut == Cut{}
	cut := got.err == nil && got.cut.Bytes > 0
	switch {
	case hit < last && !refused:
		return fmt.Errorf("inside the committed part, but %+v", got)
	case hit == last && unclear && (refused || cut):
		return nil
	case hit == last && !cut:
		return fmt.Errorf("in the last batch, but %+v", got)
	}
	return nil
}

// The same flips, in a file whose last batch has lost its commit line.
func TestEveryFlipInAnUnfinishedBatch(t *testing.T) {
	data, ends := sampleBytes()
	lines := bytes.SplitAfter(data, []byte("\n"))
	data = bytes.Join(lines[:6], nil) // batch 4 without its third line
	for i := ends[2]; i < len(data); i++ {
		for x := 1; x < 256; x++ {
			bad := bytes.Clone(data)
			bad[i] ^= byte(x)
			if err := checkFlip(scanBytes(bad), 3, 3, unclear(data, i, bad[i])); err != nil {
				t.Fatalf("byte %d %q for %q: %v", i, bad[i], data[i], err)
			}
		}
	}
}

// A crash between write and sync leaves any prefix. Open must find exactly the
// batches that are whole in it, cut the rest, and go on from there.
func TestEveryTruncation(t *testing.T) {
	data, ends := sampleBytes()
	dir := t.TempDir()
	for n := range len(data) + 1 {
		setJournal(t, dir, data[:n])
		l, records, cut, err := Open(dir)
		if n < ends[0] {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%d bytes, half a header: got %v, want ErrCorrupt", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		whole, end := wholeBatches(ends, n)
		if got, want := toStrings(records), flat(whole); !slices.Equal(got, want) {
			t.Fatalf("%d bytes: records %q, want %q", n, got, want)
		}
		if cut.Bytes != int64(n-end) || (cut.Bytes > 0) != (cut.Records > 0) || (cut.Bytes > 0) != (cut.Reason != "") {
			t.Fatalf("%d bytes: cut %+v, want %d bytes", n, cut, n-end)
		}
		continues(t, l, whole, data[:end])
	}
}

// wholeBatches counts the batches that end within n bytes, and says where the last does.
func wholeBatches(ends []int, n int) (whole, end int) {
	for whole < len(ends) && ends[whole] <= n {
		end = ends[whole]
		whole++
	}
	return whole, end
}

// continues appends to a recovered log and reads all of it back.
func continues(t *testing.T, l *Log, whole int, kept []byte) {
	t.Helper()
	err := errors.Join(l.Append([]byte(`"on"`)), l.Close())
	if err != nil {
		t.Fatal(err)
	}
	records, err := Read(l.Dir())
	if want := append(flat(whole), `"on"`); err != nil || !slices.Equal(toStrings(records), want) {
		t.Fatalf("after going on: %q, %v; want %q", records, err, want)
	}
	if !bytes.HasPrefix(journalBytes(t, l.Dir()), kept) {
		t.Fatal("committed bytes were rewritten")
	}
}

func TestCutIsCounted(t *testing.T) {
	data, ends := sampleBytes()
	torn := ends[3] - 1 // batch 4 without its last newline
	got := scanBytes(data[:torn])
	want := Cut{Bytes: int64(torn - ends[2]), Records: 3, Reason: "the line has no end", Marked: true}
	if diff := cmp.Diff(want, got.cut); diff != "" || got.err != nil {
		t.Errorf("%v (-want +got):\n%s", got.err, diff)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	two := bytes.Join(lines[:6], nil)
	got = scanBytes(two)
	want = Cut{Bytes: int64(len(two) - ends[2]), Records: 2, Reason: "the batch has no commit mark"}
	if diff := cmp.Diff(want, got.cut); diff != "" || got.err != nil {
		t.Errorf("%v (-want +got):\n%s", got.err, diff)
	}
}

// What is no torn batch and no single flip. Lines and batches count from 1 here.
func TestOtherDamage(t *testing.T) {
	data, ends := sampleBytes()
	l := bytes.SplitAfter(data, []byte("\n"))[:8]
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	whole := join(l...)
	without := func(s, old string) []byte { return []byte(strings.Replace(s, old, "", 1)) }
	const corrupt = -1
	tests := []struct {
		name    string
		data    []byte
		batches int // that are read
		cut     int // bytes, or corrupt
		reason  string
	}{
		{"empty", nil, 0, corrupt, "the header is missing"},
		{"not a journal", []byte("hello\nworld\n"), 0, corrupt, "does not begin as a record"},
		{"header alone twice", join(l[0], l[0]), 1, corrupt, "belongs to batch 1"},
		{"header missing", join(l[1:]...), 0, corrupt, "sequence number 2 where 1 belongs"},
		{"line twice", join(l[0], l[1], l[2], l[3], l[3], l[4]), 3, corrupt, "sequence number 4 where 5 belongs"},
		{"last line twice", join(whole, l[7]), 5, corrupt, "sequence number 8 where 9 belongs"},
		{"line missing", join(l[0], l[1], l[2], l[4], l[5], l[6], l[7]), 2, corrupt, "sequence number 5 where 4 belongs"},
		{"line missing in a batch", join(l[0], l[2], l[3]), 1, corrupt, "sequence number 3 where 2 belongs"},
		{"batch before last missing", join(l[0], l[1], l[2], l[3], l[7]), 3, corrupt, "belongs to batch 5"},
		{"lines swapped", join(l[0], l[2], l[1], l[3]), 1, corrupt, "sequence number 3 where 2 belongs"},
		{"commit mark removed, then a batch", join(l[0], l[1], without(string(l[2]), `"commit":true,`), l[3]), 1, corrupt, "belongs to batch 3"},
		{"commit mark removed at the end", join(l[0], l[1], without(string(l[2]), `"commit":true,`)), 1, ends[1] - ends[0] - len(`"commit":true,`), "the sum does not match"},
		{"newline between the last two batches gone", join(data[:ends[3]-1], l[7]), 3, corrupt, "belongs to batch 5"},
		{"batch damaged, then the start of one", join(l[0], l[1], flipped(l[2]), l[3][:3]), 1, corrupt, "more follows its batch's commit mark"},
		{"garbage at the end", join(whole, []byte("garbage")), 5, 7, "the line has no end"},
		{"garbage lines at the end", join(whole, []byte("a\nb\n")), 5, 4, "does not begin as a record"},
		{"zeros at the end", join(whole, make([]byte, 4096)), 5, 4096, "the line has no end"},
		{"zeros in the last batch", join(data[:ends[3]], make([]byte, 50), l[7][50:]), 4, len(l[7]), "does not begin as a record"},
		{"an editor's newline", join(whole, []byte("\n")), 5, 1, "does not begin as a record"},
		{"CRLF", bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")), 0, corrupt, "the sum does not match"},
		{"byte order mark", join([]byte("\ufeff"), whole), 0, corrupt, "does not begin as a record"},
		{"control bytes between lines", join(l[0], []byte("\x00\x1b[2J\n"), l[1], l[2], l[3]), 1, corrupt, "more follows"},
		{"upper-case sum", join(l[0], upperSum(l[1]), l[2], l[3]), 1, corrupt, "the sum does not match"},
		{"endless line", join(whole, bytes.Repeat([]byte("x"), maxLine+1)), 5, maxLine + 1, "longer than any record"},
		{"tail beyond a batch", join(whole, bytes.Repeat([]byte("x"), MaxBatch+1)), 5, corrupt, "longer than a batch"},
		{"reformatted", bytes.ReplaceAll(data, []byte(`":`), []byte(`": `)), 0, corrupt, "does not begin as a record"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := scanBytes(tt.data)
			if want := flat(tt.batches); !slices.Equal(got.records, want) {
				t.Errorf("records %q, want %q", got.records, want)
			}
			if tt.cut != corrupt {
				if got.err != nil || got.cut.Bytes != int64(tt.cut) || !strings.Contains(got.cut.Reason, tt.reason) {
					t.Errorf("got %+v, want a cut of %d bytes with %q", got, tt.cut, tt.reason)
				}
				return
			}
			var damage *CorruptError
			if !errors.As(got.err, &damage) || !strings.Contains(damage.Reason, tt.reason) {
				t.Errorf("got %v, want damage with %q", got.err, tt.reason)
			}
		})
	}
}

func flipped(line []byte) []byte {
	bad := bytes.Clone(line)
	bad[len(bad)-4] ^= 1 // in the record
	return bad
}

func upperSum(line []byte) []byte {
	at := bytes.Index(line, []byte(`"sum":"`)) + len(`"sum":"`)
	return slices.Concat(line[:at], bytes.ToUpper(line[at:at+sumLen]), line[at+sumLen:])
}

func TestOpenLeavesDamageAlone(t *testing.T) {
	data, ends := sampleBytes()
	bad := bytes.Clone(data)
	bad[ends[1]-5] ^= 1
	dir := runWith(t, bad)
	_, _, _, err := Open(dir)
	var damage *CorruptError
	if !errors.As(err, &damage) || damage.Line != 3 || damage.Path != dir+"/"+fileName || data[damage.Offset-1] != '\n' {
		t.Errorf("got %+v, want damage in line 3", err)
	}
	if !bytes.Equal(journalBytes(t, dir), bad) {
		t.Error("the file was changed")
	}
	if _, _, _, again := Open(dir); !errors.As(again, &damage) {
		t.Errorf("the failed Open kept the lock: %v", again)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	for _, text := range []string{`{"format":2,"whatever":true}` + "\n", `{"format":2}`, `{"format":17,"seq":1}`} {
		dir := runWith(t, []byte(text))
		var newer *FormatError
		if _, _, _, err := Open(dir); !errors.As(err, &newer) || newer.Format < 2 || !strings.Contains(err.Error(), "reads up to 1") {
			t.Errorf("Open of %s: %v", text, err)
		}
		if _, err := Read(dir); !errors.As(err, &newer) {
			t.Errorf("Read of %s: %v", text, err)
		}
		if _, err := Verify(dir, func([]byte) bool { return true }); !errors.As(err, &newer) {
			t.Errorf("Verify of %s: %v", text, err)
		}
	}
}
