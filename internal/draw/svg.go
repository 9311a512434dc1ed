package draw

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode"

	"github.com/drplan/drplan/engine"
)

// MaxDrawn is the number of steps that an SVG takes: nobody reads larger pictures.
const MaxDrawn = 1000

// ErrTooLarge is returned for a graph of more steps than MaxDrawn.
var ErrTooLarge = errors.New("the graph is too large for a picture")

// Lengths in pixels.
const (
	boxWidth, boxHeight = 284, 46
	gapX, gapY          = 20, 26
	bandPad, bandHead   = 16, 26
	margin              = 12
	textPad             = 10
	textWidth           = boxWidth - 2*textPad
	nameSize, smallSize = 13, 11 // of the letters, as the style says
)

// style follows the reader's light or dark mode.
const style = `
.band{fill:#f3f4f6}.box{fill:#fff;stroke:#9ca3af;stroke-width:1.5}.on{stroke:#1d4ed8;stroke-width:3}
.edge{fill:none;stroke:#6b7280;stroke-width:1.5}text{font:13px system-ui,sans-serif;fill:#111827}
.small{font-size:11px;fill:#4b5563}.head{font-size:12px;font-weight:600;fill:#374151}
@media (prefers-color-scheme:dark){.page{fill:#111827}.band{fill:#1f2937}.box{fill:#111827;stroke:#6b7280}.on{stroke:#93c5fd}
.edge{stroke:#9ca3af}text{fill:#f9fafb}.small{fill:#d1d5db}.head{fill:#e5e7eb}}
`

// canvas is an SVG on its way.
type canvas struct {
	*Picture
	bands, edges, boxes strings.Builder
	width, y            int
	prefix              string // of ids, so that several pictures fit one page
}

// SVG writes the picture as a document of its own: phases from top to bottom, in
// each the steps in rows, every step below what it needs.
func (p *Picture) SVG(w io.Writer) error {
	c, err := p.draw("")
	if err == nil {
		_, err = io.WriteString(w, c.document())
	}
	return err
}

// Inline writes the picture for a page of HTML, whose style sheet gives it its
// looks: the classes are page, band, box, on, bad, edge, tip, small and head.
// The prefix makes its ids unique in the page; it must be a name itself. What
// stands under the picture of its own document is the page's to say.
func (p *Picture) Inline(w io.Writer, prefix string) error {
	c, err := p.draw(prefix)
	if err == nil {
		_, err = io.WriteString(w, c.element("", "graph", c.y))
	}
	return err
}

func (p *Picture) draw(prefix string) (*canvas, error) {
	if len(p.Graph.Nodes) > MaxDrawn {
		return nil, fmt.Errorf("%w: %d steps, of %d at most", ErrTooLarge, len(p.Graph.Nodes), MaxDrawn)
	}
	c := &canvas{Picture: p, y: margin, prefix: prefix}
	type band struct {
		phase engine.Phase
		rows  [][]*cell
	}
	var all []band
	columns := 1
	p.phases(func(phase engine.Phase, nodes []*engine.Node) {
		rows := p.layout(nodes)
		for _, row := range rows {
			columns = max(columns, len(row))
		}
		all = append(all, band{phase, rows})
	})
	c.width = columns*(boxWidth+gapX) - gapX + 2*(bandPad+margin)
	for _, b := range all {
		c.band(b.phase, b.rows)
	}
	return c, nil
}

func (c *canvas) document() string {
	const line = 16
	lines := wrap(c.about(), float64(c.width-2*margin), smallSize)
	var foot strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&foot, `<text class="small" x="%d" y="%d">%s</text>`, margin, c.y+8+i*line, text(l))
	}
	return c.element("<style>"+style+"</style>", "", c.y+24+(len(lines)-1)*line, foot.String()) + "\n"
}

func (c *canvas) about() string {
	about := fmt.Sprintf("%d steps", len(c.Graph.Nodes))
	if c.Planned() > 0 && !c.ran {
		about += "; " + c.Sum()
	}
	return about
}

