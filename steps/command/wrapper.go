package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// wrapperArg is how a program knows that it was started to be the wrapper.
const wrapperArg = "__command-wrapper"

// wrapperReady is set once WrapperMain has returned: a program that never
// called it must not start itself, or it would do so without end.
var wrapperReady bool

// request is what the wrapper reads from its standard input. A request that
// is cut, because drplan was killed while it wrote it, begins nothing. The
// program's environment is the wrapper's own: it may hold secrets, which belong
// in no file.
type request struct {
	Argv  []string      `json:"argv"`
	Dir   string        `json:"dir"`
	Stdin string        `json:"stdin"`
	Grace time.Duration `json:"grace"`
}

// WrapperMain is called first in the main function of a program whose plans run
// commands, tests included. It returns at once in an ordinary start; started
// as the wrapper it never returns.
func WrapperMain() {
	if len(os.Args) != 3 || os.Args[1] != wrapperArg {
		wrapperReady = true
		return
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP)
	if err := wrap(attempt(os.Args[2]), os.Stdin, signals); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// wrap claims the attempt, runs the program and leaves its status. An error
// means that it could not keep record; the program's own failure is none.
func wrap(a attempt, in io.Reader, signals <-chan os.Signal) error {
	var req request
	if err := json.NewDecoder(in).Decode(&req); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	lock, err := a.claim(owner{Pid: os.Getpid()})
	if err != nil {
		return err
	}
	defer lock.Close()
	s, err := a.execute(req, signals)
	if err != nil {
		s.ExitCode, s.Error = -1, err.Error()
	}
	s.EndedAt = time.Now().UTC()
	return a.end(s)
}

// execute runs the program to its end. An error means that it did not start.
func (a attempt) execute(req request, signals <-chan os.Signal) (s status, err error) {
	cmd := exec.Command(req.Argv[0], req.Argv[1:]...)
	cmd.Dir = req.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	files, err := a.redirect(cmd, req.Stdin)
	defer closeAll(files)
	if err != nil {
		return s, err
	}
	select {
	case <-signals:
		s.Stopped = true
		return s, errors.New("it was stopped before it started")
	default:
	}
	if req.Dir != "" { // exec would blame the program
		if _, err := os.Stat(req.Dir); err != nil {
			return s, err
		}
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	defer spareDisk(files[:2])()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended: // how it ended stands in cmd.ProcessState
	case <-signals:
		s.Stopped = true
		stopGroup(cmd.Process.Pid, req.Grace, ended)
	}
	for _, f := range files {
		_ = f.Sync() // a full disk shows in what can be read of it
	}
	s.read(cmd.ProcessState)
	return s, nil
}

func (s *status) read(p *os.ProcessState) {
	s.ExitCode = p.ExitCode()
	if ws, ok := p.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		s.ExitCode, s.Signal = 128+int(ws.Signal()), ws.Signal().String()
	}
}

// redirect gives the program files, never pipes: nobody waits for what it
// leaves in the background, and its output outlives every reader.
func (a attempt) redirect(cmd *exec.Cmd, stdin string) (files []*os.File, err error) {
	for _, name := range []string{"stdout", "stderr"} {
		f, err := os.OpenFile(a.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	if stdin == "" {
		return files, nil
	}
	f, err := os.CreateTemp(string(a), "stdin-")
	if err != nil {
		return files, err
	}
	files, cmd.Stdin = append(files, f), f
	if _, err := f.WriteString(stdin); err != nil {
		return files, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return files, errors.Join(err, os.Remove(f.Name()))
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
