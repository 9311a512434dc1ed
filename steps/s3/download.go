package s3

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/atomicfile"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// partSuffix is appended to the name of a file that is not complete.
const partSuffix = ".part"

// DownloadConfig is an s3_download step.
type DownloadConfig struct {
	From         string         `json:"from" plan:"required" doc:"What to download: s3://bucket/key."`
	To           string         `json:"to" plan:"required" doc:"The local file. Its folder exists."`
	VersionID    string         `json:"version_id" doc:"A version of the object. Default: the newest when the download begins."`
	ETag         string         `json:"etag" doc:"Fail when the object's ETag is another, such as one that s3_latest gave."`
	SHA256       string         `json:"sha256" doc:"What the file's SHA-256 must be, in hex. Default: what the object's metadata says."`
	RequireHash  bool           `json:"require_hash" default:"true" doc:"Refuse an object whose SHA-256 neither this step nor the metadata knows."`
	Overwrite    bool           `json:"overwrite" doc:"Replace a local file that is there already."`
	PartSize     steps.Size     `json:"part_size" default:"16MiB" doc:"Bytes asked for in one request."`
	Concurrency  int            `json:"concurrency" default:"8" doc:"How many requests are under way at a time."`
	StallTimeout steps.Duration `json:"stall_timeout" default:"30s" doc:"Ask again when a request brings nothing for this long."`
	s3client.Conn
}

// Download is the kind s3_download.
func Download() steps.Kind {
	return steps.Kind{
		Type:    "s3_download",
		Summary: "Download an object from S3 and verify its size and SHA-256",
		Doc: `
The object is fetched in parallel ranges of one version: when another upload
takes its place meanwhile, the step fails and nothing is mixed. A range whose
connection breaks goes on from where it broke.

The bytes go to ` + "`TO.part`" + `, which gets its name only when the SHA-256 of what
was written is the one in the object's metadata (as s3_upload stores it) or in
the field sha256. What the metadata says of the backup is written beside it, to
` + "`TO.meta.json`" + `. On any failure nothing is left behind.`,
		Example: `step: Download the backup
s3_download:
  from: s3://backups/etcd/snapshot.db
  to: /var/tmp/snapshot.db
`,
		ByHand: `aws{{with .endpoint}} --endpoint-url {{quote .}}{{end}}{{with .profile}} --profile {{quote .}}{{end}} s3 cp {{quote .from}} {{quote .to}}
sha256sum {{quote .to}}   # it must be what the object's metadata say: drplan-sha256`,
		New:     func() steps.Step { return &DownloadConfig{} },
		Timeout: 2 * time.Hour,
		Traits:  steps.Traits{Mutates: true, Brings: steps.File},
		Outputs: []steps.Output{
			{Name: "path", Type: steps.String, Doc: "The file, as an absolute path."},
			{Name: "size", Type: steps.Int, Doc: "Bytes."},
			{Name: "sha256", Type: steps.String, Doc: "Of the file, lower-case hex."},
			{Name: "etag", Type: steps.String, Doc: "The object's ETag, without quotes."},
			{Name: "version_id", Type: steps.String, Doc: "The object's version; empty in a bucket without versions."},
			{Name: steps.OutRecoveryPoint, Type: steps.Time, Doc: "The backup holds everything up to this time; see recovery_point_basis."},
			{Name: "recovery_point_basis", Type: steps.String, Doc: docBasis},
			{Name: "revision", Type: steps.Int, Doc: "The newest revision of etcd in the backup; 0 when none is recorded."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that made the backup; empty when it was none."},
		},
	}
}

const docBasis = "metadata: recorded when the backup was begun. last_modified: not recorded, so this is the time of the upload, and the backup is at least as old."

// Validate implements steps.Validator.
func (c *DownloadConfig) Validate(partial bool) error {
	errs := []error{
		checkURL("from", c.From, s3client.ParseObject),
		checkConcurrency(c.Concurrency, partial),
		c.Conn.Validate(partial),
	}
	if c.SHA256 != "" && !sha256Hex.MatchString(c.SHA256) {
		errs = append(errs, steps.Errorf("sha256", "it is not 64 lower-case hex digits"))
	}
	if c.PartSize < 0 || c.PartSize == 0 && !partial {
		errs = append(errs, steps.Errorf("part_size", "it must be above 0"))
	}
	if c.StallTimeout < 0 || c.StallTimeout == 0 && !partial {
		errs = append(errs, steps.Errorf("stall_timeout", "it must be above 0"))
	}
	return errors.Join(errs...)
}

// Run implements steps.Step.
func (c *DownloadConfig) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	if done, err := c.finished(ctx, in); done != nil || err != nil {
		return done, err
	}
	if err := c.targetFree(); err != nil {
		return nil, steps.Final(err)
	}
	client, err := c.Dial(ctx, in.Env, s3client.Attempts)
	if err != nil {
		return nil, err
	}
	o, err := c.object(ctx, client)
	if err != nil {
		return nil, err
	}
	want, err := c.expected(o)
	if err != nil {
		return nil, steps.Final(err)
	}
	if _, err := c.enoughSpace(o.size); err != nil {
		return nil, err
	}
	sum, err := c.fetchPart(ctx, client, o, want, in)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, removeIfThere(c.To+partSuffix))
	}
	return c.commit(o, sum, in)
}

