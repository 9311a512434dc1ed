package html

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/drplan/drplan/internal/browser"
	"github.com/drplan/drplan/report"
)

var views = map[string]browser.View{
	"phone": {Width: 360, Height: 740}, "phone-dark": {Width: 360, Height: 740, Dark: true},
	"desk": {Width: 1280, Height: 900}, "desk-dark": {Width: 1280, Height: 900, Dark: true},
}

// saved writes the pages for the browser, and pictures of them where somebody
// wants to look: DRPLAN_PICTURES names the folder.
func saved(t *testing.T, name string, page []byte) (url string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

func picture(t *testing.T, name string, data []byte) {
	t.Helper()
	dir := os.Getenv("DRPLAN_PICTURES")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// In a real browser, on a phone and on a desk, light and dark: no error, no request,
// nothing wider than the screen, no serious fault of accessibility.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	runs := recorded(t)
	bad := poison(t, runs["recovery"])
	pages := map[string]RunReport{"hostile": {Summary: report.Summarize(bad), Changes: report.ChangesSince(runs["drill"], bad)}}
	for _, name := range []string{"drill", "failed", "resumed"} {
		pages[name] = reportOf(t, name, runs)
	}
	// Not each in each way: a browser takes its time, and what may go wrong depends
	// on the page or on the screen, hardly ever on both.
	for name, looks := range map[string][]string{
		"drill": {"phone", "phone-dark", "desk", "desk-dark"}, "failed": {"phone-dark"}, "resumed": {"desk"}, "hostile": {"phone"},
	} {
		url := saved(t, name, pageOf(t, pages[name]))
		for _, look := range looks {
			t.Run(name+"/"+look, func(t *testing.T) { lookAt(t, b.Open(url, views[look]), name+"-"+look, views[look]) })
		}
	}
}

func lookAt(t *testing.T, p *browser.Page, name string, view browser.View) {
	t.Helper()
	var state struct {
		Width   int
		Title   string
		Ground  string
		Ran     bool
		Clipped []string
	}
	p.Run(`({width: document.documentElement.scrollWidth, title: document.title, ground: getComputedStyle(document.body).backgroundColor,
		ran: !document.querySelector(".filter").hidden,
		clipped: [...document.querySelectorAll("main p, main dd, main h2, main h3, .figure *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, svg")).map(e => e.outerHTML.slice(0, 200))})`, &state)
	if state.Width > view.Width || len(state.Clipped) > 0 {
		t.Errorf("the page is %d wide, %d are on the screen; %q reach out of it", state.Width, view.Width, state.Clipped)
	}
	if !state.Ran {
		t.Error("the page's script did not run")
	}
	if dark := state.Ground != "rgb(255, 255, 255)"; dark != view.Dark {
		t.Errorf("the ground is %s", state.Ground)
	}
	picture(t, name+".png", p.Picture())
	checked, violations := p.Accessibility()
	if checked < 20 {
		t.Errorf("only %d rules of accessibility were looked at", checked)
	}
	for _, v := range violations {
		if v.Impact == "serious" || v.Impact == "critical" || v.Impact == "moderate" {
			t.Errorf("%s", v)
		}
	}
	for _, e := range p.Errors() {
		t.Errorf("the console says: %s", e)
	}
	for _, r := range p.Requests() {
		t.Errorf("the page asked for %s", r)
	}
}

// The keyboard reaches the timeline and shows what the mouse would; the filter
// leaves what was asked for.
func TestScript(t *testing.T) {
	b := browser.Start(t)
	runs := recorded(t)
	p := b.Open(saved(t, "failed", pageOf(t, reportOf(t, "failed", runs))), views["desk"])
	var tip string
	p.Run(`document.querySelector("[data-tip]").focus(); const tip = document.getElementById("tip"); tip.hidden ? "" : tip.textContent`, &tip)
	if want := "lose: succeeded"; len(tip) < len(want) || tip[:len(want)] != want {
		t.Errorf("the tip says %q", tip)
	}
	p.Press("Escape")
	p.Run(`document.getElementById("tip").hidden ? "" : "it stays"`, &tip)
	if tip != "" {
		t.Error("Escape leaves the tip")
	}
	var state struct {
		Rows   int
		Status string
	}
	count := `({rows: document.querySelectorAll("#steps tr.step:not([hidden])").length, status: document.getElementById("shown").textContent})`
	for script, want := range map[string]int{
		`find.value = "canary"`:                            1,
		`find.value = ""`:                                  7,
		`find.value = "TIMED out nowhere"`:                 0,
		`find.value = ""; show.value = "other"`:            6,
		`find.value = ""; show.value = "critical"`:         2,
		`find.value = "restore velero"; show.value = ""`:   1,
		`find.value = "<script>alert(1)"; show.value = ""`: 1,
	} {
		p.Run(`{const find = document.getElementById("find"), show = document.getElementById("show"); show.value = ""; `+script+
			`; find.dispatchEvent(new Event("input")); show.dispatchEvent(new Event("change")); 0}`, nil)
		p.Run(count, &state)
		if state.Rows != want || state.Status != fmt.Sprintf("%d of 7 rows", want) {
			t.Errorf("%s: %d rows, %q, want %d", script, state.Rows, state.Status, want)
		}
	}
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// It prints: a few pages, with text on them.
func TestPrint(t *testing.T) {
	b := browser.Start(t)
	runs := recorded(t)
	for _, name := range []string{"drill", "resumed"} {
		p := b.Open(saved(t, name, pageOf(t, reportOf(t, name, runs))), views["desk-dark"])
		pdf := p.PDF()
		p.Print()
		var ground string
		p.Run(`getComputedStyle(document.documentElement).getPropertyValue("--paper")`, &ground)
		if ground != "#fff" {
			t.Errorf("what is printed has the ground %s", ground)
		}
		picture(t, name+"-print.png", p.Picture())
		picture(t, name+".pdf", pdf)
		if pages := len(pdfPage.FindAll(pdf, -1)); !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 20_000 || pages < 3 || pages > 10 {
			t.Errorf("%s prints %d bytes on %d pages", name, len(pdf), pages)
		}
	}
}
