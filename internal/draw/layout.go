package draw

import (
	"cmp"
	"slices"

	"github.com/drplan/drplan/engine"
)

// cell is a place in a phase's drawing: a step's box, or where an edge passes that
// goes on to a later row. This is the layered drawing of Sugiyama, Tagawa and Toda
// (1981): rows by the longest chain of needs, edges over several rows led through
// cells of their own, cells of a row sorted by where their neighbours are.
type cell struct {
	node     *engine.Node // nil: an edge passes
	row, col int
	above    []*cell
	below    []*cell
}

// sweeps is how often rows are sorted; more change little.
const sweeps = 4

// layout places a phase's steps.
func (p *Picture) layout(nodes []*engine.Node) (rows [][]*cell) {
	of := make(map[*engine.Node]*cell, len(nodes))
	var place func(n *engine.Node) *cell
	place = func(n *engine.Node) *cell {
		if c, done := of[n]; done {
			return c
		}
		c := &cell{node: n}
		of[n] = c
		for _, need := range p.needs[n] {
			c.row = max(c.row, place(need).row+1)
		}
		return c
	}
	put := func(c *cell) {
		for len(rows) <= c.row {
			rows = append(rows, nil)
		}
		c.col = len(rows[c.row])
		rows[c.row] = append(rows[c.row], c)
	}
	for _, n := range nodes {
		put(place(n))
	}
	for _, n := range nodes {
		for _, need := range p.needs[n] {
			lead(of[need], of[n], put)
		}
	}
	for range sweeps {
		for _, row := range rows {
			arrange(row, func(c *cell) []*cell { return c.above })
		}
		for i := len(rows) - 1; i >= 0; i-- {
			arrange(rows[i], func(c *cell) []*cell { return c.below })
		}
	}
	return rows
}

// lead draws an edge through every row between its ends.
func lead(from, to *cell, put func(*cell)) {
	for from.row+1 < to.row {
		passing := &cell{row: from.row + 1}
		put(passing)
		join(from, passing)
		from = passing
	}
	join(from, to)
}

func join(from, to *cell) {
	from.below = append(from.below, to)
	to.above = append(to.above, from)
}

// arrange sorts a row by the mean place of each cell's neighbours in the next one.
func arrange(row []*cell, neighbours func(*cell) []*cell) {
	mean := make(map[*cell]float64, len(row))
	for _, c := range row {
		near := neighbours(c)
		if len(near) == 0 {
			mean[c] = float64(c.col)
			continue
		}
		for _, n := range near {
			mean[c] += float64(n.col) / float64(len(near))
		}
	}
	slices.SortStableFunc(row, func(a, b *cell) int { return cmp.Compare(mean[a], mean[b]) })
	for i, c := range row {
		c.col = i
	}
}
