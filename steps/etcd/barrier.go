package etcd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// together does one thing to all at once and waits for all, so that no barrier
// is passed while anything is still under way behind it.
func together[T any](all []T, do func(int, T) error) error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, one := range all {
		wg.Go(func() { errs[i] = do(i, one) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// kill stops the dependents, then the members, and proves each dead. The control
// plane is taken away first: it holds nothing that must be proven gone, and an
// API server without etcd answers nobody, the kubelet included.
func (r *restore) kill(ctx context.Context) error {
	ctx, cancel := r.stopContext(ctx)
	defer cancel()
	if err := together(r.restarts, func(_ int, s server) error { return s.pod.Leave(ctx) }); err != nil {
		return err
	}
	for _, barrier := range [][]server{r.dependents, r.cluster} {
		if err := together(barrier, func(_ int, s server) error { return halt(ctx, r.in, s) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *restore) stopContext(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := time.Duration(r.StopTimeout)
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("stop_timeout of %s has passed", limit))
}

func halt(ctx context.Context, in *steps.Run, s server) error {
	if s.pod != nil {
		if err := s.pod.Leave(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	} else if s.CanStop() {
		if err := s.Halt(ctx, executor(in, s.name)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := s.watch.AwaitDead(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return nil
}

// proveDead looks once more: a supervisor may have started a server again.
func (r *restore) proveDead(ctx context.Context) error {
	return together(slices.Concat(r.cluster, r.dependents), func(_ int, s server) error {
		trace, err := s.watch.Running(ctx)
		if err == nil && trace != "" {
			err = fmt.Errorf("it was started again behind our back: %s; stop what supervises it", trace)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		return nil
	})
}

// restoreAll makes every new folder, all from the one file.
func (r *restore) restoreAll(ctx context.Context) error {
	cluster := make([]string, len(r.members))
	for i, m := range r.members {
		cluster[i] = m.Name + "=" + m.PeerURL
	}
	err := together(r.members, func(i int, m member) error {
		if err := r.restoreOne(ctx, m, r.state.Places[i], strings.Join(cluster, ",")); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	reached("restored")
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return r.file.unchanged()
}

func (r *restore) restoreOne(ctx context.Context, m member, p memberPlace, cluster string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	cfg := snapshot.RestoreConfig{
		SnapshotPath:        r.From,
		Name:                m.Name,
		OutputDataDir:       p.Data.Root,
		PeerURLs:            []string{m.PeerURL},
		InitialCluster:      cluster,
		InitialClusterToken: r.state.Result.Token,
		RevisionBump:        uint64(r.state.Result.Bump),
		MarkCompacted:       r.state.Result.Bump > 0,
	}
	if p.WAL != nil {
		cfg.OutputWALDir = p.WAL.Fresh
	}
	if err := snapshot.NewV3(zap.NewNop()).Restore(cfg); err != nil {
		return fmt.Errorf("restore into %s: %w", p.Data.Root, err)
	}
	for _, place := range p.all() {
		if err := place.Owner.Give(place.Fresh); err != nil {
			return err
		}
		if err := syncFS(place.Fresh); err != nil {
			return err
		}
	}
	reached("restored " + m.Name)
	return nil
}

// syncFS makes everything on the folder's file system durable, which is cheaper
// than asking for each new file and folder.
func syncFS(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}

// startAll starts all members at once, since none serves before a majority
// runs, then the control plane, waits until they listen, and then starts the dependents. asked is the
// context of the step: when it is done, what runs is left to come up alone.
func (r *restore) startAll(ctx, asked context.Context) error {
	if err := r.putBack(ctx); err != nil {
		return fmt.Errorf("the data are restored and in place, but not everything could be started: %w", err)
	}
	if err := together(r.members, func(_ int, m member) error { return awaitListening(ctx, asked, m) }); err != nil {
		return fmt.Errorf("the data are restored and the members started, but: %w%s", err, r.nobodyStarts())
	}
	return together(r.dependents, func(_ int, s server) error { return r.launch(ctx, s) })
}

// launch starts one server. A static pod comes back as a new one where a kubelet
// is there to tell the difference.
func (r *restore) launch(ctx context.Context, s server) error {
	var err error
	if kubelet, _ := s.kubelet(); kubelet != 0 {
		err = s.pod.Return(ctx, r.renewal())
	} else {
		err = s.Launch(ctx, executor(r.in, s.name), nil, nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	reached("started " + s.name)
	return nil
}

// awaitListening returns when the member accepts clients, which it does when it
// has joined a cluster with a leader.
func awaitListening(ctx, asked context.Context, m member) error {
	for m.ClientURL != "" && asked.Err() == nil {
		if listens, _ := process.Listens(ctx, m.ClientURL); listens {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen at %s in time: look into its log", m.Name, m.ClientURL)
		case <-asked.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
