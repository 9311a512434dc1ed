package etcd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
)

// server is what the step stops and starts.
type server struct {
	name string
	process.Control
	watch *process.Watch // begun before it was stopped
	pod   *staticpod.Pod // nil for everything else
}

func newServer(in *steps.Run, name string, c process.Control, t process.Traces) server {
	t.Environ = in.Environ()
	return server{name: name, Control: c, watch: process.NewWatch(t)}
}

func (m member) server(in *steps.Run) server {
	return newServer(in, m.Name, m.Control, m.traces())
}

func (d dependent) server(in *steps.Run) server {
	return newServer(in, d.Name, d.Control, d.traces())
}

// watchServers begins to watch everything that is to be stopped.
func (r *restore) watchServers() error {
	for _, m := range r.members {
		r.cluster = append(r.cluster, m.server(r.in))
	}
	for _, d := range r.Quiesce {
		r.dependents = append(r.dependents, d.server(r.in))
	}
	for _, manifest := range r.controlPlane() {
		r.restarts = append(r.restarts, newServer(r.in, podName(manifest), process.Control{StaticPod: manifest}, process.Traces{}))
	}
	for _, all := range [][]server{r.cluster, r.dependents, r.restarts} {
		for i := range all {
			if err := all[i].openPod(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) openPod() (err error) {
	if s.StaticPod != "" {
		s.pod, err = staticpod.Open(s.StaticPod)
	}
	return steps.Final(err)
}

// servers are all of them, in the order in which they are started.
func (r *restore) servers() []server { return slices.Concat(r.cluster, r.dependents, r.restarts) }

// up reports whether the server runs, or its supervisor is trying to run it.
func (s server) up(ctx context.Context) bool {
	trace, _ := s.watch.Running(ctx)
	return trace != "" || s.StaticPod != "" && s.Parked() == ""
}

// running are the names of those that run, before anything is stopped.
func (r *restore) running(ctx context.Context) []string {
	var names []string
	for _, s := range r.servers() {
		if s.up(ctx) {
			names = append(names, s.name)
		}
	}
	return names
}

// lookTime is how long a look at all servers may take when the step's own time
// is over.
const lookTime = 10 * time.Second

// down are the servers that ran before this step and do not now, and what a
// person types to start them; "" when there is none. A manifest that waits to be
// put back counts, whoever moved it.
func (r *restore) down() string {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	var lines []string
	for _, s := range r.servers() {
		if !slices.Contains(r.state.Ran, s.name) && s.Parked() == "" || s.up(ctx) {
			continue
		}
		line := s.StartLine()
		if line == "" {
			line = "no way given"
		}
		lines = append(lines, fmt.Sprintf("%s (%s)", s.name, line))
	}
	return strings.Join(lines, ", ")
}

// startLines start the members, then the dependents.
func (r *restore) startLines() []string {
	lines := []string{}
	for _, s := range r.servers() {
		if line := s.StartLine(); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// parked are the manifests that wait to be put back.
func (r *restore) parked() []string {
	paths := []string{}
	for _, s := range r.servers() {
		if path := s.Parked(); path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

func serverNames(all []server) []string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.name
	}
	return names
}
