package velero

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Run installs Velero and waits for it. Each part does nothing where its work is
// done already, so that it can be begun again after a crash.
func (s *installStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	if err := velero.Guard(ctx, in, ""); err != nil { // it adds kinds to the whole cluster
		return nil, err
	}
	_, err = velero.Deployment(ctx)
	installed := errors.Is(err, server.ErrNoVelero)
	if err != nil && !installed {
		return nil, err
	}
	paused, err := s.pauseAll(ctx, velero)
	if err != nil {
		return nil, err
	}
	if err := s.putPassword(ctx, velero, installed); err != nil {
		return nil, err
	}
	if err := s.install(ctx, in, velero.Namespace); err != nil {
		return nil, err
	}
	return s.settle(ctx, in, velero, paused, installed)
}

// Reconcile: the command leaves alone what is there, and so does the rest.
func (s *installStep) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

// Tidy removes the credentials that a killed process has left.
func (s *installStep) Tidy(in *steps.Run) error {
	err := os.Remove(secretFile(in))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func secretFile(in *steps.Run) string { return filepath.Join(in.Dir, "credentials") }

// pauseAll pauses what schedules there are; a cluster without Velero's kinds has none.
func (s *installStep) pauseAll(ctx context.Context, velero *server.Server) ([]string, error) {
	paused := []string{}
	if !s.PauseSchedules {
		return paused, nil
	}
	all, err := allSchedules(ctx, velero)
	if errors.Is(velero.Absent(err), server.ErrNoVelero) {
		return paused, nil
	}
	for i := range all {
		did, err := setPaused(ctx, velero, &all[i], true, false)
		if err != nil {
			return nil, err
		}
		if did {
			paused = append(paused, all[i].Name)
		}
	}
	return paused, err
}

// install runs the command.
func (s *installStep) install(ctx context.Context, in *steps.Run, namespace string) error {
	path, err := program.Find(s.Command, in.Dir, in.Environ())
	if err != nil {
		return steps.Final(err)
	}
	file := ""
	if s.Credentials != "" {
		file = secretFile(in)
		if err := os.WriteFile(file, []byte(s.Credentials), 0o600); err != nil {
			return err
		}
		defer os.Remove(file)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, s.args(in, namespace, file)...)
	cmd.Env, cmd.Dir = in.Environ(), in.Dir
	cmd.Stdout = io.MultiWriter(in.Output, &said)
	cmd.Stderr = cmd.Stdout
	cmd.WaitDelay = time.Second
	in.Progress("velero install")
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("velero install was stopped: %w", context.Cause(ctx))
		}
		return fmt.Errorf("velero install: %w: %s", err, lastWords(said.String()))
	}
	return nil
}

// maxWords is how much of a command's output an error shows, in bytes.
const maxWords = 600

func lastWords(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if cut := len(text) - maxWords; cut > 0 {
		text = "…" + strings.ToValidUTF8(text[cut:], "")
	}
	return text
}

// settle waits until all that was installed works.
func (s *installStep) settle(ctx context.Context, in *steps.Run, velero *server.Server, paused []string, installed bool) (steps.Outputs, error) {
	d, version, err := awaitServer(ctx, velero, in)
	if err != nil {
		return nil, err
	}
	if s.NodeAgent {
		if err := awaitAgent(ctx, velero, in); err != nil {
			return nil, err
		}
	}
	location, err := velero.Location(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := awaitLocation(ctx, velero, in, d, location); err != nil {
		return nil, err
	}
	more, err := s.pauseAll(ctx, velero) // the kinds are there now, and perhaps what others restored meanwhile
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, err
	}
	return steps.Outputs{
		"version": version, "image": server.Image(d), "location": location.Name,
		"paused_schedules": append(paused, more...), "installed": installed,
	}, nil
}
