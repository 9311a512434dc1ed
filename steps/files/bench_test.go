package files

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/drplan/drplan/steps"
)

const benchSize = 64 << 20

// bench packs, or unpacks, bytes that cannot be made smaller, which is the slow case.
func bench(b *testing.B, unpack bool) {
	dir := b.TempDir()
	data := make([]byte, benchSize)
	rand.NewChaCha8([32]byte{}).Read(data)
	if err := os.WriteFile(filepath.Join(dir, "data"), data, 0o600); err != nil {
		b.Fatal(err)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	in := &steps.Run{
		RunID: "bench", StepID: "bench", Mode: "recovery", Dir: b.TempDir(),
		Log: slog.New(slog.DiscardHandler), Output: io.Discard, Progress: func(string) {}, Now: time.Now,
	}
	file := filepath.Join(b.TempDir(), "b.age")
	save := &backupStep{Paths: []string{filepath.Join(dir, "data")}, To: file, Recipients: []string{id.Recipient().String()}, MaxSize: 2 * benchSize, Overwrite: true}
	if _, err := save.Run(context.Background(), in); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(benchSize)
	for b.Loop() {
		if unpack {
			s := &restoreStep{From: file, Identity: steps.Secret(id.String()), Into: b.TempDir(), MaxSize: 2 * benchSize, RequireHash: true}
			_, err = s.Run(context.Background(), in)
		} else {
			_, err = save.Run(context.Background(), in)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPack is where packRate comes from.
func BenchmarkPack(b *testing.B) { bench(b, false) }

// BenchmarkUnpack is where unpackRate comes from.
func BenchmarkUnpack(b *testing.B) { bench(b, true) }
