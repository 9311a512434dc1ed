package journal

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// children are what the test binary does instead of testing, when a test
// needs a second process. Each gets the arguments that follow its name.
var children = map[string]func(args []string) error{
	"hold": holdRun, "bequeath": bequeath,
}

const childEnv = "JOURNAL_TEST_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](os.Args[1:]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child prepares a process of the test binary that plays a part of children.
func child(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// startChild runs a child until it has printed a line, and returns that line.
// The child ends when the returned stdin is closed, if it reads it.
func startChild(t *testing.T, cmd *exec.Cmd) (line string, stdin io.Closer) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("child said nothing: %v", err)
	}
	return strings.TrimSpace(line), in
}

// sample is a journal with batches of one, two and three records.
var sample = [][]string{
	{`{"run":"r1"}`},
	{`{"a":1}`, `{"b":"zwei \u00fc ü"}`},
	{`[3]`},
	{`{"d":{}}`, `"e"`, `null`},
	{`{"g":7}`},
}

func toBatch(records []string) [][]byte {
	var batch [][]byte
	for _, r := range records {
		batch = append(batch, []byte(r))
	}
	return batch
}

// flat is the first n batches of the sample as one list of records.
func flat(n int) []string {
	var all []string
	for _, b := range sample[:n] {
		all = append(all, b...)
	}
	return all
}

func toStrings(records [][]byte) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r))
	}
	return all
}

// sampleBytes is the sample's file, and where each batch ends in it.
func sampleBytes() (data []byte, ends []int) {
	at := start()
	for _, b := range sample {
		data, at = at.appendBatch(data, toBatch(b))
		ends = append(ends, len(data))
	}
	return data, ends
}

// runWith makes a run's folder around given bytes of a journal.
func runWith(t testing.TB, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	setJournal(t, dir, data)
	return dir
}

func setJournal(t testing.TB, dir string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, fileName), data, fileMode); err != nil {
		t.Fatal(err)
	}
}

func journalBytes(t testing.TB, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustCreate(t testing.TB, files map[string][]byte) *Log {
	t.Helper()
	l, err := Create(filepath.Join(t.TempDir(), "runs"), "r1", []byte(sample[0][0]), files)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// mustWrite appends the rest of the sample to a log that has its header.
func mustWrite(t testing.TB, l *Log) {
	t.Helper()
	for _, b := range sample[1:] {
		if err := l.Append(toBatch(b)...); err != nil {
			t.Fatal(err)
		}
	}
}
