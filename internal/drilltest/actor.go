package drilltest

import "github.com/drplan/drplan/internal/labtest"

// As lets a user of its own run the drill, whom the API server's audit log tells
// from everybody else.
func (d *Drill) As(groups ...string) *labtest.Actor {
	d.t.Helper()
	actor := d.Lab.Cluster.Actor(d.t, groups...)
	d.Env = append(d.Env, "KUBECONFIG="+actor.Kubeconfig)
	return actor
}
