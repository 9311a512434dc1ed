package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/backup"
)

// markerName is the metadata entry that says which step of which run stored an
// object. It tells a resumed run its own upload from another's.
const markerName = backup.Prefix + "uploaded-by"

// maxMetadata is S3's limit on the sum of names and values, in bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
const maxMetadata = 2048

// source is a file to upload, and what is known of it.
type source struct {
	file      string
	meta      backup.Meta
	marker    string
	startedAt time.Time
	basis     string
}

// source reads the whole file once, so that its digest can go ahead of it.
func (c *UploadConfig) source(ctx context.Context, in *steps.Run) (*source, error) {
	info, err := os.Stat(c.From)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", c.From)
	}
	if err != nil {
		return nil, steps.Final(err)
	}
	meta, known, err := backup.ReadSidecar(c.From)
	if err != nil {
		return nil, steps.Final(err)
	}
	sum, size, err := digest(ctx, c.From)
	if err != nil {
		return nil, err
	}
	if known && (differ(meta.SHA256, sum) || meta.Size != 0 && meta.Size != size) {
		return nil, steps.Final(fmt.Errorf("%s is not the file that its sidecar describes (%d bytes, SHA-256 %s; the sidecar says %d, %s): it is damaged or was replaced; make a new backup", c.From, size, sum, meta.Size, meta.SHA256))
	}
	if !known {
		meta.Kind = "file"
	}
	if meta.StartedAt.IsZero() {
		meta.StartedAt = c.StartedAt
	}
	meta.SHA256, meta.Size = sum, size
	s := &source{file: c.From, meta: meta, marker: marker(in), startedAt: meta.StartedAt, basis: basisMetadata}
	if s.startedAt.IsZero() {
		s.startedAt, s.basis = info.ModTime(), basisModified
	}
	return s, nil
}

func differ(known, found string) bool { return known != "" && known != found }

// marker leaves out the attempt: all of them upload the same.
func marker(in *steps.Run) string {
	return url.PathEscape(in.RunID) + "/" + url.PathEscape(in.StepID)
}

// is reports whether o was made of this source by this step of this run.
func (s *source) is(o object) bool {
	return o.marker == s.marker && o.meta.SHA256 == s.meta.SHA256 && o.size == s.meta.Size
}

func (s *source) outputs(o object) steps.Outputs {
	return steps.Outputs{
		"url": o.URL.String(), "bucket": o.Bucket, "key": o.Key, "etag": o.etag, "version_id": o.version,
		"size": o.size, "sha256": s.meta.SHA256,
		"started_at": stamp(s.startedAt), "started_at_basis": s.basis,
	}
}

// userMetadata is what is stored with the object.
func (s *source) userMetadata(own map[string]string) map[string]string {
	all := backup.ToS3(s.meta)
	all[markerName] = s.marker
	for name, value := range own {
		all[name] = value
	}
	return all
}

var metadataName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// checkMetadata is for Validate.
func checkMetadata(own map[string]string) error {
	var errs []error
	total := 0
	for name, value := range own {
		total += len(name) + len(value)
		switch {
		case !metadataName.MatchString(name):
			errs = append(errs, steps.Errorf("metadata."+name, "a name has lower-case letters, digits, and . _ - between them"))
		case strings.HasPrefix(name, backup.Prefix):
			errs = append(errs, steps.Errorf("metadata."+name, "names that begin with %s are drplan's own", backup.Prefix))
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			errs = append(errs, steps.Errorf("metadata."+name, "S3 keeps only printable ASCII"))
		}
	}
	if total > maxMetadata/2 {
		errs = append(errs, steps.Errorf("metadata", "%d bytes: S3 takes %d, and drplan needs half of it", total, maxMetadata))
	}
	return errors.Join(errs...)
}

// checked is the file on its way to S3. It ends in an error, and so the upload
// does, when what was read is not what was announced.
type checked struct {
	from io.Reader
	hash hash.Hash
	want string
	bar  *progress
}

var errChanged = errors.New("the file changed while it was sent: make sure that the backup is finished before this step")

func newChecked(f io.Reader, want string, bar *progress) *checked {
	return &checked{from: f, hash: sha256.New(), want: want, bar: bar}
}

func (r *checked) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.hash.Write(p[:n])
	r.bar.add(n)
	if err == io.EOF && hex.EncodeToString(r.hash.Sum(nil)) != r.want {
		err = errChanged
	}
	return n, err
}
