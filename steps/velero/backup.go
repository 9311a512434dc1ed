package velero

import (
	"errors"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// backupOutputs are those of every kind that makes a backup.
var backupOutputs = []steps.Output{
	{Name: "backup", Type: steps.String, Doc: "The backup's name."},
	{Name: "phase", Type: steps.String, Doc: "How it ended: Completed, or PartiallyFailed where accept_partial took that."},
	{Name: "started_at", Type: steps.String, Doc: "When Velero began it (RFC 3339): the recovery point."},
	{Name: "completed_at", Type: steps.String, Doc: "When it was whole (RFC 3339)."},
	{Name: "items", Type: steps.Int, Doc: "Objects that were backed up."},
	{Name: "total_items", Type: steps.Int, Doc: "Objects that were to be."},
	{Name: "errors", Type: steps.Int, Doc: "Errors."},
	{Name: "warnings", Type: steps.Int, Doc: "Warnings."},
	{Name: "messages", Type: steps.List, Doc: "The first errors of a backup that failed in part, each with its namespace."},
	{Name: "volumes", Type: steps.Int, Doc: "Volumes whose files were backed up."},
	{Name: "volume_bytes", Type: steps.Int, Doc: "Their bytes."},
	{Name: "location", Type: steps.String, Doc: "The BackupStorageLocation that holds it."},
}

// Backup is the kind velero_backup.
func Backup() steps.Kind {
	return steps.Kind{
		Type:    "velero_backup",
		Summary: "Make a backup with Velero, and fail unless it is whole",
		Doc: `
The backup has a name that derives from the run, the step and the attempt, so that a resumed run finds it and waits for it;
another attempt makes another one. It carries the labels drplan.dev/run and drplan.dev/step. Nothing is deleted: Velero does
that when its TTL is over.

The step ends when the backup has: Completed is good. PartiallyFailed fails, with the first errors of the backup's results; with
` + "`accept_partial`" + ` it does not. Either way the results and the log are kept in the run's folder. While it goes on, the step
says what is backed up and what it waits for; at its deadline, which backup stands before it in the queue. A storage location that
is Unavailable has 70 seconds to become Available before the backup is asked for: Velero looks each minute.

What goes into the backup is said by the fields, or by a schedule with ` + "`from_schedule`" + `. In a drill, all namespaces must be
those that the run made, unless the cluster is marked for drills.`,
		Example: `step: Back up the shop
velero_backup:
  include_namespaces: [shop]
  volumes: fs_backup
  ttl: 3 days
`,
		ByHand: `{{if .from_schedule}}velero backup create --from-schedule {{quote .from_schedule}} --wait{{else -}}
velero backup create NAME{{with .include_namespaces}} --include-namespaces {{join . ","}}{{end}}{{with .exclude_namespaces}} --exclude-namespaces {{join . ","}}{{end -}}
{{with .include_resources}} --include-resources {{join . ","}}{{end}}{{with .exclude_resources}} --exclude-resources {{join . ","}}{{end -}}
{{with .selector}} --selector {{quote .}}{{end}}{{with .storage_location}} --storage-location {{quote .}}{{end -}}
{{with .ttl}} --ttl {{quote .}}{{end}}{{if eq .volumes "fs_backup"}} --default-volumes-to-fs-backup{{else if eq .volumes "snapshot"}} --snapshot-volumes{{else if eq .volumes "snapshot_moved"}} --snapshot-volumes --snapshot-move-data{{else if eq .volumes "none"}} --default-volumes-to-fs-backup=false --snapshot-volumes=false{{end}} --wait{{end}}
velero backup describe NAME --details`,
		New:     func() steps.Step { return &backupStep{} },
		Timeout: 4 * time.Hour,
		Traits:  steps.Traits{Mutates: true, Cluster: true, WorldTells: true},
		Outputs: backupOutputs,
	}
}

type backupStep struct {
	content
	FromSchedule  string `json:"from_schedule" doc:"Make the backup that this Schedule would make; then no field says what goes into it."`
	AcceptPartial bool   `json:"accept_partial" doc:"Take a backup that failed in part: another step decides whether it serves."`
	server.Where
}

// Validate checks what the types cannot.
func (s *backupStep) Validate(bool) error {
	errs := []error{s.content.Validate(), s.Where.Validate()}
	if field := s.given(); s.FromSchedule != "" && field != "" {
		errs = append(errs, steps.Errorf(field, "the schedule %s says what goes into the backup: leave this out, or from_schedule", s.FromSchedule))
	}
	return errors.Join(errs...)
}
