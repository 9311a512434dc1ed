package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// element is one of a page, with its attributes and its text.
type element struct {
	name string
	attr map[string]string
	text string

	hidden bool // from those who do not see: it, or what it is in
}

// elements reads a page as a browser does.
func elements(t *testing.T, page []byte) []element {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []element
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		e := element{name: n.Data, attr: map[string]string{}, text: textOf(n)}
		for _, a := range n.Attr {
			e.attr[a.Key] = a.Val
		}
		e.hidden = hidden(n)
		all = append(all, e)
	}
	return all
}

func hidden(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		for _, a := range n.Attr {
			if a.Key == "aria-hidden" {
				return true
			}
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Every tag that is opened is closed, in its order: browsers mend what is not, each
// in its own way.
func TestWellFormed(t *testing.T) {
	runs := recorded(t)
	for name := range runs {
		wellFormed(t, name, pageOf(t, reportOf(t, name, runs)))
	}
}

func wellFormed(t *testing.T, name string, page []byte) {
	t.Helper()
	void := []string{"meta", "link", "input", "hr"}
	var open []string
	z := html.NewTokenizer(bytes.NewReader(page))
	for z.Next() != html.ErrorToken {
		switch tok := z.Token(); {
		case tok.Type == html.StartTagToken && !slices.Contains(void, tok.Data):
			open = append(open, tok.Data)
		case tok.Type == html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("%s: </%s> closes %v", name, tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: %v stay open", name, open)
	}
}

// Ids are unique and links lead somewhere, headings go down by one, tables have
// captions and headers with a scope, pictures have a text or are hidden.
func TestStructure(t *testing.T) {
	runs := recorded(t)
	for name := range runs {
		structure(t, name, pageOf(t, reportOf(t, name, runs)))
	}
}

func structure(t *testing.T, name string, page []byte) {
	t.Helper()
	ids, level, tables, captions := map[string]bool{}, 0, 0, 0
	all := elements(t, page)
	for _, e := range all {
		if id := e.attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("%s: two elements have the id %s", name, id)
			}
			ids[id] = true
		}
		switch e.name {
		case "h1", "h2", "h3", "h4":
			if now := int(e.name[1] - '0'); now > level+1 {
				t.Errorf("%s: %s %q comes after h%d", name, e.name, e.text, level)
			} else {
				level = now
			}
		case "table":
			tables++
		case "caption":
			captions++
		case "th":
			if e.attr["scope"] == "" {
				t.Errorf("%s: the header %q has no scope", name, e.text)
			}
		case "svg":
			if !e.hidden && e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "" {
				t.Errorf("%s: a picture without a text: %v", name, e.attr)
			}
		}
	}
	for _, e := range all {
		if to, is := strings.CutPrefix(e.attr["href"], "#"); is && !ids[to] {
			t.Errorf("%s: a link leads to #%s, which is not there", name, to)
		}
	}
	if tables == 0 || tables != captions {
		t.Errorf("%s: %d tables with %d captions", name, tables, captions)
	}
}

// Nothing runs, and nothing is fetched, but the page's own style and script.
func TestHostile(t *testing.T) {
	runs := recorded(t)
	for name, run := range runs {
		run := poison(t, run)
		s := report.Summarize(run)
		if s.Result == report.Unreadable {
			t.Fatalf("%s: %s", name, s.Reason)
		}
		s.Findings = []report.Finding{{ID: hostile, Title: hostile, Run: hostile, Step: hostile, Severity: hostile, Owner: hostile, State: hostile, Resolution: hostile, Note: hostile}}
		page := pageOf(t, RunReport{Summary: s, Changes: report.ChangesSince(runs["drill"], run)})
		scripts, styles := 0, 0
		for _, e := range elements(t, page) {
			switch e.name {
			case "script":
				scripts++
			case "style":
				styles++
			case "img", "iframe", "object", "embed", "base", "form", "image", "use", "foreignobject":
				t.Errorf("%s: text became an element <%s>", name, e.name)
			}
			for key, value := range e.attr {
				if strings.HasPrefix(key, "on") || key == "style" || key == "src" || key == "xlink:href" ||
					key == "href" && !strings.HasPrefix(value, "#") && value != "data:," {
					t.Errorf("%s: <%s %s=%q>", name, e.name, key, value)
				}
			}
		}
		if scripts != 1 || styles != 1 {
			t.Errorf("%s: %d scripts and %d styles", name, scripts, styles)
		}
		for _, bad := range []string{"\x1b", "\x00", "\u202e", "<script>alert", "<img"} {
			if bytes.Contains(page, []byte(bad)) {
				t.Errorf("%s: %q got through", name, bad)
			}
		}
		if n := bytes.Count(page, []byte("alert(1)")); n < 20 {
			t.Errorf("%s: the hostile text is in the page only %d times", name, n)
		}
	}
}

// The policy names the digests of what is in the page, and allows nothing else.
func TestPolicy(t *testing.T) {
	runs := recorded(t)
	policy, style, script := "", "", ""
	root, err := html.Parse(bytes.NewReader(pageOf(t, reportOf(t, "drill", runs))))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch {
		case n.Data == "meta" && len(n.Attr) == 2 && n.Attr[0].Val == "Content-Security-Policy":
			policy = n.Attr[1].Val
		case n.Data == "style":
			style = n.FirstChild.Data
		case n.Data == "script":
			script = n.FirstChild.Data
		}
	}
	want := fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'", digest(style), digest(script))
	if policy != want || len(style) < 1000 || len(script) < 1000 {
		t.Errorf("the policy is\n%s\nwant\n%s", policy, want)
	}
}

// The figures of the page are those of the summary's JSON.
func TestFigures(t *testing.T) {
	runs := recorded(t)
	measured := 0
	for name := range runs {
		r := reportOf(t, name, runs)
		var b bytes.Buffer
		if err := report.JSON(&b, r.Summary); err != nil {
			t.Fatal(err)
		}
		var s struct {
			RTO, RPO struct {
				Actual, Target *float64
				ActualSeconds  *float64 `json:"actual_seconds"`
				TargetSeconds  *float64 `json:"target_seconds"`
			}
			Steps []struct {
				Name     string
				Duration *float64 `json:"duration_seconds"`
			}
		}
		if err := json.Unmarshal(b.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		var values, rows []string
		for _, e := range elements(t, pageOf(t, r)) {
			if e.name == "p" && e.attr["class"] == "value" {
				values = append(values, strings.TrimPrefix(e.text, "≈ "))
			}
			if e.name == "tr" && e.attr["class"] != "" && strings.HasPrefix(e.attr["class"], "step") && !strings.Contains(e.attr["class"], "instance") {
				rows = append(rows, e.text)
			}
		}
		want := []string{inWords(s.RTO.ActualSeconds) + " of " + inWords(s.RTO.TargetSeconds), inWords(s.RPO.ActualSeconds) + " of " + inWords(s.RPO.TargetSeconds)}
		if !slices.Equal(values, want) {
			t.Errorf("%s: the page says %q, the summary %q", name, values, want)
		}
		if s.RTO.ActualSeconds != nil {
			measured++
		}
		if len(rows) != len(s.Steps) {
			t.Errorf("%s: %d rows of %d steps", name, len(rows), len(s.Steps))
		}
		for _, step := range s.Steps {
			if !slices.ContainsFunc(rows, func(row string) bool {
				return strings.Contains(row, report.Plain(step.Name)) && strings.Contains(row, inWords(step.Duration))
			}) {
				t.Errorf("%s: no row says that %s took %s", name, step.Name, inWords(step.Duration))
			}
		}
	}
	if measured < 3 {
		t.Errorf("only %d runs were measured", measured)
	}
}

func inWords(seconds *float64) string {
	if seconds == nil {
		return "–"
	}
	return report.Duration(time.Duration(*seconds * float64(time.Second)).Round(time.Millisecond))
}

// A picture is within its frame: nothing begins before it or ends behind it.
func TestGanttFits(t *testing.T) {
	var at, width float64
	for name, run := range recorded(t) {
		g := newGantt(report.Summarize(run))
		if g == nil {
			if name != "refused" {
				t.Errorf("%s has no timeline", name)
			}
			continue
		}
		blocks, bars := slices.Clone(g.Down), 0
		for _, p := range g.Phases {
			for _, r := range p.Rows {
				blocks, bars = append(blocks, r.Blocks...), bars+len(r.Blocks)
			}
		}
		for _, b := range blocks {
			if _, err := fmt.Sscanf(b.At+" "+b.Width, "%f%% %f%%", &at, &width); err != nil || at < 0 || width < 0.3 || at+width > 100.001 {
				t.Errorf("%s: a bar at %s of %s (%s) %v", name, b.At, b.Width, b.Title, err)
			}
		}
		for _, l := range g.Lines {
			if _, err := fmt.Sscanf(l.At, "%f%%", &at); err != nil || at < 0 || at > 100 {
				t.Errorf("%s: the line %s is at %s", name, l.Letter, l.At)
			}
		}
		if n := len(g.Ticks); n < 1 || n > 12 || bars == 0 {
			t.Errorf("%s: %d ticks, %d bars", name, n, bars)
		}
	}
}

// Of runs of any length the ticks fit.
func TestTicks(t *testing.T) {
	for length := time.Microsecond; length < 1000*time.Hour; length = length * 3 / 2 {
		g := &gantt{}
		g.ticks(scale{-length / 3, length})
		if n := len(g.Ticks); n > 2*mostTicks || n < 1 {
			t.Errorf("%s has %d ticks", length, n)
		}
	}
}

// Names that the recorded runs have not: an empty run writes a page, too.
func TestEmpty(t *testing.T) {
	h := engine.Header{Format: engine.Format, RunID: "r", Mode: engine.ModeDrill}
	page := pageOf(t, RunReport{Summary: report.Summarize(&report.Run{Header: h})})
	if !bytes.Contains(page, []byte("<h1>")) {
		t.Error("no heading")
	}
}

// A page of a thousand steps is made in a moment; one of more has no picture of the
// graph, and says so.
func TestLarge(t *testing.T) {
	for _, steps := range []int{1000, 1001} {
		h := engine.Header{Format: engine.Format, RunID: "large", Mode: engine.ModeDrill}
		for i := range steps {
			n := engine.Node{ID: fmt.Sprint("n", i), Name: fmt.Sprint("Step ", i), Type: "command", Phase: engine.PhaseProcedure, Timeout: time.Hour}
			if i >= 8 {
				n.Needs = []string{fmt.Sprint("n", i-8)}
			}
			h.Graph.Nodes = append(h.Graph.Nodes, n)
		}
		s := report.Summarize(&report.Run{Header: h, Events: []engine.Event{{Seq: 1, T: time.Second, Wall: time.Unix(1, 0), Kind: engine.RunStarted}}})
		page := pageOf(t, RunReport{Summary: s})
		if pictured := bytes.Contains(page, []byte(`class="graph"`)); pictured != (steps == 1000) {
			t.Errorf("%d steps: a picture: %v", steps, pictured)
		}
		if none := bytes.Contains(page, []byte("There is no picture")); none != (steps > 1000) {
			t.Errorf("%d steps: says that there is no picture: %v", steps, none)
		}
		if len(page) > 4<<20 {
			t.Errorf("%d steps make a page of %d bytes", steps, len(page))
		}
		t.Logf("%d steps: %d bytes", steps, len(page))
	}
}
