package canary

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// Kind is the kind canary.
func Kind() steps.Kind {
	return steps.Kind{
		Type:    "canary",
		Summary: "Prove by a fresh nonce that data was lost, and that it came back.",
		Doc: `action: write puts a random nonce into the data, before the backup; with every it is written anew, with the time, until
the phase ends. action: gone proves that none of this run's canaries is left. action: check finds the nonce in the restored
data; the newest beat found is the recovery point that was reached. action: remove takes this run's canaries away again.

Marks are kept in etcd under a prefix of their own, as files in a folder, or in a Kubernetes cluster: in a ConfigMap, in a
volume, or in both at once, which must then both be lost and both come back. A volume is written and read by a program in a
pod that has mounted it; its container needs sh, cat, mkdir, mv and rm. It counts as gone without a pod when the pod's claim is, and
no PersistentVolume of it is left. Any other place is reached by ` + "`program`" + `: commands that store, list and remove lines of text.

A canary shows that restoring works; how old the data of a scheduled backup would be it shows only where no step of the drill
makes the backup. With ` + "`schedule`" + ` the plan says so of a backup that goes on by itself, such as WAL archiving or replication:
then the drill must wait for it, and never hurry it.

That an API server does not answer, or that the kubeconfig itself is lost, proves nothing; data_dirs can name what must not exist
then, such as etcd's data folder.`,
		Example: `step: Write a canary, and keep its heart beating
id: canary
canary:
  action: write
  every: 2s
  etcd:
    endpoints: ["https://10.0.0.1:2379"]
    tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
`,
		ByHand:  byHand,
		New:     func() steps.Step { return &step{} },
		Timeout: 2 * time.Minute,
		Outputs: []steps.Output{
			{Name: "nonce", Type: steps.String, Doc: "The nonce that was written or found; empty where it is gone."},
			{Name: "at", Type: steps.Time, Doc: "When the mark was written; of gone and remove, when they were done."},
			{Name: "marks", Type: steps.Int, Doc: "How many of this run's marks were seen."},
			{Name: steps.OutDataSource, Type: steps.String, Doc: "The field data_source, else where the canary lives: etcd, files, program or kubernetes."},
			{Name: steps.OutRecoveryPoint, Type: steps.String, Doc: "Of check: when the newest mark found was written, RFC 3339; else empty."},
			{Name: steps.OutSchedule, Type: steps.String, Doc: "The field schedule."},
		},
		Traits: steps.Traits{Mutates: true, Verifies: true, Observes: true},
	}
}

type step struct {
	Action     string           `json:"action" plan:"required" enum:"write,gone,check,remove" doc:"What to do with the canary."`
	Etcd       *etcdclient.Conn `json:"etcd" doc:"The etcd that holds the canary."`
	Dir        string           `json:"dir" doc:"The folder that holds the canary, where it is not etcd."`
	ConfigMap  string           `json:"configmap" plan:"cluster" doc:"The ConfigMap that holds the canary, as namespace/name. It is made where it is not there; nothing else may be in it."`
	Volume     *volume          `json:"volume" plan:"cluster" doc:"The volume that holds the canary, by a pod that has mounted it."`
	Program    *programs        `json:"program" doc:"Programs that keep the canary elsewhere, such as in a table of a database."`
	Prefix     string           `json:"prefix" default:"/drplan/canary/" doc:"Prefix of the canary's keys in etcd; nothing else may live there."`
	Every      steps.Duration   `json:"every" doc:"Of write: beat this often until the phase ends."`
	Nonce      string           `json:"nonce" doc:"Of check: the nonce that must be found, an output of the step that wrote it."`
	NotBefore  *time.Time       `json:"not_before" doc:"Of check: the mark found must have been written at this time or later."`
	DataSource string           `json:"data_source" doc:"What to call the data in the report: the same word as in the step that restores them."`
	Schedule   string           `json:"schedule" doc:"Of check: what backs this data up without this drill, such as WAL archiving. The RPO up to the canary is then judged, although the drill wrote it."`
	DataDirs   []string         `json:"data_dirs" doc:"Of gone: where nothing answers any more, the proof is that these folders do not exist."`
}

// Validate checks the config.
func (s *step) Validate(partial bool) error {
	var errs []error
	homes := 0
	for _, given := range []bool{s.Etcd != nil, s.Dir != "", s.Program != nil, s.onCluster()} {
		if given {
			homes++
		}
	}
	if homes != 1 && !partial || homes > 1 {
		errs = append(errs, steps.Errorf("etcd", "give one of etcd, dir, program, or configmap and volume: where the canary lives"))
	}
	errs = append(errs, s.validateCluster(partial)...)
	if s.Etcd != nil {
		errs = append(errs, steps.Under("etcd", s.Etcd.Validate(partial)))
	}
	if s.Program != nil {
		errs = append(errs, steps.Under("program", s.Program.validate(partial)))
	}
	if s.Action == "check" && s.Nonce == "" && !partial {
		errs = append(errs, steps.Errorf("nonce", "check needs the nonce of this run's canary, or any old one would do: ${steps.<canary>.nonce}"))
	}
	return errors.Join(append(errs, s.misplaced()...)...)
}

// misplaced are fields that their action would ignore: the author meant another.
func (s *step) misplaced() []error {
	var errs []error
	for _, f := range []struct {
		name, action string
		given        bool
	}{
		{"every", "write", s.Every != 0},
		{"nonce", "check", s.Nonce != ""},
		{"not_before", "check", s.NotBefore != nil},
		{"schedule", "check", s.Schedule != ""},
		{"data_dirs", "gone", s.DataDirs != nil},
	} {
		if f.given && s.Action != f.action {
			errs = append(errs, steps.Errorf(f.name, "it belongs to action: %s, not to %s", f.action, s.Action))
		}
	}
	return errs
}

