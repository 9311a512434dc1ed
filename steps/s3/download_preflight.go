package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/diskspace"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// Preflight implements steps.Preflighter. The object is looked at, not read: a
// listing may be forbidden to who may download.
func (c *DownloadConfig) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	client, err := c.Dial(ctx, in.Env, s3client.ProbeAttempts)
	if err != nil {
		return []steps.Check{{Name: checkAccess, Err: err}}
	}
	checks := []steps.Check{c.checkTarget(ctx, in)}
	o, err := c.object(ctx, client)
	switch {
	case s3client.Code(err) == "NotFound" || s3client.Code(err) == "NoSuchVersion":
		return append(checks, steps.Check{Name: checkBackup, Err: err, Defer: true}) // an earlier step may upload it
	case err != nil:
		return append(checks, steps.Check{Name: checkAccess, Err: err})
	}
	return append(checks,
		steps.Check{Name: checkBackup, Message: fmt.Sprintf("%s is there: %s, uploaded %s", o.URL, mebi(o.size), stamp(o.modified))},
		c.checkHash(o), c.checkSpace(o))
}

// PreflightEarly implements steps.EarlyPreflighter: whether there are credentials.
func (c *DownloadConfig) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	_, err := c.Dial(ctx, in.Env, s3client.ProbeAttempts)
	return []steps.Check{{Name: checkAccess, Err: err, Defer: err != nil && in.Partial, Lacks: steps.File, Message: "there are credentials"}}
}

func (c *DownloadConfig) checkTarget(ctx context.Context, in *steps.Run) steps.Check {
	if done, _ := c.finished(ctx, in); done != nil {
		return steps.Check{Name: checkTarget, Message: fmt.Sprintf("%s was downloaded by this step before", c.To)}
	}
	if err := c.targetFree(); err != nil {
		return steps.Check{Name: checkTarget, Err: err}
	}
	return steps.Check{Name: checkTarget, Message: fmt.Sprintf("%s can be written", c.To)}
}

// targetFree reports whether there is a folder for the file, and no file.
func (c *DownloadConfig) targetFree() error {
	dir, err := os.Stat(filepath.Dir(c.To))
	if err == nil && !dir.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Dir(c.To))
	}
	if err != nil {
		return fmt.Errorf("no folder for the file: %w", err)
	}
	info, err := os.Lstat(c.To)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is there, and is not a file", c.To)
	case !c.Overwrite:
		return fmt.Errorf("%s exists: remove it, choose another name, or set overwrite: true", c.To)
	}
	return nil
}

// checkHash compares what is known of the digest; only the download can
// compare the bytes.
func (c *DownloadConfig) checkHash(o object) steps.Check {
	want, err := c.expected(o)
	if err != nil {
		return steps.Check{Name: checkHash, Err: err, Hard: errors.Is(err, errMismatch)}
	}
	if want == "" {
		return steps.Check{Name: checkHash, Message: "no SHA-256 is known; require_hash is false"}
	}
	return steps.Check{Name: checkHash, Message: "the SHA-256 to expect is " + want}
}

func (c *DownloadConfig) checkSpace(o object) steps.Check {
	message, err := c.enoughSpace(o.size)
	return steps.Check{Name: checkSpace, Err: err, Message: message}
}

// enoughSpace counts a file that would be overwritten as there: both are kept
// until the new one is complete.
func (c *DownloadConfig) enoughSpace(size int64) (string, error) {
	free, known, err := diskspace.Free(filepath.Dir(c.To))
	switch {
	case err != nil:
		return "", err
	case !known:
		return "this platform does not say how much space is free", nil
	case free < size:
		return "", fmt.Errorf("%s is needed in %s, and %s is free: make room, or choose another place for the file", mebi(size), filepath.Dir(c.To), mebi(free))
	}
	return fmt.Sprintf("%s is needed, %s is free", mebi(size), mebi(free)), nil
}
