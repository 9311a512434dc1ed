package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// fetcher brings the bytes of one version of one object into a file.
type fetcher struct {
	client *s3client.Client
	object object
	to     *os.File
	part   int64 // bytes a range
	stall  time.Duration
	bar    *progress
}

// span is a range of bytes that one worker fetches.
type span struct {
	from, end int64         // end is not in it
	done      chan struct{} // closed when its bytes are in the file
}

// all fetches everything, at most workers ranges at a time, and returns the
// SHA-256 of the file: it is read back from the file behind the workers, so
// that the digest is of what was written and costs no time of its own.
func (f *fetcher) all(ctx context.Context, workers int) (string, error) {
	group, ctx := errgroup.WithContext(ctx)
	spans := f.spans()
	next := make(chan span)
	group.Go(func() error { return deal(ctx, spans, next) })
	for range min(workers, len(spans)) {
		group.Go(func() error { return f.work(ctx, next) })
	}
	var sum string
	group.Go(func() (err error) {
		sum, err = f.follow(ctx, spans)
		return err
	})
	return sum, group.Wait()
}

func (f *fetcher) spans() []span {
	var spans []span
	for from := int64(0); from < f.object.size; from += f.part {
		spans = append(spans, span{from, min(from+f.part, f.object.size), make(chan struct{})})
	}
	return spans
}

func deal(ctx context.Context, spans []span, next chan<- span) error {
	defer close(next)
	for _, s := range spans {
		select {
		case next <- s:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (f *fetcher) work(ctx context.Context, next <-chan span) error {
	for s := range next {
		if err := f.fetch(ctx, s); err != nil {
			return err
		}
		close(s.done)
	}
	return nil
}

// follow digests the file in order, as soon as its ranges are there.
func (f *fetcher) follow(ctx context.Context, spans []span) (string, error) {
	h := sha256.New()
	for _, s := range spans {
		select {
		case <-s.done:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
		part := io.NewSectionReader(f.to, s.from, s.end-s.from)
		if n, err := io.Copy(h, part); err != nil || n != s.end-s.from {
			return "", fmt.Errorf("read back %s: %d of %d bytes: %w", f.to.Name(), n, s.end-s.from, errors.Join(err, io.ErrUnexpectedEOF))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// fetch brings one range, in as many requests as it takes. Requests that bring
// anything are not counted: a bad line may cut each of them.
func (f *fetcher) fetch(ctx context.Context, s span) error {
	for barren := 0; ; {
		n, err := f.request(ctx, s)
		s.from += n
		if s.from == s.end {
			return nil
		}
		if barren++; n > 0 {
			barren = 1
		}
		if ctx.Err() != nil || !again(err) || barren >= s3client.Attempts {
			return f.explain(ctx, err)
		}
		if err := s3client.Wait(ctx, s3client.Backoff(barren)); err != nil {
			return err
		}
	}
}

// again reports whether a range's next request may bring what the last did
// not. Refusals were tried again by the client already.
func again(err error) bool {
	var disk *diskError
	var refused interface{ HTTPStatusCode() int }
	return !steps.IsFinal(err) && !errors.As(err, &disk) && !errors.As(err, &refused)
}

// request asks for what is missing of a range, of exactly this version, and
// returns how many bytes reached the file. Less than all is an error.
func (f *fetcher) request(ctx context.Context, s span) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(f.stall, func() { cancel(errStalled) })
	defer watch.Stop()

	etag, bytes := `"`+f.object.etag+`"`, fmt.Sprintf("bytes=%d-%d", s.from, s.end-1)
	got, err := f.client.GetObject(ctx, &awss3.GetObjectInput{
		Bucket: &f.object.Bucket, Key: &f.object.Key, VersionId: optional(f.object.version),
		IfMatch: &etag, Range: &bytes,
	})
	if err != nil {
		return 0, stalled(ctx, err)
	}
	defer got.Body.Close()
	if err := inRange(got, s, f.object.size); err != nil {
		return 0, err
	}
	body := io.LimitReader(&watched{got.Body, watch, f.stall}, s.end-s.from)
	n, err := io.Copy(&diskWriter{io.NewOffsetWriter(f.to, s.from), f.bar}, body)
	if err == nil && n < s.end-s.from {
		err = io.ErrUnexpectedEOF
	}
	return n, stalled(ctx, err)
}

// inRange refuses an answer that is not the range that was asked for: a proxy
// that drops Range would fill the file with the wrong bytes.
func inRange(got *awss3.GetObjectOutput, s span, size int64) error {
	want := fmt.Sprintf("bytes %d-%d/%d", s.from, s.end-1, size)
	if got.ContentRange == nil && s.from == 0 && s.end == size {
		return nil
	}
	if got.ContentRange == nil || *got.ContentRange != want {
		return steps.Final(fmt.Errorf("asked for %s, got %s: the server, or a proxy before it, does not serve ranges", want, deref(got.ContentRange)))
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return "everything"
	}
	return *s
}

func (f *fetcher) explain(ctx context.Context, err error) error {
	var disk *diskError
	switch {
	case errors.As(err, &disk):
		return disk
	case steps.IsFinal(err):
		return err
	case s3client.Code(err) == "PreconditionFailed":
		return steps.Final(fmt.Errorf("%s changed while it was downloaded: its ETag is %s no more; choose a backup again", f.object.URL, f.object.etag))
	case s3client.IsNotFound(err):
		return steps.Final(fmt.Errorf("%s was deleted while it was downloaded: choose a backup again", f.object.URL))
	}
	return f.client.Explain(ctx, fmt.Sprintf("download %s (s3:GetObject)", f.object.URL), err)
}

var errStalled = errors.New("the connection stalled")

// stalled puts the watch's word in place of the cancellation that it caused.
func stalled(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// watched puts the watch off with every byte that arrives.
type watched struct {
	io.Reader
	watch *time.Timer
	stall time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.watch.Reset(w.stall)
	}
	return n, err
}

// diskError is a failure to write, in contrast to one of the network.
type diskError struct{ err error }

func (e *diskError) Unwrap() error { return e.err }
func (e *diskError) Error() string {
	if errors.Is(e.err, syscall.ENOSPC) || errors.Is(e.err, syscall.EDQUOT) {
		return fmt.Sprintf("the disk is full: make room, or choose another place for the file: %v", e.err)
	}
	return e.err.Error()
}

type diskWriter struct {
	io.Writer
	bar *progress
}

func (w *diskWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.bar.add(n)
	if err != nil {
		err = &diskError{err}
	}
	return n, err
}
