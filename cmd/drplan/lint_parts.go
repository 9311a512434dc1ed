package main

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/draw"
	"github.com/drplan/drplan/plans"
)

// part is a drill or a procedure that can be drawn.
type part struct {
	title string
	*plans.Compiled
	picture *draw.Picture
}

// partsOf compiles every drill, and every procedure that no drill practises.
func partsOf(doc *plans.Document) (out []part) {
	drilled := map[string]bool{}
	add := func(title string, sel plans.Selection) {
		if c, err := doc.Compile(registry(), sel); err == nil && len(c.Graph.Nodes) > 0 {
			drilled[c.Procedure] = true
			out = append(out, part{title, c, pictureOf(c)})
		}
	}
	for _, sc := range doc.Scenarios() {
		add("drill "+sc.ID, plans.Selection{Name: sc.ID, Mode: engine.ModeDrill, Params: stand(doc, sc.Procedure)})
	}
	for _, p := range doc.Procedures() {
		if !drilled[p.Name] {
			add("procedure "+p.Name, plans.Selection{Name: p.Name, Mode: engine.ModeRecovery, Params: stand(doc, p.Name)})
		}
	}
	return out
}

// stand gives parameters without a default a value that stands for any: the shape
// of a graph does not depend on it.
func stand(doc *plans.Document, procedure string) map[string]string {
	p, ok := doc.Plan.Procedures.Get(procedure)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for _, e := range p.Params {
		if e.Value.Default == nil {
			out[e.Key.Value] = standIn(&e.Value)
		}
	}
	return out
}

func standIn(p *plans.Param) string {
	if len(p.Enum) > 0 {
		return p.Enum[0].Value
	}
	switch p.Type.Value {
	case "int", "number":
		return "1"
	case "bool":
		return "false"
	case "duration":
		return "1s"
	}
	return "any"
}

func find(parts []part, title string) *part {
	for i := range parts {
		if parts[i].title == title {
			return &parts[i]
		}
	}
	return nil
}
