package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// writeEnv writes the shell file that gives drplan, etcdctl and the S3 clients
// what they need.
func (l *Lab) writeEnv() error { return l.writeVariables(nil) }

// writeVariables writes the file env: the lab's etcd and S3 server, and what
// else is given.
func (l *Lab) writeVariables(more [][2]string) error {
	variables := append([][2]string{
		{"LAB_DIR", l.Dir},
		{"ETCD_ENDPOINTS", strings.Join(l.Etcd.Endpoints, ",")},
		{"ETCD_CACERT", l.Etcd.CACert},
		{"ETCD_CERT", l.Etcd.Cert},
		{"ETCD_KEY", l.Etcd.Key},
		{"ETCDCTL_ENDPOINTS", strings.Join(l.Etcd.Endpoints, ",")},
		{"ETCDCTL_CACERT", l.Etcd.CACert},
		{"ETCDCTL_CERT", l.Etcd.Cert},
		{"ETCDCTL_KEY", l.Etcd.Key},
		{"AWS_ENDPOINT_URL", l.S3.Endpoint},
		{"AWS_ACCESS_KEY_ID", l.S3.AccessKey},
		{"AWS_SECRET_ACCESS_KEY", l.S3.SecretKey},
		{"AWS_REGION", l.S3.Region},
		{"S3_BUCKET", l.S3.Bucket},
	}, more...)
	var b strings.Builder
	b.WriteString("# Source this in a shell: . " + quote(l.path("env")) + "\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "export %s=%s\n", v[0], quote(v[1]))
	}
	fmt.Fprintf(&b, "export PATH=%s:\"$PATH\"\n", quote(l.path("bin")))
	return writeFile(l.path("env"), []byte(b.String()), 0o600)
}

// writeScripts writes start, stop and kill of every server. They call the lab's
// own copy of this command by its path, so they work from anywhere.
func (l *Lab) writeScripts() error {
	for _, name := range l.servers() {
		s, err := l.Server(name)
		if err != nil {
			return err
		}
		for action, path := range map[string]string{"start": s.files.Start, "stop": s.files.Stop, "kill": s.files.Kill} {
			script := fmt.Sprintf("#!/bin/sh\nexec %s member %s --dir %s %s\n", quote(l.path("bin", "lab")), action, quote(l.Dir), name)
			if err := writeFile(path, []byte(script), 0o700); err != nil {
				return err
			}
		}
	}
	return nil
}

// installBinaries puts this command and links to the components' binaries into
// the lab's folder bin. built maps a name to its path.
func (l *Lab) installBinaries(built map[string]string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := copyFile(self, l.path("bin", "lab")); err != nil {
		return fmt.Errorf("copy the lab command into the lab: %w", err)
	}
	for name, target := range built {
		link := l.path("bin", name)
		if now, err := os.Readlink(link); err == nil && now == target {
			continue
		}
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Symlink(target, link); err != nil {
			return err
		}
	}
	return nil
}

// copyFile replaces the executable to in one step, also while it runs.
func copyFile(from, to string) error {
	if from == to {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(0o755), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// quote makes s one word of a POSIX shell.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
