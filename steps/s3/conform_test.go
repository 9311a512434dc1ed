package s3

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// conform runs the suite that every kind passes. input gets the world of one
// part of the suite.
func conform(t *testing.T, kind steps.Kind, input func(*testing.T, *bucket) map[string]any) {
	world := newBucket(t)
	fresh := func(t *testing.T) any {
		b := newBucket(t)
		full := b.conn()
		maps.Copy(full, input(t, b))
		world = b
		return full
	}
	hanging := func(t *testing.T) any {
		b := newBucket(t).through(&proxy{refuse: hang})
		full := b.conn()
		maps.Copy(full, input(t, b))
		return full
	}
	stepstest.Conform(t, kind, stepstest.Case{
		Input:       fresh,
		Slow:        hanging,
		Fingerprint: func() string { return world.fingerprint() },
		Secrets:     []string{world.server.SecretKey, world.server.AccessKey},
	})
}

// hang never answers.
func hang(r *http.Request) int {
	io.Copy(io.Discard, r.Body) // only then does the server see that its client went away
	<-r.Context().Done()
	return http.StatusBadGateway
}

func (b *bucket) fingerprint() string {
	return fmt.Sprintf("%s, %d uploads", strings.Join(b.keys(), " "), b.uploads())
}

func TestUploadConforms(t *testing.T) {
	conform(t, Upload(), func(t *testing.T, b *bucket) map[string]any {
		file, _ := fileOf(t, "a.db", 100)
		return map[string]any{"from": file, "to": b.url("a.db")}
	})
}

func TestDownloadConforms(t *testing.T) {
	conform(t, Download(), func(t *testing.T, b *bucket) map[string]any {
		b.stored("a.db", 100)
		return map[string]any{"from": b.url("a.db"), "to": filepath.Join(t.TempDir(), "a.db")}
	})
}

func TestLatestConforms(t *testing.T) {
	conform(t, Latest(), func(t *testing.T, b *bucket) map[string]any {
		b.backup("a.db", noon)
		return map[string]any{"prefix": b.url("")}
	})
}

func TestPruneConforms(t *testing.T) {
	conform(t, Prune(), func(t *testing.T, b *bucket) map[string]any {
		b.daily("etcd/", 3)
		return map[string]any{"prefix": b.url("etcd/"), "pattern": "*.db", "older_than": "1h", "keep_min": 1, "drill": true}
	})
}
