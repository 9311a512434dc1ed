package html

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/drplan/drplan/internal/browser"
	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
	"github.com/drplan/drplan/report/period/periodtest"
)

func quarter(t *testing.T, change func(manyruns.Recording) manyruns.Recording, o period.Options) *period.Report {
	t.Helper()
	list, err := periodtest.Journals("../testdata", change)
	if err != nil {
		t.Fatal(err)
	}
	return period.Fold(slices.Values(list), o.Span).Report(o)
}

func periodPageOf(t *testing.T, r *period.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Period(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostileQuarter is a quarter in which every text wants out of where it is put.
func hostileQuarter(t *testing.T) *period.Report {
	t.Helper()
	change := func(r manyruns.Recording) manyruns.Recording {
		for _, s := range []string{`"scenario":"`, `"title":"`, `"procedure":"`, `"error":"`, `"reason":"`, `"version":"`, `"path":"`} {
			r = r.Replace(s, s+`\"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\u001b[31m`)
		}
		return r
	}
	o := periodtest.Options()
	o.Source, o.Span.Name = hostile, hostile
	o.Attention = []period.Attention{{Kind: period.KindMissing, Run: hostile, Text: hostile}}
	o.Findings = []report.Finding{{ID: hostile, Title: hostile, Run: hostile, Step: hostile, Severity: hostile, Owner: hostile, State: hostile, Resolution: hostile, Note: hostile}}
	o.Stored = func(string, string) (*period.Plan, error) {
		p := periodtest.Plan()
		p.Path, p.Version, p.SHA256 = hostile, hostile, hostile
		for i := range p.Drills {
			p.Drills[i].ID, p.Drills[i].Name, p.Drills[i].CannotRun = hostile+fmt.Sprint(i), hostile, hostile
		}
		p.Procedures[0].Name, p.Procedures[0].Tier, p.Tiers[0].Name = hostile, hostile, hostile
		return p, nil
	}
	return quarter(t, change, o)
}

func TestPeriodGolden(t *testing.T) {
	page := periodPageOf(t, quarter(t, nil, periodtest.Options()))
	for _, file := range []string{"style.css", "script.js"} {
		page = bytes.Replace(page, []byte(asset(file)), []byte("…"), 1)
		page = bytes.Replace(page, []byte(digestOf(asset(file))), []byte("…"), 1)
	}
	file := filepath.Join("testdata", "quarter.html")
	if *update {
		if err := os.WriteFile(file, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(page)); diff != "" {
		t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
	}
}

// Text stays text: no element and no attribute comes of it.
func TestPeriodHostile(t *testing.T) {
	page := periodPageOf(t, hostileQuarter(t))
	scripts := 0
	for _, e := range elements(t, page) {
		switch e.name {
		case "script":
			scripts++
		case "img", "iframe", "object", "embed", "base", "form", "image", "use", "foreignobject":
			t.Errorf("text became an element <%s>", e.name)
		}
		for key, value := range e.attr {
			if strings.HasPrefix(key, "on") || key == "style" || key == "src" || key == "href" && !strings.HasPrefix(value, "#") && value != "data:," {
				t.Errorf("<%s %s=%q>", e.name, key, value)
			}
		}
	}
	if scripts != 1 || bytes.ContainsAny(page, "\u202e\x1b\x00") {
		t.Errorf("%d scripts, or control characters", scripts)
	}
}

// Tags are closed, ids unique, links lead somewhere, headings go down by one, tables
// have a caption, headers a scope and pictures a text.
func TestPeriodStructure(t *testing.T) {
	o := periodtest.Options()
	o.Plan = periodtest.Plan()
	empty := period.Fold(slices.Values([]period.Journal(nil)), o.Span).Report(period.Options{Span: o.Span, Now: o.Now})
	for name, r := range map[string]*period.Report{"year": quarter(t, nil, periodtest.Options()), "one plan": quarter(t, nil, o), "empty": empty, "hostile": hostileQuarter(t)} {
		page := periodPageOf(t, r)
		wellFormed(t, name, page)
		structure(t, name, page)
		for _, bad := range []string{"NaN", "ZgotmplZ", "<no value>", "%!"} {
			if bytes.Contains(page, []byte(bad)) {
				t.Errorf("%s: the page has %s", name, bad)
			}
		}
	}
}

// The figures of the page are those of the report.
func TestPeriodFigures(t *testing.T) {
	r := quarter(t, nil, periodtest.Options())
	doc, err := html.Parse(bytes.NewReader(periodPageOf(t, r)))
	if err != nil {
		t.Fatal(err)
	}
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") } // between cells there is nothing
	text := bare(textOf(doc))
	for _, want := range []string{"3 of 4 planned", "3 of 7 met", "2 missed, 2 did not recover", "1 their day is over", "Runs 11, of them 7 drills and 1 recovery done; 2 failed, 1 refused, 2 not ended; in /var/lib/drplan/runs"} {
		if !strings.Contains(text, bare(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, p := range r.Plans {
		for _, run := range p.Runs {
			if !strings.Contains(text, run.ID) || !strings.Contains(text, run.Evidence.Sum) {
				t.Errorf("the page lacks %s", run.ID)
			}
		}
		for _, s := range p.Slower() {
			if want := fmt.Sprintf("%s %s %s %s %s %s %.0f %% %d %d", s.Step, s.Type, s.Scenario, s.Phase, seconds(s.Before), seconds(s.Now), s.By(), s.RunsThen, s.RunsNow); !strings.Contains(text, bare(want)) {
				t.Errorf("the page lacks %q", want)
			}
		}
	}
}

// A real browser has nothing to complain of, on a phone and on a desk, light and dark.
func TestPeriodBrowser(t *testing.T) {
	b := browser.Start(t)
	r := quarter(t, nil, periodtest.Options())
	url := saved(t, "quarter", periodPageOf(t, r))
	for _, look := range []string{"phone", "phone-dark", "desk", "desk-dark"} {
		t.Run(look, func(t *testing.T) { lookAt(t, b.Open(url, views[look]), "quarter-"+look, views[look]) })
	}
	t.Run("tables", func(t *testing.T) { tablesFit(t, b, url) })
	t.Run("hostile", func(t *testing.T) {
		lookAt(t, b.Open(saved(t, "hostile", periodPageOf(t, hostileQuarter(t))), views["phone"]), "quarter-hostile", views["phone"])
	})
}

// On a desk nobody has to scroll a trend or the coverage sideways; on a phone a caption is not cut where
// its table is wider than the screen.
func tablesFit(t *testing.T, b *browser.Browser, url string) {
	var cut []string
	b.Open(url, views["desk"]).Run(`[...document.querySelectorAll("#trend .scroll, #coverage .scroll")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.scrollWidth + " of " + e.clientWidth)`, &cut)
	if len(cut) > 0 {
		t.Errorf("tables are cut on a desk: %q", cut)
	}
	b.Open(url, views["phone"]).Run(`[...document.querySelectorAll(".scroll caption")].filter(e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().right > e.closest(".scroll").getBoundingClientRect().right + 1 }).map(e => e.textContent)`, &cut)
	if len(cut) > 0 {
		t.Errorf("captions are cut on a phone: %q", cut)
	}
}

// What the browser shows is what the report says: every row of every trend, and every
// point of a picture stands as high as its value asks for.
func TestPeriodPictures(t *testing.T) {
	b := browser.Start(t)
	r := quarter(t, nil, periodtest.Options())
	p := b.Open(saved(t, "quarter", periodPageOf(t, r)), views["desk"])
	var rows [][]string
	p.Run(`[...document.querySelectorAll("#trend tbody tr")].map(r => [...r.children].map(c => c.textContent.trim()))`, &rows)
	var want [][]string
	page := newPeriodPage(r)
	for _, plan := range r.Plans {
		for _, s := range plan.Scenarios {
			for _, pt := range s.Trend {
				want = append(want, []string{pt.At.Format("2006-01-02 15:04"), report.StatusWord(string(pt.Result)), page.Told(pt.RTO),
					page.Told(pt.RPO), report.Plain(pt.Reasons())})
			}
		}
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("-report +page:\n%s", diff)
	}
	var charts []struct {
		Points []struct {
			Y     float64
			Title string
		}
		Floor float64
	}
	p.Run(`[...document.querySelectorAll(".trend > svg")].map(s => ({floor: +s.querySelector("line.tick").getAttribute("y1"),
		points: [...s.querySelectorAll(".point")].map(c => ({y: +c.getAttribute("y"), title: c.querySelector("title").textContent}))}))`, &charts)
	if len(charts) != 4 {
		t.Fatalf("%d pictures", len(charts))
	}
	var etcd []float64
	for _, c := range charts[0].Points { // the RTO of the etcd drill
		etcd = append(etcd, charts[0].Floor-c.Y)
	}
	last := len(etcd) - 1
	if r := etcd[last] / etcd[0]; len(etcd) != 9 || r < 1.4 || r > 1.6 { // it was made to be half as long again
		t.Errorf("the last point is %.2f times as high as the first: %v", r, etcd)
	}
}

// It prints: on a few pages, with text on them.
func TestPeriodPrint(t *testing.T) {
	b := browser.Start(t)
	p := b.Open(saved(t, "quarter", periodPageOf(t, quarter(t, nil, periodtest.Options()))), views["desk-dark"])
	pdf := p.PDF()
	picture(t, "quarter.pdf", pdf)
	p.Print()
	picture(t, "quarter-print.png", p.Picture())
	if pages := len(pdfPage.FindAll(pdf, -1)); !bytes.HasPrefix(pdf, []byte("%PDF-")) || pages < 3 || pages > 12 {
		t.Errorf("%d bytes on %d pages", len(pdf), pages)
	}
}
