package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/journal"
)

const (
	saidFile = "steps/say/output.log"
	said     = "first attempt\nsecond attempt\nand a daemon\n"
)

// talkative is a run whose step printed twice, and left something behind that prints on.
func talkative(t *testing.T) (dir string) {
	t.Helper()
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	head, err := engine.EncodeHeader(engine.Header{RunID: drillID, Started: at, Mode: engine.ModeDrill, Plan: engine.PlanRef{SHA256: hash([]byte("plan"))}})
	if err != nil {
		t.Fatal(err)
	}
	log, err := journal.Create(t.TempDir(), drillID, head, map[string][]byte{"plan.yaml": []byte("plan")})
	if err != nil {
		t.Fatal(err)
	}
	digest := func(n int) *engine.Output {
		sum := sha256.Sum256([]byte(said[:n]))
		return &engine.Output{File: saidFile, Bytes: int64(n), SHA256: hex.EncodeToString(sum[:])}
	}
	for i, e := range []engine.Event{
		{Kind: engine.AttemptEnded, Output: digest(len("first attempt\n"))}, {Kind: engine.AttemptEnded, Output: digest(len("first attempt\nsecond attempt\n"))},
		{Kind: engine.RunEnded, Result: engine.ResultSucceeded},
	} {
		e.Seq, e.Wall = int64(i)+1, at
		record, err := engine.EncodeEvent(e)
		if err == nil {
			err = log.Append(record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(log.Dir(), filepath.FromSlash(saidFile))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	return log.Dir()
}

// TestPrinted: every byte that a step had printed when it ended is covered, in the
// folder and in a bundle, signed or not; what came later is not.
func TestPrinted(t *testing.T) {
	dir := talkative(t)
	signer := newSigner(t)
	if _, _, err := Sign(dir, signer, "alice@desk", time.Now()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(saidFile))
	judged := func() (folder, bundle Result) {
		t.Helper()
		m, closer, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer closer.Close()
		if folder, err = m.Verify([]keys.Public{signer.Public()}); err != nil {
			t.Fatal(err)
		}
		files, err := Collect(dir)
		if err != nil {
			t.Fatal(err)
		}
		if bundle, err = judge(t, pack(t, Zip, files, signer), signer.Public()); err != nil {
			t.Fatal(err)
		}
		return folder, bundle
	}
	if folder, bundle := judged(); folder.Verdict != Verified || folder.Outputs != (Outputs{1, 0}) || bundle.Verdict != Verified || bundle.Outputs != folder.Outputs {
		t.Errorf("as it was: %+v and %+v", folder, bundle)
	}
	covered := len("first attempt\nsecond attempt\n")
	for i := range said {
		data := bytes.Clone([]byte(said))
		data[i] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		folder, bundle := judged()
		if want := i < covered; (folder.Verdict == Broken) != want || (bundle.Verdict == Broken) != want || want && (folder.Finding.File != saidFile || bundle.Finding.File != saidFile) {
			t.Errorf("byte %d: %s %s, in a bundle %s %s", i, folder.Verdict, folder.Finding, bundle.Verdict, bundle.Finding)
		}
	}
	for n := range said {
		if err := os.WriteFile(file, []byte(said[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		folder, bundle := judged()
		if want := n < covered; (folder.Verdict == Broken) != want || n > 0 && (bundle.Verdict == Broken) != want { // an empty file is not bundled
			t.Errorf("cut to %d: %s, in a bundle %s", n, folder.Verdict, bundle.Verdict)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if folder, bundle := judged(); folder.Verdict != Verified || folder.Outputs != (Outputs{0, 1}) || bundle.Outputs != folder.Outputs {
		t.Errorf("without it: %+v and %+v", folder, bundle)
	}
}
