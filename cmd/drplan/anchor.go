package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/s3"
)

// anchorOptions say where a checkpoint is kept out of reach of whoever has this machine.
type anchorOptions struct {
	address string
	retain  string
}

func (o *anchorOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.address, "anchor", "", "put the signed checkpoint into a bucket with object lock too: s3://bucket/prefix (default $DRPLAN_ANCHOR)")
	f.StringVar(&o.retain, "anchor-retain", "", "how long nobody may delete it there, such as 400 days: in compliance mode, which nobody can lift (default the bucket's own rule)")
}

// check fills in the default, and refuses what does not go together.
func (o *anchorOptions) check(signs bool) error {
	explicit := o.address != ""
	if !explicit && signs {
		o.address = os.Getenv("DRPLAN_ANCHOR")
	}
	switch {
	case explicit && !signs:
		return usagef("--anchor goes with --sign-key: it keeps the signed checkpoint")
	case o.address == "" && o.retain != "":
		return usagef("--anchor-retain goes with --anchor")
	}
	if _, err := o.until(time.Now()); err != nil {
		return err
	}
	if o.address == "" {
		return nil
	}
	_, err := openBucket("anchor", o.address)
	return err
}

func (o *anchorOptions) until(now time.Time) (time.Time, error) {
	if o.retain == "" {
		return time.Time{}, nil
	}
	d, err := steps.ParseDuration(o.retain)
	if err != nil || d <= 0 {
		return time.Time{}, usage(fmt.Errorf("--anchor-retain %q is no length of time", o.retain), "write 400 days")
	}
	return now.Add(d).UTC().Truncate(time.Second), nil
}

func openBucket(what, address string) (*s3.Bucket, error) {
	ctx, cancel := context.WithTimeout(context.Background(), mirrorAsk)
	defer cancel()
	b, err := s3.OpenBucket(ctx, address)
	if err != nil {
		return nil, cannot(fmt.Errorf("the %s %s: %w", what, address, err), "")
	}
	return b, nil
}

// put locks a checkpoint's file in the bucket. One that is there already must be
// the same.
func (o *anchorOptions) put(run, file string) error {
	b, err := openBucket("anchor", o.address)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	until, err := o.until(time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), mirrorPatience)
	defer cancel()
	name := run + "/" + filepath.Base(file)
	_, err = b.Lock(ctx, name, data, until)
	if errors.Is(err, fs.ErrExist) {
		there, _, readErr := b.Read(ctx, name)
		if readErr != nil || !bytes.Equal(there, data) {
			return errors.Join(fmt.Errorf("the anchor has another %s: one of the two is forged", name), readErr)
		}
		_, err = b.Locked(ctx, name)
	}
	if err != nil {
		return fmt.Errorf("the anchor: %w", err)
	}
	return nil
}

// anchored are the checkpoints that a bucket keeps, by run.
type anchored map[string]map[string][]byte

// readAnchor reads those of one run, or with an empty run those of all.
func readAnchor(address, run string) (anchored, error) {
	b, err := openBucket("anchor", address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), mirrorPatience)
	defer cancel()
	if run != "" {
		run += "/"
	}
	names, err := b.List(ctx, run)
	if err != nil {
		return nil, cannot(err, "")
	}
	all := anchored{}
	for _, name := range names {
		id, file, ok := strings.Cut(name, "/")
		if !ok || !evidence.IsCheckpoint(file) {
			continue
		}
		data, _, err := b.Read(ctx, name)
		if err != nil {
			return nil, cannot(err, "")
		}
		if all[id] == nil {
			all[id] = map[string][]byte{}
		}
		all[id][file] = data
	}
	return all, nil
}

// anchorGaps are the runs that were signed, and are not there. Other machines may
// keep theirs below the same address, so give each folder of runs one of its own.
func anchorGaps(kept anchored, ids []string, address string) []register.Gap {
	var out []register.Gap
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		if !slices.Contains(ids, id) {
			out = append(out, register.Gap{Run: id, Missing: true, Text: "its checkpoint stands in " + address + ", and the run is gone"})
		}
	}
	return out
}
