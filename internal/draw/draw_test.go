package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is a name that would mean something to every format.
const hostile = "a\"b<script>&amp;\\n`;#]]>\x01 漢字"

func example() *Picture {
	p := New(engine.Graph{Nodes: []engine.Node{
		{ID: "lose", Name: "Lose it", Type: "command", Phase: engine.PhaseDisaster},
		{ID: "find", Name: hostile, Type: "s3_latest", Phase: engine.PhaseProcedure},
		{ID: "left", Name: "Left, with a name that is far too long for any box", Type: "command", Phase: engine.PhaseProcedure, Needs: []string{"find"}},
		{ID: "right", Name: "Right", Type: "duration", Phase: engine.PhaseProcedure, Needs: []string{"find"}},
		{ID: "far", Name: "Far", Type: "timer", Phase: engine.PhaseProcedure, Needs: []string{"right"}},
		{ID: "join", Name: "Join", Type: "verify", Phase: engine.PhaseProcedure, Needs: []string{"left", "far", "find", "lose"}},
	}}, map[string]engine.Span{"right": 20 * time.Minute, "far": 30 * time.Second})
	p.Title, p.RTO = hostile, time.Hour
	return p
}

var formats = map[string]func(*Picture, io.Writer) error{
	"txt": (*Picture).Tree, "mmd": (*Picture).Mermaid, "dot": (*Picture).Dot, "svg": (*Picture).SVG,
}

// What each format looks like, names that would mean something to it included.
func TestFormats(t *testing.T) {
	for name, write := range formats {
		var b bytes.Buffer
		if err := write(example(), &b); err != nil {
			t.Fatal(err)
		}
		path := "testdata/example." + name
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
		}
	}
}

// An SVG is XML, whatever the names are, and has a title for those who do not see it.
func TestSVGIsXML(t *testing.T) {
	var b bytes.Buffer
	if err := example().SVG(&b); err != nil {
		t.Fatal(err)
	}
	titles, dec := 0, xml.NewDecoder(&b)
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, _ := tok.(xml.StartElement)
		if start.Name.Local == "title" {
			titles++
		}
		if start.Name.Local == "script" {
			t.Error("a step's name became a script")
		}
	}
	if want := len(example().Graph.Nodes) + 1; titles != want {
		t.Errorf("%d titles, want %d: one a step and one of the whole", titles, want)
	}
}

var box = regexp.MustCompile(`<rect class="box[^"]*" x="(-?\d+)" y="(-?\d+)" width="(\d+)" height="(\d+)"`)

// No two boxes lie over each other, none outside of the picture, and every step has one.
func TestSVGBoxes(t *testing.T) {
	g := engine.Graph{}
	for i := range 60 { // layers of up to seven, with needs that skip layers
		n := engine.Node{ID: fmt.Sprint("n", i), Name: "Step", Type: "command", Phase: engine.PhaseProcedure}
		for _, back := range []int{3, 7, 20} {
			if i%4 != 0 && i-back >= 0 {
				n.Needs = append(n.Needs, fmt.Sprint("n", i-back))
			}
		}
		g.Nodes = append(g.Nodes, n)
	}
	var b bytes.Buffer
	if err := New(g, nil).SVG(&b); err != nil {
		t.Fatal(err)
	}
	size := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(b.String())
	width, height := number(t, size[1]), number(t, size[2])
	type rect struct{ x, y, w, h int }
	var all []rect
	for _, m := range box.FindAllStringSubmatch(b.String(), -1) {
		r := rect{number(t, m[1]), number(t, m[2]), number(t, m[3]), number(t, m[4])}
		if r.x < 0 || r.y < 0 || r.x+r.w > width || r.y+r.h > height {
			t.Errorf("%v lies outside of %d×%d", r, width, height)
		}
		for _, o := range all {
			if r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h {
				t.Errorf("%v lies over %v", r, o)
			}
		}
		all = append(all, r)
	}
	if len(all) != len(g.Nodes) {
		t.Errorf("%d boxes for %d steps", len(all), len(g.Nodes))
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTooLarge(t *testing.T) {
	g := engine.Graph{Nodes: make([]engine.Node, MaxDrawn+1)}
	for i := range g.Nodes {
		g.Nodes[i] = engine.Node{ID: fmt.Sprint("n", i), Phase: engine.PhaseProcedure}
	}
	if err := New(g, nil).SVG(io.Discard); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}
