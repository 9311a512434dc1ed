package command

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/drplan/drplan/steps/stepstest"
)

// onDisk is how many bytes of the disk a file takes.
func onDisk(t *testing.T, path string) (bytes, size int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512, info.Size()
}

// TestEndlessOutputIsBounded: neither the raw output nor what is passed on fills
// the disk, the program ends as it would have, and the outputs and the end of
// standard error are as ever.
func TestEndlessOutputIsBounded(t *testing.T) {
	const much = 64 << 20
	run := stepstest.NewRun(t)
	run.Params["much"] = "67108864"
	out, err := try(t, run, map[string]any{"script": `echo begin; head -c $DRPLAN_PARAM_MUCH /dev/zero | tr '\0' x; echo; echo "all was written" >&2`})
	if err != nil || out["truncated"] != true || !strings.HasPrefix(out["stdout"].(string), "begin") {
		t.Fatalf("got %.40v, %v", out, err)
	}
	a, _, err := lastAttempt(run.Dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	taken, _ := onDisk(t, a.path("stdout"))
	if limit := int64(keepHead + keepTail + 2*spareBlock); taken > limit {
		t.Errorf("of %d bytes %d are on the disk, want at most %d", much, taken, limit)
	}
	printed := run.Printed.String()
	if len(printed) > keepHead+200 || !strings.Contains(printed, "[its stdout goes on: only the first 8 MiB are kept]") || !strings.Contains(printed, "all was written") {
		t.Errorf("%d bytes were passed on, the last of them %q", len(printed), printed[max(0, len(printed)-200):])
	}
}

func TestTheEndOfAnEndlessStderrIsTold(t *testing.T) {
	run := stepstest.NewRun(t)
	_, err := try(t, run, map[string]any{"script": `{ head -c 33554432 /dev/zero | tr '\0' x; echo; echo "no such host"; } >&2; exit 7`})
	if err == nil || !strings.HasSuffix(err.Error(), "exit code 7: … no such host") {
		t.Errorf("got %.3000v", err)
	}
}

// TestCutAtHead is for file systems without holes: the program goes on.
func TestCutAtHead(t *testing.T) {
	f, err := os.OpenFile(t.TempDir()+"/stdout", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 3 {
		if _, err := f.Write(make([]byte, keepHead+keepTail+spareBlock)); err != nil {
			t.Fatal(err)
		}
		upTo, err := cutAtHead(f)
		if _, size := onDisk(t, f.Name()); size != keepHead || upTo != keepHead || err != nil {
			t.Fatalf("it has %d bytes, and is free up to %d: %v", size, upTo, err)
		}
	}
}
