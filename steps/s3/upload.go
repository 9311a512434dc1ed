package s3

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// UploadConfig is an s3_upload step.
type UploadConfig struct {
	From        string            `json:"from" plan:"required" doc:"The file. What is known of the backup is read from its sidecar, FILE.meta.json, where there is one."`
	To          string            `json:"to" plan:"required" doc:"Where to: s3://bucket/key, or s3://bucket/folder/ to keep the file's name."`
	IfNoneMatch bool              `json:"if_none_match" default:"true" doc:"Fail rather than replace an object that is there already."`
	StartedAt   time.Time         `json:"started_at" doc:"When the backup was begun, for a file without a sidecar. RPO is measured from it."`
	Metadata    map[string]string `json:"metadata" doc:"User metadata for the object, beside drplan's own. Names are lower-case."`
	Checksum    string            `json:"checksum" default:"sha256" enum:"sha256,crc32,crc32c,none" doc:"What S3 verifies each part by. none is for servers that know no checksums; the whole file's SHA-256 is kept in any case."`
	PartSize    steps.Size        `json:"part_size" default:"16MiB" doc:"A larger file is sent in parts of this size; 5MiB at least."`
	Concurrency int               `json:"concurrency" default:"4" doc:"How many parts are sent at a time; each is held in memory."`
	s3client.Conn
}

// Upload is the kind s3_upload.
func Upload() steps.Kind {
	return steps.Kind{
		Type:    "s3_upload",
		Summary: "Upload a file to S3 with its SHA-256 and its recovery point",
		Doc: `
The file's SHA-256, its size and all that its sidecar says (when the backup was
begun, by which run, the revision of etcd) become the object's user metadata,
under names that begin with ` + "`drplan-`" + `. The steps s3_latest and s3_download read
them there.

Large files go up in parts, each with a checksum that the server verifies. An
upload that fails or is cancelled leaves no parts behind; those of a process
that was killed are removed by the next attempt. A file that changes while it
is sent fails the step, and so does one that differs from its sidecar.

After the upload the object is looked at again: a server that lost the metadata
is found out here and not on the day of the restore.`,
		Example: `step: Upload the backup
s3_upload:
  from: /var/backups/etcd/snapshot.db
  to: s3://backups/etcd/
`,
		ByHand:  `aws{{with .endpoint}} --endpoint-url {{quote .}}{{end}}{{with .profile}} --profile {{quote .}}{{end}} s3 cp {{quote .from}} {{quote .to}}`,
		New:     func() steps.Step { return &UploadConfig{} },
		Timeout: 2 * time.Hour,
		Traits:  steps.Traits{Mutates: true, WorldTells: true},
		Outputs: []steps.Output{
			{Name: "url", Type: steps.String, Doc: "s3://bucket/key."},
			{Name: "bucket", Type: steps.String, Doc: "The bucket."},
			{Name: "key", Type: steps.String, Doc: "The key."},
			{Name: "etag", Type: steps.String, Doc: "The object's ETag, without quotes."},
			{Name: "version_id", Type: steps.String, Doc: "The object's version; empty in a bucket without versions."},
			{Name: "size", Type: steps.Int, Doc: "Bytes."},
			{Name: "sha256", Type: steps.String, Doc: "Of the whole file, lower-case hex."},
			{Name: "started_at", Type: steps.Time, Doc: "When the backup was begun; see started_at_basis."},
			{Name: "started_at_basis", Type: steps.String, Doc: "How started_at is known: metadata, or last_modified for a file of unknown making, whose time of change it is then; it is not stored."},
		},
	}
}

// Validate implements steps.Validator.
func (c *UploadConfig) Validate(partial bool) error {
	var errs []error
	errs = append(errs, checkURL("to", c.To, func(s string) (s3client.URL, error) { return target(s, "file") }))
	if c.PartSize != 0 && c.PartSize < minPart {
		errs = append(errs, steps.Errorf("part_size", "S3 takes parts of at least 5MiB"))
	}
	errs = append(errs, checkConcurrency(c.Concurrency, partial), checkMetadata(c.Metadata), c.Conn.Validate(partial))
	return errors.Join(errs...)
}

// target is where a file goes: an address that ends with a slash gets the
// file's name.
func target(to, from string) (s3client.URL, error) {
	u, err := s3client.ParseURL(to)
	if err == nil && (u.Key == "" || u.Key[len(u.Key)-1] == '/') {
		u.Key += filepath.Base(from)
	}
	return u, err
}

// Run implements steps.Step.
func (c *UploadConfig) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	to, err := target(c.To, c.From)
	if err != nil {
		return nil, steps.Final(err)
	}
	src, err := c.source(ctx, in)
	if err != nil {
		return nil, err
	}
	client, err := c.Dial(ctx, in.Env, s3client.Attempts)
	if err != nil {
		return nil, err
	}
	if c.IfNoneMatch {
		done, err := c.alreadyThere(ctx, client, to, src)
		if done != nil || err != nil {
			return done, err
		}
	}
	if err := c.send(ctx, client, to, src, in); err != nil {
		// The answer to a request that succeeded may have been lost.
		if o, there := c.isOurs(ctx, client, to, src); there {
			return src.outputs(o), nil
		}
		return nil, err
	}
	o, err := stat(ctx, client, to, "")
	if err != nil {
		return nil, err
	}
	if !src.is(o) {
		return nil, steps.Final(fmt.Errorf("%s was stored, but reads back with %d bytes and SHA-256 %q in its metadata: the server lost the metadata, or another upload took its place", to, o.size, o.meta.SHA256))
	}
	return src.outputs(o), nil
}

func (c *UploadConfig) isOurs(ctx context.Context, client *s3client.Client, to s3client.URL, src *source) (object, bool) {
	if ctx.Err() != nil {
		return object{}, false
	}
	o, err := stat(ctx, client, to, "")
	return o, err == nil && src.is(o)
}

// alreadyThere saves sending gigabytes that the server would then refuse.
func (c *UploadConfig) alreadyThere(ctx context.Context, client *s3client.Client, to s3client.URL, src *source) (steps.Outputs, error) {
	o, err := stat(ctx, client, to, "")
	switch {
	case s3client.IsNotFound(err):
		return nil, nil // a missing bucket shows when the upload begins
	case err != nil:
		return nil, err
	case src.is(o):
		return src.outputs(o), nil
	}
	return nil, steps.Final(fmt.Errorf("%s exists: choose another key, or set if_none_match: false to replace it", to))
}

// Reconcile implements steps.Reconciler.
func (c *UploadConfig) Reconcile(ctx context.Context, in *steps.Run) (steps.Verdict, steps.Outputs, error) {
	to, err := target(c.To, c.From)
	if err != nil {
		return steps.Unknown, nil, err
	}
	src, err := c.source(ctx, in)
	if err != nil {
		return steps.Unknown, nil, err
	}
	client, err := c.Dial(ctx, in.Env, s3client.Attempts)
	if err != nil {
		return steps.Unknown, nil, err
	}
	o, err := stat(ctx, client, to, "")
	switch {
	case s3client.IsNotFound(err):
		// An object appears whole or not at all. That the bucket can be listed
		// rules out that the credentials are what was not found.
		if err := reach(ctx, client, to); err != nil {
			return steps.Unknown, nil, err
		}
		return steps.NeverBegun, nil, nil
	case err != nil:
		return steps.Unknown, nil, err
	case src.is(o):
		return steps.Done, src.outputs(o), nil
	}
	return steps.NeverBegun, nil, nil // what is there is from before
}
