package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/drplan/drplan/steps/internal/s3client"
)

// Bucket is small objects below an address such as s3://bucket/prefix, written
// on conditions: for whoever keeps a run's journal in S3. Its server and
// credentials are those of the process's environment, as the AWS SDK has it.
//
// A missing object is fs.ErrNotExist, a condition that does not hold fs.ErrExist.
type Bucket struct {
	client *s3client.Client
	at     s3client.URL
}

// maxObject bounds what Read takes: more than any batch of a journal.
const maxObject = 128 << 20

// OpenBucket makes a Bucket. Nothing is sent yet.
func OpenBucket(ctx context.Context, address string) (*Bucket, error) {
	at, err := s3client.ParseURL(address)
	if err != nil {
		return nil, err
	}
	if at.Key != "" && !strings.HasSuffix(at.Key, "/") {
		at.Key += "/"
	}
	client, err := s3client.Conn{PathStyle: true}.Dial(ctx, nil, s3client.ProbeAttempts)
	return &Bucket{client, at}, err
}

// Create writes an object that must not exist.
func (b *Bucket) Create(ctx context.Context, name string, body []byte) (version string, err error) {
	return b.put(ctx, name, body, func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })
}

// Replace writes an object whose version must still be the one given.
func (b *Bucket) Replace(ctx context.Context, name, version string, body []byte) (newVersion string, err error) {
	return b.put(ctx, name, body, func(in *s3.PutObjectInput) { in.IfMatch = aws.String(version) })
}

func (b *Bucket) put(ctx context.Context, name string, body []byte, on func(*s3.PutObjectInput)) (version string, err error) {
	in := &s3.PutObjectInput{Bucket: &b.at.Bucket, Key: aws.String(b.at.Key + name), Body: bytes.NewReader(body)}
	on(in)
	out, err := b.client.PutObject(ctx, in)
	if err != nil {
		return "", b.explain(ctx, "write", name, "s3:PutObject", err)
	}
	return aws.ToString(out.ETag), nil
}

// Lock writes an object that must not exist into a bucket with object lock, and
// returns until when nobody can delete or change it. With until, that is asked for
// in compliance mode, which even the bucket's owner cannot lift; zero leaves it to the bucket's
// own rule. An object that ends up without a lock is an error, and is there.
func (b *Bucket) Lock(ctx context.Context, name string, body []byte, until time.Time) (time.Time, error) {
	_, err := b.put(ctx, name, body, func(in *s3.PutObjectInput) {
		in.IfNoneMatch = aws.String("*")
		if !until.IsZero() {
			in.ObjectLockMode, in.ObjectLockRetainUntilDate = types.ObjectLockModeCompliance, aws.Time(until)
		}
	})
	if err != nil {
		return time.Time{}, err
	}
	return b.Locked(ctx, name)
}

// Locked is until when an object cannot be deleted or changed. No lock is an error.
func (b *Bucket) Locked(ctx context.Context, name string) (time.Time, error) {
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.at.Bucket, Key: aws.String(b.at.Key + name)})
	if err != nil {
		return time.Time{}, b.explain(ctx, "look at", name, "s3:GetObject, s3:GetObjectRetention", err)
	}
	if out.ObjectLockRetainUntilDate == nil {
		return time.Time{}, fmt.Errorf("s3://%s/%s%s is not locked: the bucket needs object lock, and a retention of its own or one that is asked for", b.at.Bucket, b.at.Key, name)
	}
	return *out.ObjectLockRetainUntilDate, nil
}

// Read returns an object and its version.
func (b *Bucket) Read(ctx context.Context, name string) (body []byte, version string, err error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.at.Bucket, Key: aws.String(b.at.Key + name)})
	if err != nil {
		return nil, "", b.explain(ctx, "read", name, "s3:GetObject", err)
	}
	defer out.Body.Close()
	body, err = io.ReadAll(io.LimitReader(out.Body, maxObject))
	if err != nil {
		return nil, "", b.explain(ctx, "read", name, "s3:GetObject", err)
	}
	return body, aws.ToString(out.ETag), nil
}

// List returns the names that begin with prefix, sorted.
func (b *Bucket) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.at.Bucket, Prefix: aws.String(b.at.Key + prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.explain(ctx, "list", prefix, "s3:ListBucket", err)
		}
		for _, o := range page.Contents {
			names = append(names, strings.TrimPrefix(aws.ToString(o.Key), b.at.Key))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Folders returns the names of the folders directly below prefix, which is empty
// or ends with a slash; sorted, without the slash. It asks once for a thousand.
func (b *Bucket) Folders(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{
		Bucket: &b.at.Bucket, Prefix: aws.String(b.at.Key + prefix), Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.explain(ctx, "list", prefix, "s3:ListBucket", err)
		}
		for _, p := range page.CommonPrefixes {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(aws.ToString(p.Prefix), b.at.Key+prefix), "/"))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (b *Bucket) explain(ctx context.Context, doing, name, action string, err error) error {
	code := s3client.Code(err)
	told := b.client.Explain(ctx, fmt.Sprintf("%s s3://%s/%s%s (%s)", doing, b.at.Bucket, b.at.Key, name, action), err)
	switch code {
	case "PreconditionFailed", "ConditionalRequestConflict":
		return fmt.Errorf("%w: %w", fs.ErrExist, told)
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%w: %w", fs.ErrNotExist, told)
	}
	return told
}
