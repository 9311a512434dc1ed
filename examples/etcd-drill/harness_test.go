package etcddrill

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(tamperVariable); file != "" {
		if err := tamper(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	drilltest.Main(m)
}

const scenario = "etcd_failure"

// keys are enough for a snapshot of some MB: the drill's logic is the same as
// with make demo's 50,000.
const keys = "2000"

// drill is the example on a lab of its own, beside the others.
func drill(t *testing.T) *drilltest.Drill {
	t.Parallel()
	lab := labtest.Private(t, "--keys", keys)
	d := drilltest.New(t, scenario)
	d.Lab = lab
	port := regexp.MustCompile(`[0-9]+$`).FindString(lab.Etcd.Endpoints[0])
	d.Args = []string{"-p", "lab=" + lab.Dir, "-p", "port=" + port, "-p", "backups=s3://" + lab.S3.Bucket + "/drill/"}
	d.Env = append(lab.S3.Environ(), "OBJECTS="+filepath.Join(lab.S3.DataDir, lab.S3.Bucket))
	return d
}

// once holds that every member was started once by the lab and once by the
// restore, and each backup taken once: by the servers' own logs.
func once(t *testing.T, lab *labtest.Lab) {
	t.Helper()
	for _, m := range lab.Etcd.Members {
		if got := labtest.Starts(t, m.StartsLog); got != 2 {
			t.Errorf("%s was started %d times, want 2: by the lab and by the restore", m.Name, got)
		}
	}
	for _, suffix := range []string{"-1.db", "-2.db"} {
		if got := lab.S3.Taken(t, 0, suffix); got != 1 {
			t.Errorf("S3 took the backup %s %d times, want once", suffix, got)
		}
	}
}
