package s3

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// choice is the newest backup and what was passed over on the way to it.
type choice struct {
	object
	passed []passed
}

// passed is an object that was looked at and is not chosen, and why.
type passed struct {
	url      s3client.URL
	modified time.Time
	reason   string
}

// choose finds the backup with the newest recovery point. Uploads are looked
// at newest first, some at a time, and no further than where every older
// upload was too early to hold a newer backup.
func (c *LatestConfig) choose(ctx context.Context, client *s3client.Client) (*choice, error) {
	prefix, err := s3client.ParseURL(c.Prefix)
	if err != nil {
		return nil, steps.Final(err)
	}
	all, err := list(ctx, client, selection{prefix, c.Pattern, c.Recursive})
	if err != nil {
		return nil, err
	}
	best := &choice{}
	for some := range slices.Chunk(all, heads) {
		if best.beyond(some[0].modified) {
			break
		}
		if err := c.weigh(ctx, client, some, best); err != nil {
			return nil, err
		}
	}
	if best.Key == "" {
		return nil, fmt.Errorf("%w below %s matches %q%s: check prefix and pattern, and that backups are made", errNone, prefix, c.Pattern, best.butSkipped())
	}
	return best, nil
}

// beyond reports whether objects uploaded at that time or before cannot be
// newer than the best so far. A listing's times are cut to the second, and a
// recovery point may be ahead of them by clockSkew.
func (b *choice) beyond(uploaded time.Time) bool {
	if b.Key == "" {
		return false
	}
	point, _ := b.recoveryPoint()
	return !uploaded.Add(clockSkew + time.Second).After(point)
}

// weigh looks at some objects and keeps the best of them and of what was
// before.
func (c *LatestConfig) weigh(ctx context.Context, client *s3client.Client, some []listed, best *choice) error {
	var worth []listed
	for _, l := range some {
		if reason := c.unfit(l); reason != "" {
			best.pass(l.URL, l.modified, reason)
		} else {
			worth = append(worth, l)
		}
	}
	objects, err := statAll(ctx, client, worth)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if reason := c.unsuitable(o); reason != "" {
			best.pass(o.URL, o.modified, reason)
			continue
		}
		best.take(o)
	}
	return nil
}

// unfit judges by the listing alone.
func (c *LatestConfig) unfit(l listed) string {
	switch {
	case partial(l.Key):
		return "it is a part"
	case l.size == 0:
		return "it is empty"
	case l.size < int64(c.MinSize):
		return fmt.Sprintf("it has %s, min_size is %s", mebi(l.size), mebi(int64(c.MinSize)))
	}
	return ""
}

func (c *LatestConfig) unsuitable(o object) string {
	if reason := o.broken(); reason != "" {
		return reason
	}
	point, _ := o.recoveryPoint()
	switch {
	case !c.NotBefore.IsZero() && point.Before(c.NotBefore):
		return fmt.Sprintf("it is of %s, before not_before", stamp(point))
	case !c.Before.IsZero() && !point.Before(c.Before):
		return fmt.Sprintf("it is of %s, not before %s", stamp(point), stamp(c.Before))
	}
	return ""
}

// take keeps the newer of two. Of two with the same recovery point the first,
// uploaded later, stays.
func (b *choice) take(o object) {
	if b.Key == "" {
		b.object = o
		return
	}
	was, _ := b.recoveryPoint()
	if is, _ := o.recoveryPoint(); is.After(was) {
		b.object = o
	}
}

func (b *choice) pass(u s3client.URL, modified time.Time, reason string) {
	b.passed = append(b.passed, passed{u, modified, reason})
}

// skipped is what was uploaded after the chosen one and could not be chosen.
func (b *choice) skipped() []string {
	reasons := []string{}
	for _, p := range b.passed {
		if !p.modified.Before(b.modified) {
			reasons = append(reasons, fmt.Sprintf("%s: %s", p.url, p.reason))
		}
	}
	return reasons
}

// butSkipped is skipped for the end of an error, at most three of them.
func (b *choice) butSkipped() string {
	reasons := b.skipped()
	if len(reasons) == 0 {
		return ""
	}
	more := ""
	if n := len(reasons) - 3; n > 0 {
		reasons, more = reasons[:3], fmt.Sprintf("; and %d more", n)
	}
	return " (skipped " + strings.Join(reasons, "; ") + more + ")"
}
