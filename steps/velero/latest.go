package velero

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Latest is the kind velero_latest.
func Latest() steps.Kind {
	return steps.Kind{
		Type:    "velero_latest",
		Summary: "Find the newest good backup of Velero, and fail when it is too old",
		Doc: `
Only Completed backups count, and the newest is the one that was begun last: that time is its recovery point. Those begun later
that failed, failed in part or are under way stand in the output skipped, each with its state, and in the run's log.

With ` + "`namespace`" + `, a backup must take in the namespace whole: one that a label selector or a list of resources narrows is
passed over, unless it is chosen by schedule or selector, or allow_narrowed is set.

A fresh cluster learns of the backups in a storage location some time after the location is set up, a minute by default. A
location that was never synced is waited for, and so is the next sync when no backup fits; with ` + "`wait_for_sync`" + ` always. A
cluster whose etcd was restored remembers a sync of long ago, and not the backups made since: ` + "`synced_after`" + ` a time before its
Velero started again waits for the first sync that Velero has made there, and not for one more.
A location that is Unavailable is waited for only when storage_location names it.`,
		Example: `step: Find the newest good backup
velero_latest:
  namespace: shop
  max_age: 1 hour
`,
		ByHand: `velero backup get{{with .selector}} --selector {{quote .}}{{end}}{{with .schedule}} --selector velero.io/schedule-name={{.}}{{end}}
kubectl -n {{with .velero_namespace}}{{.}}{{else}}velero{{end}} get backups.velero.io --sort-by=.status.startTimestamp`,
		New:     func() steps.Step { return &latestStep{} },
		Timeout: 10 * time.Minute,
		Traits:  steps.Traits{Cluster: true},
		Outputs: []steps.Output{
			{Name: "backup", Type: steps.String, Doc: "The backup's name."},
			{Name: "started_at", Type: steps.Time, Doc: "When it was begun."},
			{Name: steps.OutRecoveryPoint, Type: steps.Time, Doc: "The same: all that was there before is in it."},
			{Name: "completed_at", Type: steps.String, Doc: "When it was whole (RFC 3339)."},
			{Name: "age_seconds", Type: steps.Number, Doc: "How old the recovery point is."},
			{Name: "items", Type: steps.Int, Doc: "Objects in it."},
			{Name: "total_items", Type: steps.Int, Doc: "Objects that were to be in it."},
			{Name: "warnings", Type: steps.Int, Doc: "Warnings while it was made."},
			{Name: "namespaces", Type: steps.List, Doc: "Namespaces that it was to take in, as the backup has them; * is all."},
			{Name: "schedule", Type: steps.String, Doc: "The schedule that made it; empty when none did."},
			{Name: "location", Type: steps.String, Doc: "The BackupStorageLocation that holds it."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that made it; empty when none did."},
			{Name: "skipped", Type: steps.List, Doc: "Backups begun later, each with the reason why it is not the one."},
		},
	}
}

type latestStep struct {
	Namespace       string         `json:"namespace" doc:"Only backups that take in this namespace."`
	Schedule        string         `json:"schedule" doc:"Only backups of this Schedule."`
	Selector        string         `json:"selector" doc:"Only backups with these labels, such as tier=gold."`
	StorageLocation string         `json:"storage_location" doc:"Only backups in this BackupStorageLocation."`
	MaxAge          steps.Duration `json:"max_age" doc:"Fail when the newest good backup is older: the RPO is breached."`
	NotBefore       time.Time      `json:"not_before" doc:"Skip backups begun before this time, such as ${run.started_at}."`
	Before          time.Time      `json:"before" doc:"Skip backups that were not whole before this time: the damage that is to be undone may be in them."`
	WaitForSync     bool           `json:"wait_for_sync" doc:"First wait until Velero has looked into the storage locations again, since another cluster writes there."`
	SyncedAfter     time.Time      `json:"synced_after" doc:"First wait until Velero has looked into the storage locations after this time, by its own clock."`
	AllowNarrowed   bool           `json:"allow_narrowed" doc:"Take backups too that do not hold all objects of their namespaces."`
	server.Where
}

// Validate checks what the types cannot.
func (s *latestStep) Validate(bool) error {
	errs := []error{s.Where.Validate(), checkSelector("selector", s.Selector)}
	if s.Namespace != "" && !server.IsNamespace(s.Namespace) {
		errs = append(errs, steps.Errorf("namespace", "%q is no namespace's name: lower case letters, digits and dashes", s.Namespace))
	}
	if s.MaxAge < 0 {
		errs = append(errs, steps.Errorf("max_age", "it must be above 0"))
	}
	if !s.Before.IsZero() && !s.NotBefore.IsZero() && !s.NotBefore.Before(s.Before) {
		errs = append(errs, steps.Errorf("before", "it must be later than not_before"))
	}
	return errors.Join(errs...)
}

// Run waits for what must be synced, and chooses.
func (s *latestStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	sync := syncWait{velero, in, s.StorageLocation, s.SyncedAfter}
	if err := sync.wait(ctx, s.WaitForSync); err != nil {
		return nil, err
	}
	chosen, err := s.choose(ctx, velero)
	if errors.Is(err, errNone) && !s.WaitForSync {
		in.Progress("no backup fits yet: waiting for the next sync")
		if err := sync.wait(ctx, true); err != nil {
			return nil, err
		}
		chosen, err = s.choose(ctx, velero)
	}
	if err != nil {
		return nil, err
	}
	s.tell(in, chosen)
	age := in.Now().Sub(chosen.point())
	if err := s.tooOld(chosen, age); err != nil {
		return nil, err
	}
	return chosen.outputs(age), nil
}

// tell says in the log what people should know of the choice.
func (s *latestStep) tell(in *steps.Run, c *choice) {
	for _, text := range c.skipped() {
		in.Log.Warn("a later backup was passed over", "backup", text)
	}
	if n := len(c.skipped()); n > 0 {
		in.Progress(fmt.Sprintf("%s; %d later passed over", c.backup.Name, n))
	}
	if end := c.backup.Status.Expiration; end != nil && end.Time.Before(in.Now()) {
		in.Log.Warn("the backup has expired and Velero may delete it at any time", "backup", c.backup.Name, "expired_at", stamp(end))
	}
}

// tooOld is the breach of the RPO, in figures that differ: ages are rounded to
// minutes unless that would hide the difference.
func (s *latestStep) tooOld(c *choice, age time.Duration) error {
	limit := time.Duration(s.MaxAge)
	if limit == 0 || age <= limit {
		return nil
	}
	round := time.Minute
	if age-limit < 2*time.Minute {
		round = time.Millisecond
	}
	return fmt.Errorf("RPO breach: the newest good backup is %s old, max_age is %s: %s%s", brief(age.Round(round)), brief(limit), c.backup.Name, c.butSkipped())
}

// brief writes 7h12m, not 7h12m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Preflight chooses as Run does, without waiting. What is not there yet may be
// made by an earlier step, or come with the next sync, so it is asked again.
func (s *latestStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	checks := []steps.Check{velero.CheckAccess(ctx, latestAccess(velero)...)}
	if in.Attempt > 0 { // what is not there yet Run waits for, and then it is for Run to refuse
		return checks
	}
	checks = append(checks, velero.CheckLocation(ctx, s.StorageLocation, false))
	if s.StorageLocation == "" && checks[1].Err != nil { // any location may hold one
		checks = checks[:1]
	}
	return append(checks, s.checkBackup(ctx, velero, in))
}

// PreflightEarly checks what no earlier step gives. Without a name any location may
// have the backup.
func (s *latestStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return unreached
	}
	asks := []ask{access(velero, latestAccess(velero)...)}
	if s.StorageLocation != "" {
		asks = append(asks, func(ctx context.Context) steps.Check { return velero.CheckLocationEarly(ctx, s.StorageLocation, false) })
	}
	return together(ctx, asks...)
}

func latestAccess(velero *server.Server) []kubeclient.Access {
	return []kubeclient.Access{velero.Need("backups", "list"), velero.Need("backupstoragelocations", "list", "watch")}
}

const checkBackup = "backup_exists"

func (s *latestStep) checkBackup(ctx context.Context, velero *server.Server, in *steps.Run) steps.Check {
	chosen, err := s.choose(ctx, velero)
	if err != nil {
		return steps.Check{Name: checkBackup, Err: err, Defer: errors.Is(err, errNone) || errors.Is(err, server.ErrNoVelero)}
	}
	age := in.Now().Sub(chosen.point())
	if err := s.tooOld(chosen, age); err != nil {
		return steps.Check{Name: checkBackup, Err: err, Defer: true}
	}
	return steps.Check{Name: checkBackup, Message: fmt.Sprintf("%s is %s old", chosen.backup.Name, brief(age.Round(time.Second)))}
}
