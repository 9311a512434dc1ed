package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/lab/internal/certs"
	"github.com/drplan/drplan/lab/internal/component"
	"github.com/drplan/drplan/lab/internal/ports"
)

// readyBound is how long all servers together may take to serve, on a machine
// that has much else to do.
const readyBound = 60 * time.Second

// Options say what Up is to make.
type Options struct {
	Name     string
	Dir      string // absolute; the lab's folder
	BasePort int    // the first of a new lab's ports, which follow one another; 0: any that are free
	Fill     Fill   // etcd holds at least these keys afterwards
	Progress io.Writer
}

// Up makes the lab, or repairs what is missing of it: ended servers run again,
// missing keys are filled in, data is kept. It returns when everything serves.
func Up(ctx context.Context, o Options) (*Lab, error) {
	built, err := Build(ctx, component.Etcd, o.Progress)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	l, err := prepare(ctx, o, built)
	if err != nil {
		return nil, err
	}
	if err := l.serve(ctx); err != nil {
		return nil, err
	}
	return l, l.fill(ctx, o.Fill, o.Progress)
}

// Reset wipes the lab's data and fills it again as it was filled last. Ports,
// certificates and keys stay.
func Reset(ctx context.Context, dir string, progress io.Writer) (*Lab, error) {
	l, err := Load(dir)
	if err != nil {
		return nil, err
	}
	if l.Cluster != nil {
		return resetCluster(ctx, l, progress)
	}
	lock, err := lockFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(killAll(ctx, dir), l.wipe(), lock.Unlock()); err != nil {
		return nil, err
	}
	return Up(ctx, Options{Name: l.Name, Dir: dir, Fill: l.Fill, Progress: progress})
}

// wipe removes what the servers stored, and the members' own arguments: they
// belong to a cluster that is gone.
func (l *Lab) wipe() error {
	var errs []error
	for _, m := range l.Etcd.Members {
		errs = append(errs, os.RemoveAll(m.DataDir), os.RemoveAll(m.ArgsFile), os.RemoveAll(m.StartsLog))
	}
	for _, dir := range []string{"data", "metadata", "versions"} {
		errs = append(errs, os.RemoveAll(l.path("s3", dir)))
	}
	return errors.Join(errs...)
}

// prepare makes everything but the servers. lab.json comes first: the choice of
// ports and keys is then fixed, whatever happens next.
func prepare(ctx context.Context, o Options, built map[string]string) (*Lab, error) {
	l, err := Load(o.Dir)
	if errors.Is(err, os.ErrNotExist) {
		l, err = create(ctx, o)
	}
	if err == nil && l.Cluster != nil {
		err = fmt.Errorf("the lab in %s has a whole cluster: leave out --etcd-only, or give another --name or --dir", o.Dir)
	}
	if err == nil && o.BasePort != 0 && l.Etcd.Endpoints[0] != clientURL(o.BasePort) {
		err = fmt.Errorf("this lab was made with other ports (%s): leave out the base port, or take the lab down first", l.Etcd.Endpoints[0])
	}
	if err != nil {
		return nil, err
	}
	dirs := []string{"bin", "s3/data", "s3/metadata", "s3/versions"}
	for _, m := range l.Etcd.Members {
		dirs = append(dirs, "members/"+m.Name)
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(l.path(dir), 0o700); err != nil {
			return nil, err
		}
	}
	return l, errors.Join(
		certs.Make(l.path("certs")),
		l.installBinaries(built),
		l.writeScripts(),
		l.writeEnv(),
	)
}

func create(ctx context.Context, o Options) (*Lab, error) {
	registry, err := portRegistry()
	if err != nil {
		return nil, err
	}
	// Ports of an Up that was killed before it wrote lab.json.
	ports.Release(registry, o.Dir)
	free, err := choosePorts(ctx, registry, o)
	if err != nil {
		return nil, err
	}
	l := plan(o.Name, o.Dir, free)
	return l, l.save()
}

func choosePorts(ctx context.Context, registry string, o Options) ([]int, error) {
	if o.BasePort == 0 {
		return ports.Reserve(ctx, registry, o.Dir, portsNeeded)
	}
	return ports.Take(ctx, registry, o.Dir, o.BasePort, portsNeeded)
}

func subnetRegistry() (string, error) {
	cache, err := component.CacheDir()
	return filepath.Join(cache, "subnets"), err
}

func portRegistry() (string, error) {
	cache, err := component.CacheDir()
	return filepath.Join(cache, "ports"), err
}

// serve starts what does not run and waits until all of it serves.
func (l *Lab) serve(ctx context.Context) error {
	if err := l.refuseHalfWiped(); err != nil {
		return err
	}
	for _, name := range l.servers() {
		s, err := l.Server(name)
		if err != nil {
			return err
		}
		if err := s.Start(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readyBound)
	defer cancel()
	return l.waitReady(ctx)
}

// refuseHalfWiped stops before a member that has lost its data starts as if it
// were new beside members that remember it: it would break its promises to them.
func (l *Lab) refuseHalfWiped() error {
	var lost, kept []string
	for _, m := range l.Etcd.Members {
		_, noData := os.Stat(m.DataDir)
		_, neverStarted := os.Stat(m.StartsLog)
		switch s, _ := l.Server(m.Name); {
		case noData == nil:
			kept = append(kept, m.Name)
		case neverStarted == nil && !s.running():
			lost = append(lost, m.Name)
		}
	}
	if len(lost) > 0 && len(kept) > 0 {
		return fmt.Errorf("members %v have lost their data while %v have theirs: replace them in etcd, or let lab reset begin anew", lost, kept)
	}
	return nil
}
