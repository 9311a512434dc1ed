package evidence

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// State says how a journal was closed.
type State string

// The states.
const (
	Ended   State = "ended"
	Stopped State = "stopped" // in doubt or interrupted: the run can go on
)

// Checkpoint is what a signature says about a run.
type Checkpoint struct {
	Run     string
	Records int64
	Head    string // sum of the last record, 64 hex digits
	Bytes   int64  // of the journal's file up to there
	SHA256  string // of these bytes, hex
	Plans   []string
	Started time.Time
	Last    time.Time
	State   State
	Signer  string // fingerprint
	By      string // user@host
	Signed  time.Time
}

const checkpointV1 = "drplan.dev/checkpoint/v1"

// text is the checkpoint as it is signed.
func (c Checkpoint) text() string {
	var b strings.Builder
	line := func(key, value string) { b.WriteString(key + " " + value + "\n") }
	b.WriteString(checkpointV1 + "\n")
	line("run", c.Run)
	line("records", strconv.FormatInt(c.Records, 10))
	line("head", c.Head)
	line("bytes", strconv.FormatInt(c.Bytes, 10))
	line("sha256", c.SHA256)
	for _, plan := range c.Plans {
		line("plan", plan)
	}
	line("started", instant(c.Started))
	line("last", instant(c.Last))
	line("state", string(c.State))
	line("signer", c.Signer)
	line("by", oneLine(c.By))
	line("signed", instant(c.Signed))
	return b.String()
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// oneLine keeps what people are called from being read as another line.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == ' ' }), " ")
}

// parseCheckpoint reads what text wrote, and nothing else.
func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != checkpointV1 {
		return c, fmt.Errorf("line 1: it is not %s; a later drplan may know it", checkpointV1)
	}
	for i, line := range lines[1:] {
		key, value, _ := strings.Cut(line, " ")
		if err := c.set(key, value); err != nil {
			return c, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	if c.text() != text {
		return c, errors.New("its lines are not those of a checkpoint, in their order")
	}
	return c, nil
}

func (c *Checkpoint) set(key, value string) (err error) {
	switch key {
	case "run":
		c.Run = value
	case "records":
		c.Records, err = strconv.ParseInt(value, 10, 64)
	case "head":
		c.Head = value
	case "bytes":
		c.Bytes, err = strconv.ParseInt(value, 10, 64)
	case "sha256":
		c.SHA256 = value
	case "plan":
		c.Plans = append(c.Plans, value)
	case "started":
		c.Started, err = time.Parse(time.RFC3339Nano, value)
	case "last":
		c.Last, err = time.Parse(time.RFC3339Nano, value)
	case "state":
		c.State = State(value)
	case "signer":
		c.Signer = value
	case "by":
		c.By = value
	case "signed":
		c.Signed, err = time.Parse(time.RFC3339Nano, value)
	default:
		err = fmt.Errorf("a checkpoint has no line %q", key)
	}
	return err
}
