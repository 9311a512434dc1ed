package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
)

type etcdCheck struct {
	etcdclient.Conn
	Members     int64     `json:"members" doc:"How many members the cluster must have; without it, as many as there are endpoints."`
	MinRevision int64     `json:"min_revision" doc:"The revision must be at least this."`
	KeyCount    *keyCount `json:"key_count" doc:"How many live keys there must be."`
}

type keyCount struct {
	Prefix string `json:"prefix" doc:"Only keys under this prefix; without it, all."`
	bounds
}

func (c *etcdCheck) validate(partial bool) error {
	err := c.Conn.Validate(partial)
	if c.Members < 0 || c.MinRevision < 0 {
		err = errors.Join(err, steps.Errorf("members", "numbers must not be below 0"))
	}
	if k := c.KeyCount; k != nil && k.open() && !partial {
		err = errors.Join(err, steps.Errorf("key_count", "give min, max or equals"))
	}
	return err
}

func (c *etcdCheck) see(ctx context.Context, _ *steps.Run) (string, error) {
	prefix := ""
	if c.KeyCount != nil {
		prefix = c.KeyCount.Prefix
	}
	obs := etcdcluster.Observe(ctx, c.Conn, prefix)
	var revision, keys int64
	for _, s := range obs.Answered() {
		if s.Revision >= revision {
			revision, keys = s.Revision, s.Keys
		}
	}
	problems := obs.Problems(int(c.Members))
	if revision < c.MinRevision {
		problems = append(problems, fmt.Sprintf("revision %d, expected at least %d", revision, c.MinRevision))
	}
	if c.KeyCount != nil {
		problems = append(problems, c.KeyCount.problems(keys, "keys")...)
	}
	seen := fmt.Sprintf("%d of %d endpoints answered, revision %d, %d keys", len(obs.Answered()), len(obs.Seen), revision, keys)
	if len(problems) > 0 {
		return seen, errors.New(strings.Join(problems, "; "))
	}
	return seen, nil
}
