package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/drplan/drplan/steps/internal/program"
)

// killAfter is how long a command may take to end when its context is done.
const killAfter = 5 * time.Second

// Exec is what commands of one server run with.
type Exec struct {
	Name    string   // of the server; names its files in Dir
	Dir     string   // a folder of the step's own, for command output
	Environ []string // as os.Environ
	Output  io.Writer
}

// Run runs a command to its end. Its output goes to a file, not a pipe: a
// server that it leaves behind keeps what it inherits open.
func (x Exec) Run(ctx context.Context, what string, argv []string, vars map[string]string) error {
	cmd, err := x.command(ctx, argv)
	if err != nil {
		return wrap(what, argv, err)
	}
	log, err := os.OpenFile(filepath.Join(x.Dir, strings.ReplaceAll(x.Name, "/", "_")+"-"+what+logEnd), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = killAfter
	err = cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what ignored SIGTERM; the group may be gone
	}
	said := tail(log)
	if x.Output != nil && said != "" {
		fmt.Fprintf(x.Output, "%s %s: %s\n", x.Name, what, said)
	}
	if err != nil {
		return wrap(what, argv, errors.Join(context.Cause(ctx), because(err, said)))
	}
	return nil
}

// find looks where the command's own environment says, which a step may change.
func (x Exec) find(name string) (string, error) { return program.Find(name, "", x.Environ) }

func (x Exec) command(ctx context.Context, argv []string) (*exec.Cmd, error) {
	path, err := x.find(argv[0])
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, argv[1:]...)
	cmd.Args[0] = argv[0]
	cmd.Env = slices.Clone(x.Environ)
	return cmd, nil
}

const logEnd = ".log"

// Tidy removes what commands wrote, which may hold secrets. A reader finds what
// may be seen of it in the run's own log.
func Tidy(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, "-stop"+logEnd) || strings.HasSuffix(name, "-start"+logEnd) {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	return errors.Join(errs...)
}

func because(err error, said string) error {
	if said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, said)
}

// tail is the end of what a command wrote, for a person to read.
func tail(f *os.File) string {
	const limit = 4096
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	buf := make([]byte, min(info.Size(), limit))
	n, err := f.ReadAt(buf, info.Size()-int64(len(buf)))
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	return strings.TrimSpace(string(buf[:n]))
}
