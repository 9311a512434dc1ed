package database

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

// TestMutants: a drill that could pass without restoring the right data would be
// worth nothing. Each mutant takes away one thing; each must exit 1, and for the
// right reason.
func TestMutants(t *testing.T) {
	for name, m := range map[string]struct {
		edit func(t *testing.T, s *stage, plan drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed":      {withoutRestore, "canary_back", "no canary in the restored data"},
		"only the base backup": {swap("restore_command = '$tools/fetch-wal %f %p $backups'", "restore_command = 'case %f in *[1-9A-F]0000000000000000) false ;; *) test ! -e $folder/enough && $tools/fetch-wal %f %p $backups && touch $folder/enough ;; esac'"), "canary_back", "no canary in the restored data"},
		"the WAL is missing":   {beforeTheProcedure(`find "$1/wal" -type f -newermt "$STARTED" -delete`), "canary_back", "no canary in the restored data"},
		"the WAL is damaged":   {beforeTheProcedure(`find "$1/wal" -type f -newermt "$STARTED" | while read -r f; do printf X | dd of="$f" bs=1 seek=50000 conv=notrunc; done`), "replay", "is damaged: its SHA-256 is not"},
		"base backup damaged":  {beforeTheProcedure(`for f in "$1"/base/*; do printf X | dd of="$f" bs=1 seek=100000 conv=notrunc; done`), "download", "hash mismatch"},
		"disaster removed":     {withoutDisaster, "gone", "the canary is still there"},
		"data left in place":   {swap(`command: [rm, -rf, --, "${params.folder}/data"]`, `command: ["true"]`), "gone", "the data is still there"},
		"canary not written":   {withoutCanary, "canary_back", "no canary in the restored data"},
		"one byte changed":     {oneByteChanged, "same_orders", "does not match"},
		"a file is changed":    {fileChanged, "intact", "base/1/1259"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newStage(t).drill(t, m.edit)
			if r.Code != 1 || r.Result != "failed" {
				t.Errorf("exit code %d, result %s; want 1, failed", r.Code, r.Result)
			}
			if got, ok := r.Failed()[m.step]; !ok || !strings.Contains(got, m.says) {
				t.Errorf("failed: %v; want %s with %q", r.Failed(), m.step, m.says)
			}
		})
	}
}

func swap(old, with string) func(*testing.T, *stage, drilltest.Plan) drilltest.Plan {
	return func(t *testing.T, _ *stage, plan drilltest.Plan) drilltest.Plan { return plan.Swap(t, old, with) }
}

// withoutRestore starts an empty database, which serves and takes writes.
func withoutRestore(t *testing.T, s *stage, plan drilltest.Plan) drilltest.Plan {
	procedure := regexp.MustCompile(`(?s)        - step: Find the newest base backup.*?(        - step: The database has recovered)`)
	if !procedure.MatchString(string(plan)) {
		t.Fatal("the plan has no restore: the mutant is out of date")
	}
	plan = drilltest.Plan(procedure.ReplaceAllString(string(plan), fmt.Sprintf(`        - step: Only start one
          command: [sh, -c, 'cd /; "$$1/schedule" start "$$2" "$$3" "$$4"', sh, %q, %q, %q, %q]
$1`, s.tools, s.folder, s.port, s.backups)))
	return plan
}

// beforeTheProcedure does something to the bucket's bytes once the disaster has
// happened. $1 is the folder of the backups there.
func beforeTheProcedure(script string) func(*testing.T, *stage, drilltest.Plan) drilltest.Plan {
	return func(t *testing.T, s *stage, plan drilltest.Plan) drilltest.Plan {
		folder := filepath.Join(s.s3.DataDir, s.s3.Bucket, filepath.Base(s.folder))
		return plan.Swap(t, "          - step: Prove that the canary is gone\n", fmt.Sprintf(`          - step: Damage a backup
            env: {STARTED: "${run.started_at}"}
            command: |
              set -- %s
              %s

          - step: Prove that the canary is gone
`, folder, script))
	}
}

// withoutDisaster leaves the proof that the canary is gone, which must fail.
func withoutDisaster(t *testing.T, _ *stage, plan drilltest.Plan) drilltest.Plan {
	kill := regexp.MustCompile(`(?s)          - step: Kill the database.*?(          - step: Prove)`)
	if !kill.MatchString(string(plan)) {
		t.Fatal("the plan has no disaster: the mutant is out of date")
	}
	return drilltest.Plan(kill.ReplaceAllString(string(plan), "$1"))
}

func withoutCanary(t *testing.T, _ *stage, plan drilltest.Plan) drilltest.Plan {
	canary := regexp.MustCompile(`(?s)              action: write\n.*?              program: &row\n`)
	if !canary.MatchString(string(plan)) {
		t.Fatal("the plan writes no canary: the mutant is out of date")
	}
	plan = drilltest.Plan(canary.ReplaceAllString(string(plan), "              action: gone\n              data_source: database\n              program: &row\n"))
	return plan.Swap(t, `"${steps.canary.nonce}"`, `"00000000000000000000000000000000"`)
}

// oneByteChanged changes one letter of one order, and the checksum of its page
// with it, as a bug would.
func oneByteChanged(t *testing.T, _ *stage, plan drilltest.Plan) drilltest.Plan {
	return plan.Swap(t, "        checks:\n", `        checks:
          - step: Change a letter
            command: ["${params.bin}/psql", -qX, -h, "${params.folder}", -p, "${params.port}", -U, postgres, -c, "UPDATE orders SET item = overlay(item placing 'x' from 7) WHERE id = 4711"]

`)
}

// fileChanged changes a byte of what was unpacked.
func fileChanged(t *testing.T, _ *stage, plan drilltest.Plan) drilltest.Plan {
	return plan.Swap(t, "        - step: Every file is what", `        - step: Change a byte
          command: [sh, -c, 'printf X | dd of="$1/data.new/base/1/1259" bs=1 seek=100 conv=notrunc', sh, "${params.folder}"]

        - step: Every file is what`)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