func (c *canvas) element(style, class string, height int, foot ...string) string {
	if class != "" {
		class = fmt.Sprintf(` class="%s"`, class)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg"%[1]s role="img" viewBox="0 0 %[2]d %[3]d" width="%[2]d" height="%[3]d" aria-labelledby="%[4]st %[4]sd">`+
		`<title id="%[4]st">%[5]s</title><desc id="%[4]sd">%[6]s</desc>%[7]s`+
		`<defs><marker id="%[4]sa" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0L8 4L0 8z" fill="#6b7280"/></marker></defs>`+
		`<rect class="page" width="100%%" height="100%%" fill="#fff"/>%[8]s%[9]s%[10]s%[11]s</svg>`,
		class, c.width, height, c.prefix, text(c.Title), text(c.about()), style,
		c.bands.String(), c.edges.String(), c.boxes.String(), strings.Join(foot, ""))
}

// band draws a phase.
func (c *canvas) band(phase engine.Phase, rows [][]*cell) {
	top := c.y
	height := bandHead + len(rows)*(boxHeight+gapY) - gapY + bandPad
	fmt.Fprintf(&c.bands, `<rect class="band" x="%d" y="%d" width="%d" height="%d" rx="8"/><text class="head" x="%d" y="%d">%s</text>`,
		margin, top, c.width-2*margin, height, margin+bandPad, top+17, text(string(phase)))
	for _, row := range rows {
		for _, cl := range row {
			x, y := c.corner(cl, len(row), top)
			if cl.node != nil {
				c.box(cl.node, x, y)
			}
			for _, below := range cl.below {
				c.edge(cl, x, y, below, len(rows[below.row]), top)
			}
		}
	}
	c.y = top + height + gapY
}

// corner is where a cell's box begins; rows are centred.
func (c *canvas) corner(cl *cell, inRow, top int) (x, y int) {
	row := inRow*(boxWidth+gapX) - gapX
	return (c.width-row)/2 + cl.col*(boxWidth+gapX), top + bandHead + cl.row*(boxHeight+gapY)
}

func (c *canvas) box(n *engine.Node, x, y int) {
	class, mark := "box", ""
	if c.Path[n.ID] {
		class, mark = "box on", " ★"
	}
	if word := c.State[n.ID]; word != "" {
		class, mark = class+" bad", mark+" · "+word
	}
	fmt.Fprintf(&c.boxes, `<g><title>%s</title><rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="6"/><svg aria-hidden="true" x="%d" y="%d" width="%d" height="%d"><text y="19">%s</text><text class="small" y="36">%s</text></svg></g>`,
		text(n.ID+": "+n.Name), class, x, y, boxWidth, boxHeight,
		x+textPad, y, textWidth, boxHeight, text(fit(n.Name, textWidth, nameSize)), text(c.small(n, mark)))
}

// small is the line below a step's name: of its id goes what does not fit.
func (c *canvas) small(n *engine.Node, mark string) string {
	rest := " · " + c.caption(n) + mark
	if room := textWidth - width(rest)*smallSize; room > smallSize*3 {
		return fit(n.ID, room, smallSize) + rest
	}
	return fit(n.ID+rest, textWidth, smallSize)
}

// edge draws a line from the bottom of one cell to the top of the next; where an
// edge only passes, its two halves meet in the middle of the cell.
func (c *canvas) edge(from *cell, x, y int, to *cell, inRow, top int) {
	x2, y2 := c.corner(to, inRow, top)
	x, x2 = x+boxWidth/2, x2+boxWidth/2
	arrow := ""
	if from.node != nil {
		y += boxHeight
	} else {
		y += boxHeight / 2
	}
	if to.node == nil {
		y2 += boxHeight / 2
	} else {
		arrow = fmt.Sprintf(` marker-end="url(#%sa)"`, c.prefix)
	}
	bend := (y2 - y) / 2
	fmt.Fprintf(&c.edges, `<path class="edge" d="M%d %dC%d %d %d %d %d %d"%s/>`, x, y, x, y+bend, x2, y2-bend, x2, y2, arrow)
}

func text(s string) string { return html.EscapeString(plain(s)) }

// plain is text without what no document takes, such as control characters, and
// without those that turn its direction round.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, s)
}
