package draw

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/browser"
)

// In a real browser no name leaves its box, whatever it is written in: nothing is drawn
// beside it, and of usual names no letter is cut.
func TestTextsStayInTheirBoxes(t *testing.T) {
	var g engine.Graph
	for _, name := range []string{
		"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", "RESTORE-THE-CLUSTER-OF-EVERYTHING-AT-ONCE",
		"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", "🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒🚒", "Шшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшшш", "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
		"Restore the objects and the volumes of everything", "0123456789012345678901234567890123456789", "﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽﷽",
	} {
		g.Nodes = append(g.Nodes, engine.Node{ID: name, Name: name, Type: "velero_restore", Phase: engine.PhaseProcedure})
	}
	p := New(g, nil)
	p.Path = map[string]bool{g.Nodes[0].ID: true}
	file := filepath.Join(t.TempDir(), "graph.svg")
	var b strings.Builder
	if err := p.SVG(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Clipped int
		Cut     []string
	}
	browser.Start(t).Open("file://"+file, browser.View{Width: 1200, Height: 900}).Run(`({clipped: [...document.querySelectorAll("g > svg")].filter(e => getComputedStyle(e).overflow == "hidden"
			&& e.x.baseVal.value + e.width.baseVal.value < e.previousSibling.x.baseVal.value + e.previousSibling.width.baseVal.value).length,
		cut: [...document.querySelectorAll("g text")].filter(e => e.getBBox().width > e.parentNode.width.baseVal.value).map(e => e.textContent)})`, &seen)
	if seen.Clipped != len(g.Nodes) {
		t.Errorf("%d of %d boxes hold their texts", seen.Clipped, len(g.Nodes))
	}
	for _, text := range seen.Cut {
		if !strings.Contains(text, "﷽") { // one letter, as wide as a line
			t.Errorf("cut by its box: %q", text)
		}
	}
}

func TestFit(t *testing.T) {
	for text, want := range map[string]string{"short": "short", "exactly what is too long": "exactly…", "": ""} {
		if got := fit(text, 80, 13); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// What stands under a picture is all there, however narrow the picture is.
func TestFootIsWhole(t *testing.T) {
	p := New(engine.Graph{Nodes: []engine.Node{
		{ID: "a", Name: "Restore", Type: "command", Phase: engine.PhaseProcedure},
		{ID: "b", Name: "Verify", Type: "command", Phase: engine.PhaseProcedure, Needs: []string{"a"}},
		{ID: "c", Name: "Wait", Type: "timer", Phase: engine.PhaseProcedure, Needs: []string{"b"}},
	}}, map[string]engine.Span{"c": 20 * time.Minute})
	p.RTO = time.Hour
	c, err := p.draw("")
	if err != nil {
		t.Fatal(err)
	}
	foot := regexp.MustCompile(`<text class="small" x="12" y="(\d+)">([^<]*)</text>`).FindAllStringSubmatch(c.document(), -1)
	high := regexp.MustCompile(`viewBox="0 0 \d+ (\d+)"`).FindStringSubmatch(c.document())
	height, _ := strconv.Atoi(high[1])
	var all []string
	for _, m := range foot {
		said := html.UnescapeString(m[2])
		if y, _ := strconv.Atoi(m[1]); y > height-4 || width(said)*smallSize > float64(c.width-2*margin) {
			t.Errorf("%q is cut off, at %s of %d", said, m[1], height)
		}
		all = append(all, said)
	}
	if len(all) < 2 || strings.Join(all, " ") != c.about() {
		t.Errorf("under the picture stands %q, want all of %q in several lines", all, c.about())
	}
}
