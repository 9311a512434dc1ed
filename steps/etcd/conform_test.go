package etcd

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

// password is one that a server without authentication does not ask for.
const password = "hunter2-of-etcd"

// token is what a step's env has for its commands.
const token = "hunter2-of-the-env"

// login is the lab's connection with a user and a password.
func login(t *testing.T) object {
	return with(labtest.Shared(t).Etcd.Conn(), object{"username": "drplan", "password": password})
}

// silent is an endpoint that accepts connections and never says a word.
func silent(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "https://" + l.Addr().String()
}

func slowConn(t *testing.T) object {
	return with(labtest.Shared(t).Etcd.Conn(), object{"endpoints": []string{silent(t)}, "dial_timeout": "1m"})
}

func TestSnapshotConforms(t *testing.T) {
	lab := labtest.Shared(t)
	dir := t.TempDir()
	stepstest.Conform(t, Snapshot(s3.Upload()), stepstest.Case{
		Input: func(t *testing.T) any {
			return with(login(t), object{"to": filepath.Join(t.TempDir(), "etcd.db")})
		},
		Secrets: []string{password},
		Slow:    func(t *testing.T) any { return with(slowConn(t), object{"to": filepath.Join(dir, "etcd.db")}) },
		Fingerprint: func() string {
			names, _ := filepath.Glob(dir + "/*")
			return healthy(t, lab).Name(healthy(t, lab).Seen[0]) + filepath.Join(names...)
		},
	})
}

func TestMembersConforms(t *testing.T) {
	stepstest.Conform(t, Members(), stepstest.Case{
		Input:   func(t *testing.T) any { return login(t) },
		Slow:    func(t *testing.T) any { return slowConn(t) },
		Secrets: []string{password},
	})
}

func TestHealthConforms(t *testing.T) {
	stepstest.Conform(t, Health(), stepstest.Case{
		Input:   func(t *testing.T) any { return login(t) },
		Slow:    func(t *testing.T) any { return with(login(t), object{"members": 7}) },
		Secrets: []string{password},
	})
}

func TestRestoreConforms(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 1)
	file := takeSnapshot(t, lab)
	target := t.TempDir()
	input := func(t *testing.T, stop []string) object {
		return object{"username": "drplan", "password": password, "from": file, "start": false, "beside_original": true, "existing_data": "move_aside", "members": []object{{
			"name": "m1", "data_dir": filepath.Join(target, "m1"), "peer_url": closed(t), "stop": stop,
		}}}
	}
	stepstest.Conform(t, Restore(), stepstest.Case{
		// In the env of a step a secret reaches its commands, and nothing else.
		Input:   func(t *testing.T) any { return input(t, []string{"sh", "-c", `test -n "$TOKEN"`}) },
		Env:     map[string]string{"TOKEN": token},
		Secrets: []string{password, token},
		Slow:    func(t *testing.T) any { return input(t, []string{"sleep", "60"}) },
		Fingerprint: func() string {
			names, _ := filepath.Glob(target + "/*")
			return filepath.Join(names...)
		},
	})
}

// closed is a URL that refuses connections.
func closed(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "https://" + l.Addr().String()
}

func TestReplaceConforms(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	m := lab.Etcd.Members[1]
	failed := func(t *testing.T) {
		labtest.Sh(t, m.Start)
		healthy(t, lab)
		labtest.Sh(t, m.Kill)
	}
	secret := func(in object) object { return with(in, object{"username": "drplan", "password": password}) }
	stepstest.Conform(t, Replace(), stepstest.Case{
		Input: func(t *testing.T) any {
			failed(t)
			return secret(replaceInput(lab, nil))
		},
		Slow: func(t *testing.T) any {
			failed(t)
			in := secret(replaceInput(lab, nil))
			in["member"].(object)["stop"] = []string{"sleep", "60"}
			return in
		},
		Env:     map[string]string{"TOKEN": token},
		Secrets: []string{password, token},
		Fingerprint: func() string {
			info, err := os.Stat(m.DataDir)
			if err != nil {
				return err.Error()
			}
			return info.ModTime().String()
		},
	})
}
