package etcd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/datadir"
	"github.com/drplan/drplan/steps/etcd/internal/snapfile"
	"github.com/drplan/drplan/steps/internal/backup"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// snapshotKind is also what the metadata of its backups says made them.
const snapshotKind = "etcd_snapshot"

// Snapshot is the kind etcd_snapshot. upload is the kind s3_upload, by which a
// snapshot goes straight to S3.
func Snapshot(upload steps.Kind) steps.Kind {
	return steps.Kind{
		Type:    snapshotKind,
		Summary: "Take a snapshot of etcd.",
		Doc: `Streams the database of one member to a file. The file gets its name only when it is complete, its hash checked and
on disk; a stream that breaks leaves nothing behind. Beside it, in ` + "`FILE.meta.json`" + `, stands what a recovery needs to
know: when the snapshot was begun (the recovery point), its revision and its digest.

The member is the first of ` + "`endpoints`" + ` that answers, has a vote and sees a leader. It is asked to read through a quorum
first, so that all that was acknowledged before ` + "`started_at`" + ` is in the snapshot.

With ` + "`to: s3://bucket/key`" + ` the file is made in the run's folder, which needs room for it, sent as s3_upload sends it, with what
is known of it as the object's metadata, and removed.`,
		Example: `step: Back up etcd
etcd_snapshot:
  endpoints: ["https://10.0.0.1:2379", "https://10.0.0.2:2379"]
  tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
  to: /var/backups/etcd.db
`,
		ByHand: `etcdctl --endpoints={{index .endpoints 0}}{{with .tls}}{{with .ca}} --cacert={{.}}{{end}}{{with .cert}} --cert={{.}}{{end}}{{with .key}} --key={{.}}{{end}}{{end}} snapshot save {{.to}}
etcdutl snapshot status {{.to}} -w table`,
		New:     func() steps.Step { return &snapshotStep{upload: upload} },
		Timeout: 30 * time.Minute,
		Traits:  steps.Traits{Mutates: true},
		Outputs: []steps.Output{
			{Name: "path", Type: steps.String, Doc: "The file."},
			{Name: "revision", Type: steps.Int, Doc: "The newest revision in it."},
			{Name: "hash", Type: steps.Int, Doc: "Its hash, as etcdutl snapshot status prints it (there in hexadecimal)."},
			{Name: "size", Type: steps.Int, Doc: "Bytes."},
			{Name: "keys", Type: steps.Int, Doc: "Live keys in it."},
			{Name: "sha256", Type: steps.String, Doc: "SHA-256 of the file, in hexadecimal."},
			{Name: "started_at", Type: steps.Time, Doc: "When it was asked for."},
			{Name: "recovery_point", Type: steps.String, Doc: "The same; empty when the member could not read through a quorum."},
			{Name: "etcd_version", Type: steps.String, Doc: "Version of the member that sent it."},
			{Name: "cluster_id", Type: steps.String, Doc: "The cluster's ID, in hexadecimal."},
		},
	}
}

type snapshotStep struct {
	etcdclient.Conn
	To        string         `json:"to" plan:"required" doc:"The file to write, whose folder must exist, or s3://bucket/key."`
	S3        *s3client.Conn `json:"s3" doc:"How to reach S3, with the fields of s3_upload; without it, by the environment."`
	Overwrite bool           `json:"overwrite" doc:"Replace a backup that stands there already. One that this run made is always replaced."`
	StaleOK   bool           `json:"stale_ok" doc:"Take the snapshot of a cluster without a quorum too. How old its data are is then unknown, and so is the recovery point."`

	upload steps.Kind
}

// Validate checks the config.
func (s *snapshotStep) Validate(partial bool) error {
	errs := []error{s.Conn.Validate(partial)}
	if s.toS3() {
		if _, err := s3client.ParseObject(s.To); err != nil {
			errs = append(errs, &steps.FieldError{Path: "to", Err: err})
		}
	}
	if s.S3 != nil {
		var field *steps.FieldError
		if err := s.S3.Validate(partial); errors.As(err, &field) {
			errs = append(errs, &steps.FieldError{Path: "s3." + field.Path, Err: field.Err})
		}
	}
	return errors.Join(errs...)
}

