package s3

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// What an estimate rests on. Nobody knows the line between here and the bucket:
// these are assumed, not measured, on the careful side: a fifth of a gigabit link.
const (
	assumedRate  = 25 << 20    // bytes a second
	assumedSetup = time.Second // connections, the first and the last request
)

func transferTime(size int64) time.Duration {
	return assumedSetup + time.Duration(float64(size)/assumedRate*float64(time.Second))
}

// Estimate implements steps.Estimator, by the object's size.
func (c *DownloadConfig) Estimate(ctx context.Context, in *steps.Run) (time.Duration, error) {
	client, err := c.Dial(ctx, in.Env, s3client.ProbeAttempts)
	if err != nil {
		return 0, err
	}
	o, err := c.object(ctx, client)
	if err != nil {
		return 0, err
	}
	return transferTime(o.size), nil
}

// Estimate implements steps.Estimator, by the file's size.
func (c *UploadConfig) Estimate(context.Context, *steps.Run) (time.Duration, error) {
	info, err := os.Stat(c.From)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", c.From)
	}
	if err != nil {
		return 0, err
	}
	return transferTime(info.Size()), nil
}
