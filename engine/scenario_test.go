package engine

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata/*.txt")

// TestScenarios plays testdata/*.txt. A file is a list of blocks: commands, a
// line "----", and what comes of them. The commands are explained in
// testdata/README.md.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d scenario files, want 40 and more: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t: t}
	var got []string
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		commands, _, _ := strings.Cut(block, "\n----")
		got = append(got, commands)
		if !strings.HasPrefix(lastLine(commands), "#") {
			got[len(got)-1] += "\n----" + p.play(commands)
		}
	}
	text := strings.Join(got, "\n\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(data), text); diff != "" && !*update {
		t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
	}
}

func lastLine(s string) string { return s[strings.LastIndex(s, "\n")+1:] }

// player drives a machine by the commands of one file.
type player struct {
	t      *testing.T
	m      *Machine
	header Header
	now    Time
	quiet  bool                // answers preflights and resolves itself, and does not show them
	answer map[string]Resolved // what a resolve of the node is answered with
	events []Event             // on disk
	out    strings.Builder
}

// play runs the commands of one block and returns what came of them, a newline
// before each line.
func (p *player) play(block string) string {
	p.out.Reset()
	var lines []string
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	for i, line := range lines {
		f := strings.Fields(line)
		if f[0] == "graph" || f[0] == "plan" {
			p.plan(f, lines[i+1:])
			break
		}
		p.command(f)
	}
	if p.m != nil {
		p.ready()
		p.replayed()
	}
	if p.out.Len() == 0 {
		return "\nnothing"
	}
	return "\n" + strings.TrimSuffix(p.out.String(), "\n")
}

// ready takes what is ready until there is nothing more.
func (p *player) ready() {
	for {
		rd := p.m.Ready()
		p.events = append(p.events, rd.Events...)
		p.show(rd)
		if !p.quiet || rd.Closed || len(rd.Preflight)+len(rd.Resolve) == 0 {
			return
		}
		for _, phase := range rd.Preflight {
			p.step(PreflightResult{Phase: phase})
		}
		for _, id := range rd.Resolve {
			p.step(p.resolved(id))
		}
	}
}

func (p *player) resolved(id string) Resolved {
	if in, ok := p.answer[id]; ok {
		return in
	}
	return Resolved{Node: id, When: true}
}

func (p *player) step(in Input) {
	if err := p.m.Step(p.stamp(), in); err != nil {
		p.out.WriteString("error: " + err.Error() + "\n")
	}
}

func (p *player) stamp() Stamp {
	return Stamp{T: p.now, Wall: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(p.now)}
}

// replayed holds the state against that of a machine which knows nothing but
// what is on disk, and against its own counters counted anew.
func (p *player) replayed() {
	p.t.Helper()
	m := p.fromDisk()
	if diff := cmp.Diff(p.m.State(), m.State()); diff != "" {
		p.t.Errorf("the replayed state differs (-live +replayed):\n%s", diff)
	}
	counted := m.counters()
	m.index()
	if diff := cmp.Diff(counted, m.counters()); diff != "" {
		p.t.Errorf("counters (-kept up +counted anew):\n%s", diff)
	}
}

func (p *player) fromDisk() *Machine {
	p.t.Helper()
	events := make([]Event, len(p.events))
	for i, e := range p.events {
		b, err := EncodeEvent(e)
		if err != nil {
			p.t.Fatal(err)
		}
		if events[i], err = DecodeEvent(b); err != nil {
			p.t.Fatal(err)
		}
	}
	m, err := Replay(p.header, events)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}
