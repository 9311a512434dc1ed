package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/steps/internal/program"
	"golang.org/x/sys/unix"
)

// Check says what would keep Halt and Launch from working, without stopping or
// starting anything: a program that is missing, a unit that systemd does not
// know, a manifest that cannot be moved.
func (c Control) Check(ctx context.Context, x Exec) error {
	var errs []error
	for _, name := range c.programs() {
		_, err := x.find(name)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	switch {
	case c.SystemdUnit != "":
		return checkUnit(ctx, x, c.SystemdUnit)
	case c.StaticPod != "":
		return checkManifest(c.StaticPod)
	}
	return nil
}

// programs are those that Halt and Launch will run.
func (c Control) programs() []string {
	var out []string
	if !c.Stop.IsZero() {
		out = append(out, program.Argv(c.Stop)[0])
	}
	if !c.Start.IsZero() {
		out = append(out, program.Argv(c.Start)[0])
	}
	if c.SystemdUnit != "" {
		out = append(out, "systemctl")
	}
	return out
}

func checkUnit(ctx context.Context, x Exec, unit string) error {
	cmd, err := x.command(ctx, []string{"systemctl", "show", "-p", "LoadState", unit})
	if err != nil {
		return err
	}
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = because(err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return fmt.Errorf("ask systemd for %s: %w", unit, err)
	}
	_, state, _ := strings.Cut(strings.TrimSpace(string(out)), "=")
	if state != "loaded" {
		return fmt.Errorf("systemd says that unit %s is %s: write its name as systemctl list-unit-files has it", unit, state)
	}
	return nil
}

func checkManifest(manifest string) error {
	if !there(manifest) && !there(parked(manifest)) {
		return lost(manifest)
	}
	for _, dir := range []string{filepath.Dir(manifest), filepath.Dir(parked(manifest))} {
		err := unix.Access(dir, unix.W_OK|unix.X_OK)
		if errors.Is(err, fs.ErrNotExist) {
			dir = filepath.Dir(dir)
			err = unix.Access(dir, unix.W_OK|unix.X_OK)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be written, and the manifest is to be moved from %s to %s: %w", dir, manifest, parked(manifest), err)
		}
	}
	return sameFileSystem(manifest)
}

// sameFileSystem: a manifest is moved by rename, so that it is never half there.
func sameFileSystem(manifest string) error {
	var folder, above unix.Stat_t
	if err := unix.Stat(filepath.Dir(manifest), &folder); err != nil {
		return err
	}
	if err := unix.Stat(filepath.Dir(filepath.Dir(manifest)), &above); err != nil {
		return err
	}
	if folder.Dev != above.Dev {
		return fmt.Errorf("%s is a file system of its own, and a manifest in it cannot be moved to %s by rename: use stop and start",
			filepath.Dir(manifest), filepath.Dir(parked(manifest)))
	}
	return nil
}
