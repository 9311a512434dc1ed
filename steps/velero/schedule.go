package velero

import (
	"errors"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// What velero_schedule does.
const (
	actionCreate  = "create"
	actionPause   = "pause"
	actionUnpause = "unpause"
	actionRunNow  = "run_now"
)

// Schedule is the kind velero_schedule.
func Schedule() steps.Kind {
	return steps.Kind{
		Type:    "velero_schedule",
		Summary: "Create, pause, unpause or run a schedule of Velero",
		Doc: `
` + "`create`" + ` applies a Schedule on the server's side and waits until Velero has accepted it; what a schedule backs up is said by the same
fields as in velero_backup. A field that another tool has set otherwise is a conflict, and fails.

` + "`pause`" + ` and ` + "`unpause`" + ` change one schedule, or with ` + "`all`" + ` every one; those that are so already stay as they are. The
output changed names the others, so that what was paused before a recovery can stay paused after it.

` + "`run_now`" + ` makes the backup that the schedule would make, paused or not, and ends as velero_backup does.`,
		Example: `step: No backups while we recover
velero_schedule:
  action: pause
  all: true
`,
		ByHand: `{{if eq .action "create"}}velero schedule create {{quote .name}} --schedule {{quote .cron}}{{with .include_namespaces}} --include-namespaces {{join . ","}}{{end}}{{if .paused}} --paused{{end -}}
{{else if eq .action "run_now"}}velero backup create --from-schedule {{quote .name}} --wait{{else}}velero schedule {{.action}} {{if .all}}--all{{else}}{{quote .name}}{{end}}{{end}}`,
		New:     func() steps.Step { return &scheduleStep{} },
		Timeout: 4 * time.Hour,
		Traits:  steps.Traits{Mutates: true, Cluster: true, WorldTells: true},
		Outputs: append([]steps.Output{
			{Name: "schedules", Type: steps.List, Doc: "The schedules it was about."},
			{Name: "changed", Type: steps.List, Doc: "Those that it changed or made."},
		}, backupOutputs...),
	}
}

type scheduleStep struct {
	Action          string `json:"action" plan:"required" enum:"create,pause,unpause,run_now" doc:"What to do."`
	Name            string `json:"name" doc:"The Schedule."`
	All             bool   `json:"all" doc:"Pause or unpause all schedules."`
	Cron            string `json:"cron" doc:"When it makes backups, for create: a cron expression such as 0 */6 * * *, in UTC, or @every 6h."`
	Paused          bool   `json:"paused" doc:"Create it paused."`
	SkipImmediately bool   `json:"skip_immediately" doc:"When it begins or goes on, do not make the backup that is overdue at once."`
	AcceptPartial   bool   `json:"accept_partial" doc:"For run_now: take a backup that failed in part."`
	content
	server.Where
}

// Validate checks what the types cannot.
func (s *scheduleStep) Validate(partial bool) error {
	errs := []error{s.content.Validate(), s.Where.Validate(), s.checkName(partial)}
	if s.Action == "" {
		return errors.Join(errs...)
	}
	creates := s.Action == actionCreate
	if creates && s.Cron == "" && !partial {
		errs = append(errs, steps.Errorf("cron", "create needs it"))
	}
	if s.Cron != "" && !looksLikeCron(s.Cron) {
		errs = append(errs, steps.Errorf("cron", "%q is no cron expression: five fields such as 0 */6 * * *, or @every 6h", s.Cron))
	}
	for _, f := range s.misplaced() {
		errs = append(errs, steps.Errorf(f, "%s does not take it", s.Action))
	}
	return errors.Join(errs...)
}

func (s *scheduleStep) checkName(partial bool) error {
	switch {
	case s.All && (s.Action == actionCreate || s.Action == actionRunNow):
		return steps.Errorf("all", "%s is for one schedule: name it", s.Action)
	case s.All && s.Name != "":
		return steps.Errorf("all", "name says which one already")
	case !s.All && s.Name == "" && !partial:
		return steps.Errorf("name", "say which schedule")
	}
	return nil
}

// misplaced are the fields that are given and that the action has no use for.
func (s *scheduleStep) misplaced() []string {
	var fields []string
	creates := s.Action == actionCreate
	if field := s.given(); field != "" && !creates {
		fields = append(fields, field)
	}
	for _, f := range []struct {
		name  string
		wrong bool
	}{
		{"cron", s.Cron != "" && !creates},
		{"paused", s.Paused && !creates},
		{"skip_immediately", s.SkipImmediately && !creates && s.Action != actionUnpause},
		{"accept_partial", s.AcceptPartial && s.Action != actionRunNow},
		{"labels", len(s.Labels) > 0 && (s.Action == actionPause || s.Action == actionUnpause)},
	} {
		if f.wrong {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// looksLikeCron is a first look; Velero's own is at the schedule itself.
func looksLikeCron(text string) bool {
	words := strings.Fields(text)
	if len(words) > 0 && (strings.HasPrefix(words[0], "CRON_TZ=") || strings.HasPrefix(words[0], "TZ=")) {
		words = words[1:]
	}
	return len(words) == 5 || len(words) > 0 && strings.HasPrefix(words[0], "@")
}