// object looks at what is to be fetched.
func (c *DownloadConfig) object(ctx context.Context, client *s3client.Client) (object, error) {
	from, err := s3client.ParseObject(c.From)
	if err != nil {
		return object{}, steps.Final(err)
	}
	o, err := stat(ctx, client, from, c.VersionID)
	if s3client.IsNotFound(err) {
		// A HEAD's answer does not say what is missing; a listing's does, unless
		// it is forbidden.
		if err := reach(ctx, client, from); err != nil && s3client.Code(err) != "AccessDenied" {
			return object{}, err
		}
	}
	return o, err
}

// errMismatch is what no one may override: the bytes are not the backup's.
var errMismatch = errors.New("hash mismatch")

// expected is the SHA-256 that the file must have; "" when none is known and
// none is required. An error is one that no second attempt can help.
func (c *DownloadConfig) expected(o object) (string, error) {
	switch known := o.meta.SHA256; {
	case c.ETag != "" && unquote(c.ETag) != o.etag:
		return "", fmt.Errorf("%s has the ETag %s, not %s: another object took its place; choose a backup again", o.URL, o.etag, unquote(c.ETag))
	case o.metaErr != nil:
		return "", fmt.Errorf("%s: %w", o.URL, o.metaErr)
	case o.meta.Size != 0 && o.meta.Size != o.size:
		return "", fmt.Errorf("%w: %s: %s; choose another backup", errMismatch, o.URL, o.broken())
	case c.SHA256 != "" && differ(known, c.SHA256):
		return "", fmt.Errorf("%w: %s has the SHA-256 %s in its metadata, not %s: it is not the backup that was asked for", errMismatch, o.URL, known, c.SHA256)
	case c.SHA256 != "":
		return c.SHA256, nil
	case known == "" && c.RequireHash:
		return "", fmt.Errorf("%s has no SHA-256 in its metadata, so damage could not be seen: give sha256, or set require_hash: false", o.URL)
	default:
		return known, nil
	}
}

// fetchPart fills TO.part and returns the SHA-256 of what is in it.
func (c *DownloadConfig) fetchPart(ctx context.Context, client *s3client.Client, o object, want string, in *steps.Run) (string, error) {
	f, err := os.OpenFile(c.To+partSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", steps.Final(err)
	}
	defer f.Close()
	fetch := &fetcher{
		client: client, object: o, to: f,
		part: int64(c.PartSize), stall: time.Duration(c.StallTimeout),
		bar: &progress{verb: "received", total: o.size, tell: in.Progress},
	}
	sum, err := fetch.all(ctx, c.Concurrency)
	if err != nil {
		return "", err
	}
	if differ(want, sum) {
		return "", steps.Final(fmt.Errorf("%w: %s has the SHA-256 %s, and %s is expected: the backup is damaged; choose another", errMismatch, o.URL, sum, want))
	}
	return sum, f.Sync()
}

// commit gives the file its name. The sidecar goes first, so that no file is
// ever there without what is known of it.
func (c *DownloadConfig) commit(o object, sum string, in *steps.Run) (steps.Outputs, error) {
	path, err := filepath.Abs(c.To)
	if err != nil {
		return nil, err
	}
	meta := o.meta
	if meta.Kind == "" {
		meta.Kind = "file"
	}
	meta.SHA256, meta.Size = sum, o.size
	point, basis := o.recoveryPoint()
	r := receipt{
		Path: path, Size: o.size, SHA256: sum, ETag: o.etag, VersionID: o.version,
		RecoveryPoint: stamp(point), Basis: basis, Revision: meta.Revision, BackupRun: meta.Run,
	}
	err = errors.Join(r.write(in.Dir), backup.WriteSidecar(path, meta))
	if err == nil {
		err = atomicfile.Rename(path+partSuffix, path)
	}
	if err != nil {
		return nil, errors.Join(err, removeIfThere(path+partSuffix), removeIfThere(path+backup.SidecarSuffix))
	}
	return r.outputs(), nil
}
