package local

import "github.com/drplan/drplan/engine"

// Early is what a step's expressions say before there is a run. What only a run can
// tell is nil.
type Early struct {
	When    *bool
	Items   []string     // the keys, of a for_each step
	WaitFor *engine.Span // of a step that waits
}

// ResolveEarly evaluates what can be evaluated before a run. It contacts nothing. Of
// cfg it needs Registry.
func ResolveEarly(cfg Config, h engine.Header) (map[string]Early, error) {
	d, err := beforehand(cfg, h)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Early, len(d.nodes))
	for id, n := range d.nodes {
		out[id] = d.early(n)
	}
	return out, nil
}

// beforehand is a driver that does nothing but look at a graph.
func beforehand(cfg Config, h engine.Header) (*driver, error) {
	d := &driver{cfg: cfg.withDefaults(), header: h, progress: newProgress(), redact: &redactor{}}
	if len(h.Params) > 0 {
		params, err := decodeParams(h.Params)
		if err != nil {
			return nil, err
		}
		d.params = params
	}
	return d, d.use(h.Graph)
}

func (d *driver) early(n *node) (e Early) {
	b := d.bindBefore(n)
	b.vars.Secret = unresolvedSecret
	if when, err := b.when(); err == nil {
		e.When = &when
	}
	if n.ForEach {
		if items, err := b.items(); err == nil {
			e.Items = []string{} // none is known too
			for _, item := range items {
				e.Items = append(e.Items, item.Key)
			}
		}
	}
	if n.Wait != engine.WaitNone {
		if length, _, err := b.wait(); err == nil {
			e.WaitFor = &length
		}
	}
	return e
}
