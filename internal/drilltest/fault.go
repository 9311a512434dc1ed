package drilltest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/internal/labtest"
)

// patience bounds how long the tests wait for what a drill does by itself.
const patience = 10 * time.Minute

// Event is what the tests read of an event that drplan writes.
type Event struct {
	Kind string `json:"event"`
	Node string `json:"node"`
}

// Started tells the first event of a step's attempt.
func Started(node string) func(Event) bool {
	return func(ev Event) bool { return ev.Kind == "attempt_started" && ev.Node == node }
}

// KillWhen runs the drill and kills drplan by SIGKILL as soon as an event is the
// one; what is to be reached beside it may be waited for there. With more of them
// the run is resumed each time, and killed again.
func (d *Drill) KillWhen(reached ...func(Event) bool) {
	d.t.Helper()
	cmd := d.begin("jsonl")
	for _, is := range reached {
		d.killWhen(cmd, is)
		cmd = d.Command("run", "--resume", "latest", "-o", "jsonl")
	}
}

func (d *Drill) killWhen(cmd *exec.Cmd, reached func(Event) bool) {
	d.t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var ev Event
		if err := json.Unmarshal(lines.Bytes(), &ev); err == nil && reached(ev) {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // its status says more
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		d.t.Fatalf("drplan was not killed: %s\n%s", cmd.ProcessState, &log)
	}
}

// Resume goes on with the run that was killed, to its end.
func (d *Drill) Resume() Result {
	d.t.Helper()
	return d.Finish(d.Command("run", "--resume", "latest", "-o", "json"))
}

// During runs the drill, and does something once a step has started.
func (d *Drill) During(node string, do func()) Result {
	d.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if d.AwaitEvent("attempt_started", node) {
			do()
		}
	}()
	r := d.Run()
	<-done
	return r
}

// AwaitEvent waits until the journal has an event of a step.
func (d *Drill) AwaitEvent(kind, node string) bool {
	return d.Until("the journal has "+kind+" of "+node, func() bool {
		return d.journaled(func(ev Event) bool { return ev.Kind == kind && ev.Node == node })
	})
}

// Await waits until a journal among the drill's runs holds text.
func (d *Drill) Await(text string) {
	d.Until("the journal says "+text, func() bool {
		for _, data := range d.journals() {
			if strings.Contains(data, text) {
				return true
			}
		}
		return false
	})
}

// Until waits until something is so, and says whether it came to that; else the
// test has failed.
func (d *Drill) Until(what string, so func() bool) bool {
	for end := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Errorf("it never came to be that %s", what)
			return false
		}
	}
	return true
}

// journaled reports whether a journal among the drill's runs has an event.
func (d *Drill) journaled(which func(Event) bool) bool {
	for _, data := range d.journals() {
		for line := range strings.Lines(data) {
			var record struct {
				Rec Event `json:"rec"`
			}
			if json.Unmarshal([]byte(line), &record) == nil && which(record.Rec) {
				return true
			}
		}
	}
	return false
}

// journals are what there is of them, at this moment.
func (d *Drill) journals() (all []string) {
	found, _ := filepath.Glob(filepath.Join(d.Runs, "*", "journal.jsonl"))
	for _, file := range found {
		data, _ := os.ReadFile(file)
		all = append(all, string(data))
	}
	return all
}

// InterruptDuring runs the drill, and presses Ctrl-C once: when a step has started
// and ready has returned.
func (d *Drill) InterruptDuring(node string, ready func()) Result {
	d.t.Helper()
	cmd := d.Begin()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if !d.AwaitEvent("attempt_started", node) {
			return
		}
		ready()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			d.t.Error(err)
		}
	}()
	r := d.Finish(cmd)
	<-done
	return r
}

// LoseLaptop forgets the folder of runs, as a machine that is gone takes it along,
// and takes the newest run up from its mirror, to its end.
func (d *Drill) LoseLaptop() Result {
	d.t.Helper()
	if err := os.RemoveAll(d.Runs); err != nil {
		d.t.Fatal(err)
	}
	d.Runs = d.t.TempDir()
	return d.Finish(d.Command("run", "--resume", "latest", "--takeover", "--reason", "the laptop is lost", "-o", "json"))
}

// Mirror has the runs' journals kept in the lab's bucket too, and returns the folder
// in which the S3 server has them. They are removed when the test ends.
func (d *Drill) Mirror() (folder string) {
	d.t.Helper()
	prefix := labtest.Name("drplan-test-mirror")
	folder = filepath.Join(d.Lab.S3.DataDir, d.Lab.S3.Bucket, prefix)
	d.Env = append(d.Env, "DRPLAN_MIRROR=s3://"+d.Lab.S3.Bucket+"/"+prefix)
	d.t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			d.t.Error(err)
		}
	})
	return folder
}

// Mirrored waits until a mirror knows that a step has started.
func (d *Drill) Mirrored(folder, node string) bool {
	return d.Until("the mirror has the start of "+node, func() bool {
		found, _ := filepath.Glob(filepath.Join(folder, "*", "journal", "*"))
		for _, file := range found {
			data, _ := os.ReadFile(file)
			if strings.Contains(string(data), `"event":"attempt_started","node":"`+node+`"`) {
				return true
			}
		}
		return false
	})
}