// Preflight checks that a member would send its data, and that they fit.
func (s *snapshotStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	var checks []steps.Check
	if s.toS3() {
		checks, s = s.preflightS3(ctx, in), s.local(in)
	} else {
		checks = []steps.Check{{Name: "target", Err: s.checkTarget(in)}}
	}
	source, err := s.choose(ctx, in)
	if err != nil {
		return append(checks, steps.Check{Name: "endpoint_healthy", Err: err})
	}
	checks = append(checks, steps.Check{
		Name: "endpoint_healthy", Message: "etcd " + source.version + " answers at " + source.endpoint,
		Facts: []steps.Fact{{Of: "etcd " + etcdcluster.Hex(source.clusterID), Name: "etcd", Value: source.version}},
	})
	message, err := s.checkSpace(source.size)
	return append(checks, steps.Check{Name: "disk_space", Err: err, Message: message})
}

func (s *snapshotStep) checkTarget(in *steps.Run) error {
	if info, err := os.Stat(filepath.Dir(s.To)); err != nil {
		return fmt.Errorf("the folder of %s: %w", s.To, err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", filepath.Dir(s.To))
	}
	if _, err := os.Stat(s.To); errors.Is(err, os.ErrNotExist) || s.Overwrite {
		return nil
	}
	if meta, found, err := backup.ReadSidecar(s.To); err == nil && found && meta.Run == in.RunID {
		return nil
	}
	return fmt.Errorf("%s exists already: choose another name, such as one with ${run.id} in it, or set overwrite", s.To)
}

func (s *snapshotStep) checkSpace(size int64) (string, error) {
	to, err := filepath.Abs(s.To)
	if err != nil {
		return "", err
	}
	return datadir.CheckSpace([]datadir.Need{{Path: filepath.Dir(to), Bytes: size}})
}

// Run takes the snapshot.
func (s *snapshotStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	if s.toS3() {
		return s.runToS3(ctx, in)
	}
	if err := s.checkTarget(in); err != nil {
		return nil, steps.Final(err)
	}
	source, err := s.choose(ctx, in)
	if err != nil {
		return nil, err
	}
	if _, err := s.checkSpace(source.size); err != nil {
		return nil, err
	}
	part := s.To + ".part"
	defer os.Remove(part) // renamed by then, when all went well
	meta, err := s.fetch(ctx, in, source, part)
	if err != nil {
		return nil, err
	}
	if err := publish(part, s.To, meta); err != nil {
		return nil, err
	}
	return s.outputs(meta, source), nil
}

// Reconcile lets an interrupted snapshot be taken again: a file that never got
// its name is no backup, and taking another one harms nobody.
func (s *snapshotStep) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

func (s *snapshotStep) outputs(m backup.Meta, src source) steps.Outputs {
	return steps.Outputs{
		"path":           s.To,
		"revision":       m.Revision,
		"hash":           int64(m.Hash),
		"size":           m.Size,
		"keys":           m.Keys,
		"sha256":         m.SHA256,
		"started_at":     stamp(src.askedAt),
		"recovery_point": stamp(m.StartedAt),
		"etcd_version":   src.version,
		"cluster_id":     m.ClusterID,
	}
}

// stamp is a time as outputs carry it; empty when it is unknown.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// describe fills in what is read from the complete file.
func describe(ctx context.Context, m backup.Meta, path string) (backup.Meta, error) {
	digest, err := snapfile.Check(ctx, path)
	if err != nil {
		return m, err
	}
	content, err := snapfile.Read(path)
	if err != nil {
		return m, err
	}
	m.SHA256, m.Size = digest.SHA256, digest.Size
	m.Revision, m.Hash, m.Keys = content.Revision, content.Hash, content.Keys
	return m, nil
}
