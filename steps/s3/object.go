package s3

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// How well a recovery point is known.
const (
	basisMetadata = "metadata"      // recorded when the backup was begun
	basisModified = "last_modified" // the time of the upload: the backup is at least as old
)

// clockSkew is by how much the clock of the machine that made a backup may be
// ahead of the server's before its recovery point is not believed.
const clockSkew = 5 * time.Minute

// object is what is known of one object without reading its bytes.
type object struct {
	s3client.URL
	etag     string // without quotes
	version  string // "" in a bucket without versions
	size     int64
	modified time.Time
	marker   string // which step of which run uploaded it; "" for a stranger's
	meta     backup.Meta
	metaErr  error // the metadata cannot be read
}

// stat asks for one object; version may be empty.
func stat(ctx context.Context, c *s3client.Client, u s3client.URL, version string) (object, error) {
	head, err := c.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &u.Bucket, Key: &u.Key, VersionId: optional(version)})
	if err != nil {
		return object{}, c.Explain(ctx, fmt.Sprintf("look at %s (s3:GetObject)", u), err)
	}
	o := object{
		URL:      u,
		etag:     unquote(aws.ToString(head.ETag)),
		version:  aws.ToString(head.VersionId),
		size:     aws.ToInt64(head.ContentLength),
		modified: aws.ToTime(head.LastModified),
	}
	for name, value := range head.Metadata {
		if strings.EqualFold(name, markerName) {
			o.marker = value
		}
	}
	o.meta, _, o.metaErr = backup.FromS3(head.Metadata)
	return o, nil
}

// recoveryPoint is the time up to which the backup holds everything, and how
// that is known. Nothing can be newer than its own upload, so a recovery point
// after it is not believed.
func (o object) recoveryPoint() (time.Time, string) {
	started := o.meta.StartedAt
	if started.IsZero() || started.After(o.modified.Add(clockSkew)) {
		return o.modified, basisModified
	}
	return started, basisMetadata
}

// broken says why the object is no whole backup; "" when nothing speaks
// against it.
func (o object) broken() string {
	switch {
	case o.size == 0:
		return "it is empty"
	case o.metaErr != nil:
		return o.metaErr.Error()
	case o.meta.Size != 0 && o.meta.Size != o.size:
		return fmt.Sprintf("it has %d bytes, and its metadata says %d", o.size, o.meta.Size)
	}
	return ""
}

// optional is nil for "", as the SDK wants what is not given.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func unquote(etag string) string { return strings.Trim(etag, `"`) }

// stamp is the form of times in outputs.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
