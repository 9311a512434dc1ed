package etcd

import (
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/datadir"
)

// memberPlace is a member's folders, on disk while they are exchanged.
type memberPlace struct {
	Member string         `json:"member,omitempty"`
	Data   datadir.Place  `json:"data"`
	WAL    *datadir.Place `json:"wal,omitempty"`
}

// all are the folders of the member that are exchanged.
func (p memberPlace) all() []datadir.Place {
	if p.WAL == nil {
		return []datadir.Place{p.Data}
	}
	return []datadir.Place{p.Data, *p.WAL}
}

// mark notes which folders the new ones are.
func (p *memberPlace) mark() error {
	err := p.Data.Mark()
	if err == nil && p.WAL != nil {
		err = p.WAL.Mark()
	}
	return err
}

// places plans the exchange of the member's folders and checks that it can be
// made: whoever finds out later has stopped a cluster for nothing.
func (m member) places(tag string) (memberPlace, error) {
	p := memberPlace{Member: m.Name}
	var err error
	if p.Data, err = datadir.Plan(m.DataDir, "member", tag); err != nil {
		return p, fmt.Errorf("%s: %w", m.Name, err)
	}
	if p.Data.Owner, err = p.Data.Owner.Parse(m.Owner); err != nil {
		return p, steps.Final(fmt.Errorf("%s: owner: %w", m.Name, err))
	}
	if m.WALDir != "" {
		wal, err := datadir.Plan(m.WALDir, "", tag)
		if err != nil {
			return p, fmt.Errorf("%s: %w", m.Name, err)
		}
		wal.Owner.UID, wal.Owner.GID = p.Data.Owner.UID, p.Data.Owner.GID
		p.WAL = &wal
	}
	for _, place := range p.all() {
		if err := place.Check(); err != nil {
			return p, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return p, nil
}

// checkPlaces is for preflight, which makes nothing: no name of it is used.
func (r *restore) checkPlaces() error {
	var errs []error
	for _, m := range r.members {
		_, err := m.places("preflight")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
