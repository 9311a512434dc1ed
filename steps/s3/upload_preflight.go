package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// Preflight implements steps.Preflighter.
func (c *UploadConfig) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	checks := []steps.Check{c.checkSource()}
	to, err := target(c.To, c.From)
	if err != nil {
		return append(checks, steps.Check{Name: checkAccess, Err: err})
	}
	client, access := probe(ctx, c.Conn, in, to)
	checks = append(checks, access)
	if client == nil || !c.IfNoneMatch {
		return checks
	}
	return append(checks, checkFree(ctx, client, to, in))
}

// PreflightEarly implements steps.EarlyPreflighter: that nobody may write to the
// bucket must show before the backup is made, not after.
func (c *UploadConfig) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return probeEarly(ctx, c.Conn, in, c.To)
}

// checkSource is asked again later when there is no file yet: an earlier step
// may make it.
func (c *UploadConfig) checkSource() steps.Check {
	info, err := os.Stat(c.From)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return steps.Check{Name: checkSource, Err: fmt.Errorf("there is no file %s: check the path, or put the step that makes it before this one", c.From), Defer: true}
	case err != nil:
		return steps.Check{Name: checkSource, Err: err}
	case !info.Mode().IsRegular():
		return steps.Check{Name: checkSource, Err: fmt.Errorf("%s is not a file", c.From)}
	}
	return steps.Check{Name: checkSource, Message: fmt.Sprintf("%s has %s", c.From, mebi(info.Size()))}
}

func checkFree(ctx context.Context, client *s3client.Client, to s3client.URL, in *steps.Run) steps.Check {
	o, err := stat(ctx, client, to, "")
	switch {
	case s3client.IsNotFound(err):
		return steps.Check{Name: checkTarget, Message: fmt.Sprintf("%s is free", to)}
	case err != nil:
		return steps.Check{Name: checkTarget, Err: err}
	case o.marker == marker(in):
		return steps.Check{Name: checkTarget, Message: fmt.Sprintf("%s was stored by this step before", to)}
	}
	return steps.Check{Name: checkTarget, Err: fmt.Errorf("%s exists: choose another key, or set if_none_match: false to replace it", to)}
}
