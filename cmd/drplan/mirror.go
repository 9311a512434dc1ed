package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/journal/mirror"
	runstore "github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps/s3"
)

// mirrorOptions are the flags of commands that keep a run's journal in S3 too.
type mirrorOptions struct {
	address  string
	takeover bool
}

func (o *mirrorOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.address, "mirror", "", "keep the journal in S3 too, as s3://bucket/prefix, and take a run up from there (default $DRPLAN_MIRROR)")
	f.BoolVar(&o.takeover, "takeover", false, "with --mirror and --reason: take the run from a driver that is gone")
}

// How long a command waits for the mirror before it begins, and at its end for
// what is still missing there.
const (
	mirrorAsk      = 15 * time.Second
	mirrorPatience = 30 * time.Second
)

// copying is a run that is being mirrored; nil: it is not.
type copying struct {
	store  mirror.Store
	config mirror.Config
	ship   *mirror.Shipper
}

// copies opens the mirror of a run whose folder is dir.
func (a *app) copies(o driveOptions, runID, dir string) (*copying, error) {
	address := cmp.Or(o.mirror.address, a.getenv("DRPLAN_MIRROR"))
	if address == "" {
		return nil, nil
	}
	store, err := openMirror(address)
	if err != nil {
		return nil, err
	}
	by := mirror.Holder{Owner: fmt.Sprintf("%s (process %d)", a.person(), os.Getpid()), Machine: machine(), Folder: dir}
	if o.mirror.takeover {
		by.Reason = o.reason
	}
	return &copying{store: store, config: mirror.Config{Store: store, Run: runID, Dir: dir, By: by}}, nil
}

func openMirror(address string) (mirror.Store, error) {
	ctx, cancel := context.WithTimeout(context.Background(), mirrorAsk)
	defer cancel()
	store, err := s3.OpenBucket(ctx, address)
	if err != nil {
		return nil, cannot(fmt.Errorf("the mirror %s: %w", address, err), "")
	}
	return store, nil
}

// machine tells this machine from others, whatever they are called.
func machine() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		host, _ := os.Hostname()
		return host
	}
	return strings.TrimSpace(string(id))
}

// claim makes sure that nobody else drives the run. A mirror that does not
// answer is no reason not to recover: the claim follows when it does.
func (c *copying) claim(say func(string)) error {
	if c == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), mirrorAsk)
	defer cancel()
	lock, err := mirror.Acquire(ctx, c.store, c.config.Run, c.config.By, time.Now())
	var held *mirror.HeldError
	if errors.As(err, &held) && held.Holder.Machine == c.config.By.Machine && held.Holder.Folder == c.config.Dir && !runstore.Driven(c.config.Dir) {
		c.config.By.Reason = "the process that had it, on this machine, is gone"
		lock, err = mirror.Acquire(ctx, c.store, c.config.Run, c.config.By, time.Now())
	}
	if errors.As(err, &held) {
		return cannot(err, "if that driver is gone for good: --takeover --reason TEXT; two drivers would do every step twice")
	}
	if err != nil {
		say(fmt.Sprintf("the mirror does not answer: %v; the run goes on without it until it does", err))
	}
	c.config.Lock = lock
	return nil
}

// begin copies from now on. lost is told when the run must not go on here.
func (c *copying) begin(screen ui.Screen, lost func(error)) {
	if c == nil {
		return
	}
	c.config.Say, c.config.Lost = screen.Say, lost
	c.config.Files = []string{"params.json"}
	if plans, err := filepath.Glob(filepath.Join(c.config.Dir, "plan*.yaml")); err == nil {
		for _, path := range plans {
			c.config.Files = append(c.config.Files, filepath.Base(path))
		}
	}
	c.config.Start = startOf(filepath.Dir(c.config.Dir), c.config.Run)
	c.ship = mirror.Start(c.config)
}

// end waits for the mirror to have everything, within reason.
func (c *copying) end(screen ui.Screen, patience time.Duration) {
	if c == nil || c.ship == nil {
		return
	}
	if !c.ship.Close(patience) {
		screen.Say("the mirror lacks the end of this run; drplan run --resume or the folder itself can still bring it there")
	}
}

// keep puts a checkpoint beside the journal in the mirror.
func (c *copying) keep(file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ctx, cancel := mirrorContext()
	defer cancel()
	return mirror.Keep(ctx, c.store, c.config.Run, filepath.Base(file), body)
}

func mirrorContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), mirrorPatience)
}

// watched is an observer whose run is being mirrored.
type watched struct {
	local.Observer
	first func() // the run's folder is there
	to    *copying
}

func (w *watched) Event(ev engine.Event) {
	w.Observer.Event(ev)
	if w.to.ship == nil {
		w.first()
	}
	w.to.ship.Committed(ev.Seq + 1) // the header is the first record
}

// fetchedName is the file that says how much of a run was done elsewhere.
const fetchedName = "fetched.json"

// fetched says that a run's folder was made from its mirror.
type fetched struct {
	Mirror  string    `json:"mirror"`
	Records int64     `json:"records"` // of the journal, the header included
	At      time.Time `json:"at"`
}

// fetch makes the folder of a run that only the mirror has. asked is an id, the
// beginning of one, or latest.
func (a *app) fetch(o driveOptions, asked string) (runID string, err error) {
	address := cmp.Or(o.mirror.address, a.getenv("DRPLAN_MIRROR"))
	runs, err := runsFolder(o.runs)
	if err != nil {
		return "", err
	}
	store, err := openMirror(address)
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	ids, err := mirror.Runs(ctx, store)
	if err != nil {
		return "", cannot(err, "")
	}
	if runID, err = pickRun(address, ids, asked); err != nil {
		return "", err
	}
	dir, records, err := mirror.Fetch(ctx, store, runID, runs)
	if err != nil {
		return "", cannot(err, "")
	}
	note, err := json.Marshal(fetched{address, records, time.Now().UTC()})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fetchedName), append(note, '\n'), 0o600)
	}
	return runID, err
}

// foreign is up to which event a run's steps ran on another machine; 0: none.
func foreign(dir string) (int64, error) {
	data, err := os.ReadFile(filepath.Join(dir, fetchedName))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var f fetched
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	return f.Records - 1, err
}
