package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/drplan/drplan/report"
)

//go:embed assets
var assets embed.FS

// layout is what every page has: its title, and what the browser may do.
type layout struct {
	Title  string
	Policy string
	Style  template.HTML
	Script template.HTML
	Body   any
}

func newLayout(title string, body any) layout {
	style, script := asset("style.css"), asset("script.js")
	return layout{
		Title: title,
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'",
			digest(style), digest(script)),
		Style:  template.HTML("<style>" + style + "</style>"),    //nolint:gosec // our own file
		Script: template.HTML("<script>" + script + "</script>"), //nolint:gosec // our own file
		Body:   body,
	}
}

func asset(name string) string {
	data, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// digest is the name of an inline element in a content security policy.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// templates are parsed when the first page is written: most commands write none.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(funcs).ParseFS(assets, "assets/*.tmpl"))
})

var funcs = template.FuncMap{
	"text":     report.Plain,
	"sentence": sentence,
	"seconds":  seconds,
	"utc":      utc,
	"word":     report.StatusWord,
	"part":     func(name string, of any) part { return part{name, of} },
	"noun":     noun,

	"supportsOnly": func() string { return report.SupportsOnly },
}

// part is what a template that several pages use is given.
type part struct {
	Name string
	Of   any
}

// sentence makes one of a reason, which has neither a capital nor a full stop.
func sentence(s string) string {
	s = report.Plain(s)
	if r, size := utf8.DecodeRuneInString(s); size > 0 {
		s = string(unicode.ToUpper(r)) + s[size:]
	}
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?…") {
		return s
	}
	return s + "."
}

func seconds(s report.Seconds) string {
	if !s.Known {
		return "–"
	}
	return report.Duration(s.Duration)
}

func utc(at report.Instant) string {
	if at.IsZero() {
		return "–"
	}
	return at.Format(time.DateTime) + " UTC"
}

// noun counts things: 1 step, 3 steps.
func noun(n int, one string) string {
	if n != 1 {
		one += "s"
	}
	return fmt.Sprintf("%d %s", n, one)
}

// write fills a template; nothing is written where that fails.
func write(w io.Writer, name, title string, body any) error {
	var b bytes.Buffer
	t, err := templates().Clone()
	if err != nil {
		return err
	}
	if t, err = t.AddParseTree("body", templates().Lookup(name).Tree); err != nil {
		return err
	}
	if err := t.ExecuteTemplate(&b, "layout.tmpl", newLayout(report.Plain(title), body)); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}
