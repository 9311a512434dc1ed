package etcddrill

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
)

// TestMutants: a drill that could pass without restoring the right data would
// be worth nothing. Each mutant takes away one thing; each must exit 1, and for
// the right reason.
func TestMutants(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]struct {
		edit func(t *testing.T, plan string) string
		step string // the step that must fail
		says string
	}{
		"restore removed":       {withoutRestore, "canary_back", "no canary in the restored data"},
		"older backup restored": {swap(`s3_latest: {prefix: "${params.backups}", pattern: "*.db"`, `s3_latest: {prefix: "${params.backups}", pattern: "*-1.db"`), "marker_back", "an older backup was restored"},
		"disaster removed":      {withoutDisaster, "gone", "the canary is still there"},
		"data left in place":    {swap(`command: [rm, -rf, --, "${params.lab}/members/${item}/data"]`, `command: ["true"]`), "gone", "the data is still there"},
		"canary not written":    {withoutCanary, "canary_back", "lacks the canary"},
		"object damaged in S3":  {damagedObject, "download", ""},
		"one value changed":     {tampered, "same_data", "steps.restore.hash == steps.second_snapshot.hash"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, m.edit)
			args := s.runArgs("json")
			if strings.Contains(read(t, s.plan), "OBJECTS") {
				write(t, s.plan, strings.ReplaceAll(read(t, s.plan), "OBJECTS", s.lab.S3.DataDir+"/"+s.lab.S3.Bucket+"/drill"))
			}
			code, sum := s.drill(t, args)
			if code != 1 || sum.Result != "failed" {
				t.Errorf("exit code %d, result %s; want 1, failed", code, sum.Result)
			}
			if got, ok := sum.failed()[m.step]; !ok || !strings.Contains(got, m.says) {
				t.Errorf("failed: %v; want %s with %q", sum.failed(), m.step, m.says)
			}
		})
	}
}

// swap replaces one piece of the plan.
func swap(old, with string) func(*testing.T, string) string {
	return func(t *testing.T, plan string) string { return replaced(t, plan, old, with) }
}

func replaced(t *testing.T, plan, old, with string) string {
	t.Helper()
	if strings.Count(plan, old) != 1 {
		t.Fatalf("the plan has %d times %q: the mutant is out of date", strings.Count(plan, old), old)
	}
	return strings.Replace(plan, old, with, 1)
}

// withoutRestore starts the members on nothing. They form a healthy cluster.
func withoutRestore(t *testing.T, plan string) string {
	step := regexp.MustCompile(`(?s)        - step: Restore all members.*?(        - step: One healthy)`)
	if !step.MatchString(plan) {
		t.Fatal("the plan has no restore: the mutant is out of date")
	}
	plan = step.ReplaceAllString(plan, `        - step: Only start them
          id: restore
          command: [sh, -c, 'for m in m1 m2 m3; do "$$1/members/$$m/start"; done', sh, "$${params.lab}"]
$1`)
	plan = replaced(t, plan, `min_revision: "${steps.restore.restored_revision}"`, `min_revision: 1`)
	plan = replaced(t, plan, `{equals: "${steps.restore.keys}"}`, `{min: 0}`)
	return regexp.MustCompile(`"\$\{steps\.restore\.[^"]*"`).ReplaceAllString(plan, `"$${true}"`)
}

// withoutDisaster leaves the proof that the canary is gone, which must fail.
func withoutDisaster(t *testing.T, plan string) string {
	plan = replaced(t, plan, `command: ["${params.lab}/members/${item}/kill"]`, `command: ["true"]`)
	return replaced(t, plan, `command: [rm, -rf, --, "${params.lab}/members/${item}/data"]`, `command: ["true"]`)
}

func withoutCanary(t *testing.T, plan string) string {
	plan = replaced(t, plan, `canary: {action: write, every: 500ms, etcd: *etcd}`, `command: ["true"]`)
	return replaced(t, plan, `"${steps.canary.nonce}"`, `"00000000000000000000000000000000"`)
}

// damagedObject flips a byte of the newer backup in the server's own storage.
func damagedObject(t *testing.T, plan string) string {
	return replaced(t, plan, "        disaster:\n", `          - step: Damage the object
            command: [sh, -c, 'printf X | dd of="$1" bs=1 seek=100000 conv=notrunc', sh, "OBJECTS/${run.id}-2.db"]

        disaster:
`)
}

// tampered changes one value in the downloaded snapshot and covers it up: the
// seal, the file's hash and the snapshot's hash are made to fit.
func tampered(t *testing.T, plan string) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	plan = replaced(t, plan, `                    - "${steps.restore.sha256 == steps.second_snapshot.sha256}"`+"\n", "")
	return replaced(t, plan, "        - step: Restore all members", fmt.Sprintf(`        - step: Change one value
          env: {%s: "${run.dir}/latest.db"}
          command: [%q]

        - step: Restore all members`, tamperVariable, self))
}

const tamperVariable = "DRPLAN_TEST_TAMPER"

func tamper(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, data[:len(data)-sha256.Size], 0o600); err != nil {
		return err
	}
	if err := changeOneValue(file); err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	seal := sha256.Sum256(content)
	content = append(content, seal[:]...)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	return coverUp(file, content)
}

func changeOneValue(file string) error {
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		bucket := tx.Bucket([]byte("key"))
		for c, k, v := cursor(bucket); k != nil; k, v = c.Next() {
			if at := bytes.Index(v, []byte("/registry/")); at >= 0 && len(v) > at+200 {
				changed := bytes.Clone(v)
				changed[at+150] ^= 1
				return bucket.Put(bytes.Clone(k), changed)
			}
		}
		return errors.New("the snapshot has no value to change")
	})
}

func cursor(b *bolt.Bucket) (c *bolt.Cursor, k, v []byte) {
	c = b.Cursor()
	k, v = c.First()
	return c, k, v
}

// coverUp makes the metadata beside the file fit its new content.
func coverUp(file string, content []byte) error {
	status, err := snapshot.NewV3(zap.NewNop()).Status(file)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(file + ".meta.json")
	if err != nil {
		return err
	}
	meta := map[string]any{}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	if meta["sha256"] == nil || meta["hash"] == nil {
		return fmt.Errorf("the metadata has other fields than this test knows: %s", raw)
	}
	meta["sha256"], meta["hash"], meta["size"] = hex.EncodeToString(sum[:]), status.Hash, len(content)
	if raw, err = json.Marshal(meta); err != nil {
		return err
	}
	return os.WriteFile(file+".meta.json", raw, 0o600)
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMutantWithoutDisasterPhase: not even the proof is left. Such a plan does not hold.
func TestMutantWithoutDisasterPhase(t *testing.T) {
	plan := read(t, "dr-plan.yaml")
	phase := regexp.MustCompile(`(?s)        disaster:\n.*?(        checks:\n)`)
	if !phase.MatchString(plan) {
		t.Fatal("the plan has no disaster: the mutant is out of date")
	}
	file := filepath.Join(t.TempDir(), "dr-plan.yaml")
	write(t, file, phase.ReplaceAllString(plan, "$1"))
	cmd := exec.CommandContext(t.Context(), drplan, "run", file, "--scenario", "etcd_failure", "--runs", t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "unproven-canary") {
		t.Errorf("%v: %s; want exit code 1 and the finding unproven-canary", err, out)
	}
}
