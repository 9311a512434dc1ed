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
			return with(lab.Etcd.Conn(), object{"to": filepath.Join(t.TempDir(), "etcd.db")})
		},
		Slow: func(t *testing.T) any { return with(slowConn(t), object{"to": filepath.Join(dir, "etcd.db")}) },
		Fingerprint: func() string {
			names, _ := filepath.Glob(dir + "/*")
			return healthy(t, lab).Name(healthy(t, lab).Seen[0]) + filepath.Join(names...)
		},
	})
}

func TestMembersConforms(t *testing.T) {
	stepstest.Conform(t, Members(), stepstest.Case{
		Input: func(t *testing.T) any { return labtest.Shared(t).Etcd.Conn() },
		Slow:  func(t *testing.T) any { return slowConn(t) },
	})
}

func TestHealthConforms(t *testing.T) {
	stepstest.Conform(t, Health(), stepstest.Case{
		Input: func(t *testing.T) any { return labtest.Shared(t).Etcd.Conn() },
		Slow:  func(t *testing.T) any { return with(labtest.Shared(t).Etcd.Conn(), object{"members": 7}) },
	})
}

func TestRestoreConforms(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 1)
	file := takeSnapshot(t, lab)
	target := t.TempDir()
	input := func(t *testing.T, stop []string) object {
		return object{"from": file, "start": false, "beside_original": true, "existing_data": "move_aside", "members": []object{{
			"name": "m1", "data_dir": filepath.Join(target, "m1"), "peer_url": closed(t), "stop": stop,
		}}}
	}
	stepstest.Conform(t, Restore(), stepstest.Case{
		Input: func(t *testing.T) any { return input(t, []string{"true"}) },
		Slow:  func(t *testing.T) any { return input(t, []string{"sleep", "60"}) },
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
	stepstest.Conform(t, Replace(), stepstest.Case{
		Input: func(t *testing.T) any {
			failed(t)
			return replaceInput(lab, nil)
		},
		Slow: func(t *testing.T) any {
			failed(t)
			in := replaceInput(lab, nil)
			in["member"].(object)["stop"] = []string{"sleep", "60"}
			return in
		},
		Fingerprint: func() string {
			info, err := os.Stat(m.DataDir)
			if err != nil {
				return err.Error()
			}
			return info.ModTime().String()
		},
	})
}