// Run does the action.
func (s *step) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	switch s.Action {
	case "write":
		return s.write(ctx, in)
	case "gone":
		return s.gone(ctx, in)
	case "check":
		return s.check(ctx, in)
	}
	return s.remove(ctx, in)
}

func (s *step) write(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	var nonce [16]byte
	rand.Read(nonce[:]) // never fails, says its documentation
	m := mark{Run: in.RunID, Step: in.StepID, Nonce: hex.EncodeToString(nonce[:]), At: in.Now().UTC()}
	err := s.each(ctx, in, func(p place) error { return p.put(ctx, m) })
	if err != nil {
		return nil, fmt.Errorf("write the canary: %w", err)
	}
	return s.outputs(m.Nonce, m.At, 1, ""), nil
}

// gone succeeds when every place can be read and holds no mark of this run, or
// when nothing answers and the data's own folders do not exist. That nothing
// answers is no proof by itself: a stopped server loses nothing. A canary's own
// folder that does not exist is one, and so is a mark that was damaged.
func (s *step) gone(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	err := s.each(ctx, in, func(p place) error {
		marks, err := p.list(ctx)
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err := s.unread(err); err != nil {
			return err
		}
		if left := ofRun(marks, in.RunID); len(left) > 0 {
			return fmt.Errorf("the canary is still there (%d marks, the newest of %s): the disaster did not destroy the data",
				len(left), newest(left).At.Format(time.RFC3339Nano))
		}
		return nil
	})
	if errors.Is(err, kubeclient.ErrNoContext) { // the disaster took it along
		err = s.dirsGone(err)
	}
	if err != nil {
		return nil, err
	}
	return s.outputs("", in.Now().UTC(), 0, ""), nil
}

// unread is nil where it is a proof by itself that the marks could not be read.
func (s *step) unread(err error) error {
	switch {
	case err == nil, errors.Is(err, errDamaged), s.Dir != "" && errors.Is(err, fs.ErrNotExist):
		return nil
	case steps.IsFinal(err):
		return err
	case s.onCluster() && !kubeclient.Transient(err):
		return fmt.Errorf("it cannot be told whether the canary is gone: %w", err)
	}
	return s.dirsGone(err)
}

// check finds this run's nonce in every place; the recovery point is that of the
// place that lost most.
func (s *step) check(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	var found, points []mark
	err := s.each(ctx, in, func(p place) error {
		marks, err := p.list(ctx)
		if err != nil {
			return err
		}
		own, point, err := s.judge(marks, in.RunID)
		found, points = append(found, own...), append(points, point)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.outputs(s.Nonce, newest(found).At, len(found), oldest(points).At.Format(time.RFC3339Nano)), nil
}

// judge finds the nonce among the marks of one place, and the newest beat that
// came back with it. What else is there tells the drill's author what was restored
// instead.
func (s *step) judge(marks []mark, run string) (found []mark, point mark, err error) {
	for _, m := range marks {
		if m.Nonce == s.Nonce {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return nil, mark{}, s.missing(marks, run)
	}
	m := newest(found)
	if s.NotBefore != nil && m.At.Before(*s.NotBefore) {
		return nil, mark{}, fmt.Errorf("the newest mark found is of %s, older than %s: an older backup was restored",
			m.At.Format(time.RFC3339Nano), s.NotBefore.Format(time.RFC3339Nano))
	}
	point = newest(ofRun(marks, run)) // any beat of this run that came back
	if point.At.Before(m.At) {
		point = m
	}
	return found, point, nil
}

func (s *step) missing(marks []mark, run string) error {
	if len(marks) == 0 {
		return errors.New("there is no canary in the restored data: nothing was restored, or a backup from before the canary")
	}
	m := newest(marks)
	if own := ofRun(marks, run); len(own) > 0 {
		return fmt.Errorf("the restored data lacks the canary with nonce %s, though it has another of this run (step %s): an older backup was restored", s.Nonce, newest(own).Step)
	}
	return fmt.Errorf("the restored data holds only another run's canary (%s, of %s): not this drill's backup was restored", m.Run, m.At.Format(time.RFC3339))
}

func (s *step) remove(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	removed := 0
	err := s.each(ctx, in, func(p place) error {
		marks, err := p.list(ctx)
		if err != nil {
			return err
		}
		own := ofRun(marks, in.RunID)
		if err := p.remove(ctx, own); err != nil {
			return fmt.Errorf("remove the canary: %w", err)
		}
		removed += len(own)
		left, err := p.list(ctx)
		if err != nil {
			return err
		}
		if left := ofRun(left, in.RunID); len(left) > 0 {
			return fmt.Errorf("%d marks of this run are still there after they were removed: does something write them again?", len(left))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.outputs("", in.Now().UTC(), removed, ""), nil
}

func (s *step) source() string {
	switch {
	case s.DataSource != "":
		return s.DataSource
	case s.Etcd != nil:
		return "etcd"
	case s.Program != nil:
		return "program"
	case s.onCluster():
		return "kubernetes"
	}
	return "files"
}

func (s *step) outputs(nonce string, at time.Time, marks int, point string) steps.Outputs {
	return steps.Outputs{
		"nonce": nonce, "at": at.Format(time.RFC3339Nano), "marks": marks,
		steps.OutDataSource: s.source(), steps.OutRecoveryPoint: point, steps.OutSchedule: s.Schedule,
	}
}
