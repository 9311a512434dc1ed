package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// PruneConfig is an s3_prune step.
type PruneConfig struct {
	Prefix    string         `json:"prefix" plan:"required" doc:"Where: s3://bucket/folder/. It ends with a slash, so that etcd/ never means etcd-old/ too."`
	Pattern   string         `json:"pattern" plan:"required" doc:"Which objects: a pattern such as etcd-*.db for what follows the last slash of a key. All others are left alone."`
	OlderThan steps.Duration `json:"older_than" plan:"required" doc:"Delete only backups older than this."`
	KeepMin   int            `json:"keep_min" plan:"required" doc:"How many of the newest whole backups stay whatever their age; 1 at least, or with drill 0, which a recovery takes for 1."`
	Recursive bool           `json:"recursive" doc:"Delete in folders below the prefix too."`
	DryRun    bool           `json:"dry_run" doc:"Only list what would be deleted."`
	Drill     bool           `json:"drill" doc:"This folder is for drills, so a drill may delete in it. In any other folder a drill only lists."`
	s3client.Conn
}

// Prune is the kind s3_prune.
func Prune() steps.Kind {
	return steps.Kind{
		Type:    "s3_prune",
		Summary: "Delete old backups from S3, and always keep the newest",
		Doc: `
An object is deleted only when it matches the pattern, is older than older_than,
and is not among the newest keep_min whole backups. Its age is that of its
recovery point, as in s3_latest. An object that is no whole backup (empty, cut,
or ending in ` + "`.part`" + `) does not count among those that are kept: three broken
uploads never push out the last good one.

In a bucket with versions a delete puts a marker before the object's versions:
they stay, can be brought back, and are paid for until the bucket's lifecycle
rules expire them.

In a drill nothing is deleted unless drill is true; the outputs say what would
be. A folder that is for drills may be left empty, with keep_min: 0.`,
		Example: `step: Delete old backups
s3_prune:
  prefix: s3://backups/etcd/
  pattern: "*.db"
  older_than: 30 days
  keep_min: 3
`,
		ByHand:  `aws{{with .endpoint}} --endpoint-url {{quote .}}{{end}}{{with .profile}} --profile {{quote .}}{{end}} s3 ls --recursive {{quote .prefix}} | sort   # what is older than {{.older_than}}; keep the newest {{.keep_min}} at least`,
		New:     func() steps.Step { return &PruneConfig{} },
		Timeout: 15 * time.Minute,
		Traits:  steps.Traits{Mutates: true, WorldTells: true},
		Outputs: []steps.Output{
			{Name: "deleted", Type: steps.List, Doc: "What was deleted, or would be: s3://bucket/key, newest first."},
			{Name: "kept", Type: steps.Int, Doc: "How many matching objects are left."},
			{Name: "dry_run", Type: steps.Bool, Doc: "Whether it was only listed."},
		},
	}
}

// Validate implements steps.Validator.
func (c *PruneConfig) Validate(partial bool) error {
	errs := []error{checkURL("prefix", c.Prefix, parseFolder), checkPattern(c.Pattern), c.Conn.Validate(partial)}
	if c.OlderThan < 0 || c.OlderThan == 0 && !partial {
		errs = append(errs, steps.Errorf("older_than", "it must be above 0"))
	}
	if c.KeepMin < 0 || c.KeepMin == 0 && !partial && !c.Drill {
		errs = append(errs, steps.Errorf("keep_min", "it must be 1 at least: the last backup is never deleted, unless it is in a folder for drills (drill: true)"))
	}
	return errors.Join(errs...)
}

func parseFolder(s string) (s3client.URL, error) {
	u, err := s3client.ParseURL(s)
	if err == nil && u.Key != "" && !strings.HasSuffix(u.Key, "/") {
		err = fmt.Errorf("end it with a slash: %s/ means the folder, %s other keys that begin so too", s, s)
	}
	return u, err
}

// listsOnly: what a drill did not make it does not delete.
func (c *PruneConfig) listsOnly(in *steps.Run) bool {
	return c.DryRun || in.Mode == "drill" && !c.Drill
}

