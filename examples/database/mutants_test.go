package database

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

// The damage is done to the bucket's bytes once the disaster has happened: only
// what this run has archived, or the base backups.
const (
	walOfRun = `find "$OBJECTS/wal" -type f -newermt "$STARTED"`
	damage   = `while read -r f; do printf X | dd of="$f" bs=1 seek=50000 conv=notrunc; done`
)

var mutants = drilltest.Mutants{
	"restore removed":      withoutRestore.FailsAt("canary_back", "no canary in the restored data"),
	"only the base backup": drilltest.Swap("restore_command = '$tools/fetch-wal %f %p $backups'", "restore_command = '"+oneSegment+"'").FailsAt("canary_back", "no canary in the restored data"),
	"the WAL is missing":   afterTheDisaster(walOfRun+" -delete").FailsAt("canary_back", "no canary in the restored data"),
	"the WAL is damaged":   afterTheDisaster(walOfRun+" | "+damage).FailsAt("replay", "is damaged: its SHA-256 is not"),
	"base backup damaged":  afterTheDisaster(`find "$OBJECTS/base" -type f | `+damage).FailsAt("download", "hash mismatch"),
	"disaster removed":     drilltest.Without("kill", "wipe").FailsAt("gone", "the canary is still there"),
	"data left in place":   drilltest.Idle("wipe").FailsAt("gone", "the data is still there"),
	"canary not written": drilltest.Swap("              action: write\n              every: 500ms\n", "              action: gone\n").
		And(drilltest.OtherNonce("canary")).FailsAt("canary_back", "no canary in the restored data"),
	// With the checksum of its page, as a bug would.
	"one byte changed": drilltest.Swap("        checks:\n", `        checks:
          - step: Change a letter
            command: ["${params.bin}/psql", -qX, -h, "${params.folder}", -p, "${params.port}", -U, postgres, -c, "UPDATE orders SET item = overlay(item placing 'x' from 7) WHERE id = 4711"]

`).FailsAt("same_orders", "does not match"),
	"a file is changed": drilltest.Before("intact", `- step: Change a byte
  command: [sh, -c, 'printf X | dd of="$1/data.new/base/1/1259" bs=1 seek=100 conv=notrunc', sh, "${params.folder}"]`).
		FailsAt("intact", "base/1/1259"),
}

func TestMutants(t *testing.T) {
	mutants.Run(t, func(t *testing.T) *drilltest.Drill { return newStage(t).drill(t) })
}

func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario) }

// oneSegment fetches what belongs to the base backup, and no more.
const oneSegment = `case %f in *[1-9A-F]0000000000000000) false ;; *) test ! -e $folder/enough && $tools/fetch-wal %f %p $backups && touch $folder/enough ;; esac`

// withoutRestore starts an empty database, which serves and takes writes.
var withoutRestore = drilltest.Without("base", "download", "keep", "unpack", "intact").And(drilltest.Instead("replay", `- step: Only start one
  command: [sh, -c, 'cd /; "$1/schedule" start "$2" "$3" "$4"', sh, "${params.tools}", "${params.folder}", "${params.port}", "${params.backups}"]`))

// afterTheDisaster runs a script before the proof that the canary is gone.
func afterTheDisaster(script string) drilltest.Edit {
	return drilltest.Before("gone", `- step: Damage a backup
  env: {STARTED: "${run.started_at}"}
  command: |
    `+script)
}
