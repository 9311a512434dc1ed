package etcd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/stepstest"
)

type object = map[string]any

// with is the base and what differs from it.
func with(base object, differ object) object {
	out := maps.Clone(base)
	maps.Copy(out, differ)
	return out
}

// perform decodes and runs a step as the first attempt of a run of its own.
func perform(t testing.TB, k steps.Kind, input any) (steps.Outputs, error) {
	t.Helper()
	return stepstest.Decode(t, k, input).Run(t.Context(), stepstest.NewRun(t).Run)
}

func mustPerform(t testing.TB, k steps.Kind, input any) steps.Outputs {
	t.Helper()
	out, err := perform(t, k, input)
	if err != nil {
		t.Fatalf("%s: %v", k.Type, err)
	}
	stepstest.CheckOutputs(t, k, out)
	return out
}

// takeSnapshot returns the file of a snapshot of the lab's etcd.
func takeSnapshot(t testing.TB, lab *labtest.Lab) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "etcd.db")
	mustPerform(t, Snapshot(s3.Upload()), with(lab.Etcd.Conn(), object{"to": to}))
	return to
}

// write puts n keys below prefix.
func write(t testing.TB, lab *labtest.Lab, prefix string, n int) {
	t.Helper()
	client := lab.Etcd.Client(t)
	for i := range n {
		if _, err := client.Put(t.Context(), fmt.Sprintf("%s/%04d", prefix, i), strings.Repeat("v", 200)); err != nil {
			t.Fatal(err)
		}
	}
}

// restoreInput is a restore of the lab's three members from file.
func restoreInput(lab *labtest.Lab, file string, differ object) object {
	var members []object
	for _, m := range lab.Etcd.Members {
		members = append(members, memberInput(m))
	}
	return with(object{
		"from": file, "tls": lab.Etcd.Conn()["tls"], "existing_data": "move_aside",
		"members": members, "stop_timeout": "20s", "start_timeout": "30s",
	}, differ)
}

func memberInput(m labtest.Member) object {
	return object{
		"name": m.Name, "data_dir": m.DataDir, "peer_url": m.PeerURL, "client_url": m.ClientURL,
		// SIGKILL: three members that are asked to stop at once take seven seconds.
		"stop": []string{m.Kill}, "start": m.Start, "pid_file": m.PidFile,
	}
}

// kill kills all members and, as a disaster does, wipes their data.
func kill(t testing.TB, lab *labtest.Lab, wipe bool) {
	t.Helper()
	for _, m := range lab.Etcd.Members {
		labtest.Sh(t, m.Kill)
		if wipe {
			if err := os.RemoveAll(m.DataDir); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// starts counts the processes of all members that were ever started.
func starts(t testing.TB, lab *labtest.Lab) int {
	t.Helper()
	n := 0
	for _, m := range lab.Etcd.Members {
		n += labtest.Starts(t, m.StartsLog)
	}
	return n
}

func conn(lab *labtest.Lab) etcdclient.Conn {
	return etcdclient.Conn{Endpoints: lab.Etcd.Endpoints, Auth: etcdclient.Auth{
		TLS: etcdclient.TLS{CA: lab.Etcd.CACert, Cert: lab.Etcd.Cert, Key: lab.Etcd.Key},
	}}
}

// healthy waits until the lab's etcd is one healthy cluster with equal data.
func healthy(t testing.TB, lab *labtest.Lab) etcdcluster.Observation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		obs := etcdcluster.Observe(ctx, conn(lab), "")
		problems := obs.Problems(len(lab.Etcd.Members))
		if len(problems) == 0 {
			return obs
		}
		if ctx.Err() != nil {
			t.Fatalf("not healthy: %s", strings.Join(problems, "\n"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// beside lists what lies beside the members' data directories.
func beside(t testing.TB, lab *labtest.Lab, pattern string) []string {
	t.Helper()
	var found []string
	for _, m := range lab.Etcd.Members {
		names, err := filepath.Glob(m.DataDir + pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, names...)
	}
	return found
}
