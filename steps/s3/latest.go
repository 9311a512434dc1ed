package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// LatestConfig is an s3_latest step.
type LatestConfig struct {
	Prefix    string         `json:"prefix" plan:"required" doc:"Where to look: s3://bucket/prefix."`
	Pattern   string         `json:"pattern" default:"*" doc:"Which objects: a pattern such as etcd-*.db for what follows the last slash of a key."`
	Recursive bool           `json:"recursive" default:"true" doc:"Look into folders below the prefix too."`
	MaxAge    steps.Duration `json:"max_age" doc:"Fail when the newest backup is older: the RPO is breached."`
	MinSize   steps.Size     `json:"min_size" doc:"Skip smaller objects, which cannot be whole backups."`
	NotBefore time.Time      `json:"not_before" doc:"Skip backups begun before this time, such as ${run.started_at}."`
	Before    time.Time      `json:"before" doc:"Skip backups begun at this time or later: the damage that is to be undone is in them."`
	s3client.Conn
}

// Latest is the kind s3_latest.
func Latest() steps.Kind {
	return steps.Kind{
		Type:    "s3_latest",
		Summary: "Find the newest backup in S3, and fail when it is too old",
		Doc: `
The newest backup is the one with the newest recovery point, which s3_upload
stores with the object: the time at which the backup was begun. An object
without it counts by the time of its upload, which is later. As a backup cannot
be newer than its upload, objects are looked at in the order of their upload,
newest first, until no older upload could hold a newer backup.

Objects that are empty, end in ` + "`.part`" + `, are smaller than min_size, or whose
size is not the one in their metadata are no backups. Those that were uploaded
after the chosen one are named in the output skipped.`,
		Example: `step: Find the latest backup
s3_latest:
  prefix: s3://backups/etcd/
  pattern: "*.db"
  max_age: 6 hours
`,
		ByHand:  `aws{{with .endpoint}} --endpoint-url {{quote .}}{{end}}{{with .profile}} --profile {{quote .}}{{end}} s3 ls --recursive {{quote .prefix}} | sort | tail -n 5`,
		New:     func() steps.Step { return &LatestConfig{} },
		Timeout: 5 * time.Minute,
		Outputs: []steps.Output{
			{Name: "url", Type: steps.String, Doc: "s3://bucket/key."},
			{Name: "bucket", Type: steps.String, Doc: "The bucket."},
			{Name: "key", Type: steps.String, Doc: "The key."},
			{Name: "etag", Type: steps.String, Doc: "The object's ETag, without quotes; s3_download takes it."},
			{Name: "version_id", Type: steps.String, Doc: "The object's version; empty in a bucket without versions."},
			{Name: "size", Type: steps.Int, Doc: "Bytes."},
			{Name: "last_modified", Type: steps.Time, Doc: "When it was uploaded."},
			{Name: steps.OutRecoveryPoint, Type: steps.Time, Doc: "The backup holds everything up to this time; see recovery_point_basis."},
			{Name: "recovery_point_basis", Type: steps.String, Doc: docBasis},
			{Name: "age_seconds", Type: steps.Number, Doc: "How old the recovery point is."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that made the backup; empty when it was none."},
			{Name: "sha256", Type: steps.String, Doc: "As the metadata has it; empty when it has none."},
			{Name: "skipped", Type: steps.List, Doc: "Objects uploaded later than the chosen one, each with the reason why it is no backup."},
		},
	}
}

// Validate implements steps.Validator.
func (c *LatestConfig) Validate(partial bool) error {
	errs := []error{checkURL("prefix", c.Prefix, s3client.ParseURL), checkPattern(c.Pattern), c.Conn.Validate(partial)}
	if c.MaxAge < 0 {
		errs = append(errs, steps.Errorf("max_age", "it must be above 0"))
	}
	if !c.Before.IsZero() && !c.NotBefore.IsZero() && !c.NotBefore.Before(c.Before) {
		errs = append(errs, steps.Errorf("before", "it must be later than not_before"))
	}
	return errors.Join(errs...)
}

// Run implements steps.Step.
func (c *LatestConfig) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	client, err := c.Dial(ctx, in.Env, s3client.Attempts)
	if err != nil {
		return nil, err
	}
	choice, err := c.choose(ctx, client)
	if err != nil {
		return nil, err
	}
	point, basis := choice.recoveryPoint()
	age := in.Now().Sub(point)
	if err := c.tooOld(choice, age); err != nil {
		return nil, err
	}
	return steps.Outputs{
		"url": choice.URL.String(), "bucket": choice.Bucket, "key": choice.Key, "etag": choice.etag, "version_id": choice.version,
		"size": choice.size, "last_modified": stamp(choice.modified),
		steps.OutRecoveryPoint: stamp(point), "recovery_point_basis": basis, "age_seconds": age.Seconds(),
		steps.OutBackupRun: choice.meta.Run, "sha256": choice.meta.SHA256, "skipped": choice.skipped(),
	}, nil
}

// tooOld is the breach of the RPO, in figures that differ: ages are rounded to
// minutes unless that would hide the difference.
func (c *LatestConfig) tooOld(choice *choice, age time.Duration) error {
	limit := time.Duration(c.MaxAge)
	if limit == 0 || age <= limit {
		return nil
	}
	round := time.Minute
	if age-limit < 2*time.Minute {
		round = time.Millisecond
	}
	return fmt.Errorf("RPO breach: the newest backup is %s old, max_age is %s: %s%s", brief(age.Round(round)), brief(limit), choice.URL, choice.butSkipped())
}

// brief writes 7h12m, not 7h12m0s.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// PreflightEarly implements steps.EarlyPreflighter: whether the bucket may be listed.
func (c *LatestConfig) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return probeEarly(ctx, c.Conn, in, c.Prefix)
}

// Preflight implements steps.Preflighter: it chooses as Run does. What is not
// there yet may be uploaded by an earlier step, so it is asked again.
func (c *LatestConfig) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	u, err := s3client.ParseURL(c.Prefix)
	if err != nil {
		return []steps.Check{{Name: checkAccess, Err: err}}
	}
	client, access := probe(ctx, c.Conn, in, u)
	if client == nil {
		return []steps.Check{access}
	}
	choice, err := c.choose(ctx, client)
	if err != nil {
		return []steps.Check{access, {Name: checkBackup, Err: err, Defer: errors.Is(err, errNone)}}
	}
	point, _ := choice.recoveryPoint()
	age := in.Now().Sub(point)
	if err := c.tooOld(choice, age); err != nil {
		return []steps.Check{access, {Name: checkBackup, Err: err, Defer: true}}
	}
	return []steps.Check{access, {Name: checkBackup, Message: fmt.Sprintf("%s is %s old", choice.URL, brief(age.Round(time.Second)))}}
}
