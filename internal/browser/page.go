package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// View is how a page is looked at.
type View struct {
	Width, Height int
	Dark          bool
}

// Page is an open page.
type Page struct {
	b       *Browser
	session string
	url     string
}

type object = map[string]any

// Open opens a page, and returns when it has been loaded. Its content security
// policy holds for the page, but not for what Run runs.
func (b *Browser) Open(url string, v View) *Page {
	b.t.Helper()
	var target struct{ TargetID string }
	b.do("", "Target.createTarget", object{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.do("", "Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}, &attached)
	p := &Page{b: b, session: attached.SessionID, url: url}
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.do(domain+".enable", nil, nil)
	}
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	p.do("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	p.do("Emulation.setDeviceMetricsOverride", object{"width": v.Width, "height": v.Height, "deviceScaleFactor": 1, "mobile": v.Width < 600}, nil)
	p.do("Page.navigate", object{"url": url}, nil)
	p.await("Page.loadEventFired")
	return p
}

func (p *Page) do(method string, params, into any) {
	p.b.t.Helper()
	p.b.do(p.session, method, params, into)
}

// await waits until something has happened in the page.
func (p *Page) await(method string) {
	p.b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if len(p.events(method)) > 0 {
			return
		}
	}
	p.b.t.Fatalf("%s: %s did not happen within %s", p.url, method, patience)
}

func (p *Page) events(methods ...string) (out []json.RawMessage) {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	for _, e := range p.b.seen[p.session] {
		for _, m := range methods {
			if e.Method == m {
				out = append(out, e.Params)
			}
		}
	}
	return out
}

// Errors lists what the page wrote to the console, exceptions, and what the
// browser complained about, such as a violated policy.
func (p *Page) Errors() (out []string) {
	for _, raw := range p.events("Runtime.consoleAPICalled", "Runtime.exceptionThrown") {
		out = append(out, string(raw))
	}
	for _, raw := range p.events("Log.entryAdded") {
		var e struct{ Entry struct{ Level, Text string } }
		if json.Unmarshal(raw, &e) != nil || e.Entry.Level == "error" || e.Entry.Level == "warning" {
			out = append(out, string(raw))
		}
	}
	return out
}

// Requests lists what the page asked for beside itself. Data in the page itself
// needs no network and is no request.
func (p *Page) Requests() (out []string) {
	for _, raw := range p.events("Network.requestWillBeSent") {
		var e struct{ Request struct{ URL string } }
		if json.Unmarshal(raw, &e) == nil && e.Request.URL != p.url && !strings.HasPrefix(e.Request.URL, "data:") {
			out = append(out, e.Request.URL)
		}
	}
	return out
}

// Run runs a script in the page, waits for its promise if it gives one, and reads
// its value into what is pointed to.
func (p *Page) Run(script string, into any) {
	p.b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	p.do("Runtime.evaluate", object{"expression": script, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		p.b.t.Fatalf("%s: the script failed: %s", p.url, r.ExceptionDetails)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(r.Result.Value, into); err != nil {
		p.b.t.Fatal(fmt.Errorf("the script's value %s: %w", r.Result.Value, err))
	}
}

// Press presses a key, such as Tab.
func (p *Page) Press(key string) {
	p.b.t.Helper()
	for _, what := range []string{"keyDown", "keyUp"} {
		p.do("Input.dispatchKeyEvent", object{"type": what, "key": key, "code": key, "windowsVirtualKeyCode": map[string]int{"Tab": 9, "Escape": 27}[key]}, nil)
	}
}

// Print shows the page as it is printed.
func (p *Page) Print() {
	p.b.t.Helper()
	p.do("Emulation.setEmulatedMedia", object{"media": "print"}, nil)
}

// Picture is the whole page as PNG.
func (p *Page) Picture() []byte {
	p.b.t.Helper()
	return p.data("Page.captureScreenshot", object{"captureBeyondViewport": true})
}

// PDF is the page as it prints on A4.
func (p *Page) PDF() []byte {
	p.b.t.Helper()
	return p.data("Page.printToPDF", object{"preferCSSPageSize": false, "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": false})
}

func (p *Page) data(method string, params object) []byte {
	p.b.t.Helper()
	var r struct{ Data []byte }
	p.do(method, params, &r)
	return r.Data
}
