package canary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// mark is what is written: who, what, and when.
type mark struct {
	Run   string    `json:"run"`
	Step  string    `json:"step"`
	Nonce string    `json:"nonce"`
	Beat  int64     `json:"beat"` // 0, 1, 2 …
	At    time.Time `json:"at"`
}

// store is where marks live. A step of a run has one mark there at a time.
type store interface {
	put(ctx context.Context, m mark) error
	list(ctx context.Context) ([]mark, error) // of every run
	remove(ctx context.Context, marks []mark) error
	close()
}

func (s *step) open(ctx context.Context) (store, error) {
	if s.Etcd != nil {
		return openEtcd(ctx, *s.Etcd, s.Prefix)
	}
	return files{s.Dir}, nil
}

func ofRun(marks []mark, run string) []mark {
	var own []mark
	for _, m := range marks {
		if m.Run == run {
			own = append(own, m)
		}
	}
	return own
}

// newest is the zero mark where there are none.
func newest(marks []mark) mark {
	var last mark
	for _, m := range marks {
		if m.At.After(last.At) {
			last = m
		}
	}
	return last
}

// dirsGone is the proof where nothing answers any more; unreachable says why.
func (s *step) dirsGone(unreachable error) error {
	if len(s.DataDirs) == 0 {
		return fmt.Errorf("it cannot be proven that the canary is gone, since nothing answers and data_dirs names no folders to look at: %w", unreachable)
	}
	for _, dir := range s.DataDirs {
		_, err := os.Lstat(dir)
		switch {
		case err == nil:
			return fmt.Errorf("nothing answers, but the data is still there: %s exists; a server that is down has lost nothing", dir)
		case !errors.Is(err, os.ErrNotExist):
			return err
		}
	}
	return nil
}