// keeps is keep_min; only a drill leaves its own folder empty.
func (c *PruneConfig) keeps(in *steps.Run) int {
	if in.Mode == "drill" {
		return c.KeepMin
	}
	return max(1, c.KeepMin)
}

// Run implements steps.Step.
func (c *PruneConfig) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	client, err := c.Dial(ctx, in.Env, s3client.Attempts)
	if err != nil {
		return nil, err
	}
	old, kept, err := c.plan(ctx, client, in)
	if err != nil {
		return nil, err
	}
	if !c.listsOnly(in) {
		if err := deleteAll(ctx, client, old); err != nil {
			return nil, err
		}
	}
	names := make([]string, len(old))
	for i, o := range old {
		names[i] = o.URL.String()
	}
	return steps.Outputs{"deleted": names, "kept": int64(len(kept)), "dry_run": c.listsOnly(in)}, nil
}

// deleteAll deletes one by one: not every server knows DeleteObjects, and what
// is gone already is no error. After a failure the rest stays.
func deleteAll(ctx context.Context, client *s3client.Client, old []object) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(heads)
	for _, o := range old {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			_, err := client.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &o.Bucket, Key: &o.Key})
			if s3client.IsNotFound(err) {
				return nil
			}
			return client.Explain(ctx, fmt.Sprintf("delete %s (s3:DeleteObject)", o.URL), err)
		})
	}
	return group.Wait()
}

// PreflightEarly implements steps.EarlyPreflighter: whether the bucket may be listed.
func (c *PruneConfig) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return probeEarly(ctx, c.Conn, in, c.Prefix)
}

// Preflight implements steps.Preflighter.
func (c *PruneConfig) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	u, err := parseFolder(c.Prefix)
	if err != nil {
		return []steps.Check{{Name: checkAccess, Err: err}}
	}
	client, access := probe(ctx, c.Conn, in, u)
	if client == nil {
		return []steps.Check{access}
	}
	old, kept, err := c.plan(ctx, client, in)
	if err != nil {
		return []steps.Check{access, {Name: checkSource, Err: err}}
	}
	return []steps.Check{access, {Name: checkSource, Message: c.intent(old, kept, in)}}
}

// intent says what Run would do, naming the first few.
func (c *PruneConfig) intent(old, kept []object, in *steps.Run) string {
	const few = 5
	var names []string
	for _, o := range old[:min(len(old), few)] {
		names = append(names, o.Key)
	}
	if more := len(old) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.TrimSuffix(c.sum(old, kept, in)+": "+strings.Join(names, ", "), ": ")
}

func (c *PruneConfig) sum(old, kept []object, in *steps.Run) string {
	verb := "would delete"
	if c.listsOnly(in) {
		verb = "lists only; would delete"
	}
	return fmt.Sprintf("%s %d and keep %d", verb, len(old), len(kept))
}

// Preview implements steps.Previewer.
func (c *PruneConfig) Preview(ctx context.Context, in *steps.Run) ([]string, error) {
	client, err := c.Dial(ctx, in.Env, s3client.ProbeAttempts)
	if err != nil {
		return nil, err
	}
	old, kept, err := c.plan(ctx, client, in)
	if err != nil {
		return nil, err
	}
	return append(append([]string{c.sum(old, kept, in)}, named("delete", old)...), named("keep", kept)...), nil
}

// named are lines with the first of the objects and of when they are.
func named(verb string, objects []object) (lines []string) {
	const most = 10
	for _, o := range objects[:min(len(objects), most)] {
		point, _ := o.recoveryPoint()
		lines = append(lines, fmt.Sprintf("%s %s, of %s", verb, o.URL, point.UTC().Format(time.RFC3339)))
	}
	if more := len(objects) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("%s %d more", verb, more))
	}
	return lines
}

// Reconcile implements steps.Reconciler: to delete again what is old does no
// harm, and what was deleted is not listed.
func (c *PruneConfig) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}
