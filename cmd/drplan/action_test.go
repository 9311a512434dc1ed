package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const (
	goodPlan = `disaster_recovery_plan:
  version: "1.0"
  recovery_procedures:
    rebuild:
      - {step: Build it again, duration: 20 minutes}
      - {step: The hosts are there, verify: {files: {exist: [/etc/hosts]}}}
  testing:
    test_scenarios: [rebuild]
`
	worsePlan = `disaster_recovery_plan:
  version: "1.0"
  recovery_procedures:
    rebuild:
      - {step: Build it again, duration: 30 minutes}
      - {step: Restore etcd, command: etcdctl snapshot restore x.db}
      - {step: The hosts are there, verify: {files: {exist: [/etc/hosts]}}}
  testing:
    test_scenarios: [rebuild]
`
)

// The action's script in a repository whose pull request makes a plan worse: lines
// are annotated, and the summary tells what the change does.
func TestAction(t *testing.T) {
	for _, tool := range []string{"git", "bash", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the action needs %s, which is not here", tool)
		}
	}
	dir := t.TempDir()
	repo := filepath.Join(dir, "repo")
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repo, "-c", "user.name=n", "-c", "user.email=e@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	putFile(t, filepath.Join(repo, "plans", "dr-plan.yaml"), goodPlan)
	putFile(t, filepath.Join(repo, "values.yaml"), "replicas: 3\n")
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "good")
	base := git("rev-parse", "HEAD")
	putFile(t, filepath.Join(repo, "plans", "dr-plan.yaml"), worsePlan)

	script, err := filepath.Abs("../../tools/action/lint.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", script, asDrplan(t, dir))
	cmd.Dir = repo
	cmd.Env = append(os.Environ(), "PLANS=.", "BASE_SHA="+base, "RUNNER_TEMP="+dir,
		"GITHUB_OUTPUT="+filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"))
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != exitBad {
		t.Fatalf("exit code %d, %v", code, err)
	}
	for what, pair := range map[string][2]string{
		"annotations": {string(out), `::error file=plans/dr-plan.yaml,line=6,col=39,endColumn=68,title=drplan etcdctl-restore::`},
		"findings":    {read(t, filepath.Join(dir, "summary")), "| error **new** | 6:39 |"},
		"times":       {read(t, filepath.Join(dir, "summary")), "planned 20m → 30m"},
		"steps":       {read(t, filepath.Join(dir, "summary")), "- restore_etcd is new: Restore etcd \\[command]"},
		"graph":       {read(t, filepath.Join(dir, "summary")), "```mermaid\nflowchart TD"},
	} {
		if !strings.Contains(pair[0], pair[1]) {
			t.Errorf("%s: %q is not in\n%s", what, pair[1], pair[0])
		}
	}
	if output := read(t, filepath.Join(dir, "output")); !regexp.MustCompile(`(?m)^findings=[1-9]`).MatchString(output) {
		t.Errorf("the output has no number of findings: %s", output)
	}

	// A configuration of the base that does not hold is nobody's business; wrong inputs
	// give no number.
	putFile(t, filepath.Join(repo, ".drplan.yaml"), "lint: broken\n")
	git("add", ".drplan.yaml")
	git("commit", "-qm", "broken")
	putFile(t, filepath.Join(repo, ".drplan.yaml"), "# mended\n")
	summary := filepath.Join(dir, "summary2")
	if code := runAction(t, script, dir, repo, "PLANS=plans", "BASE_SHA="+git("rev-parse", "HEAD"), "GITHUB_STEP_SUMMARY="+summary); code != exitBad {
		t.Errorf("with a base whose configuration is broken: exit code %d", code)
	}
	if text := read(t, summary); !strings.Contains(text, "| error **new** | 6:39 |") {
		t.Errorf("the summary lost what is new:\n%s", text)
	}
	output := filepath.Join(dir, "output2")
	putFile(t, output, "")
	if code := runAction(t, script, dir, repo, "SEVERITY=loud", "GITHUB_OUTPUT="+output); code != exitUsage || read(t, output) != "" {
		t.Errorf("wrong inputs: exit code %d, output %q", code, read(t, output))
	}
}

// runAction runs the action's script and returns its exit code.
func runAction(t *testing.T, script, dir, repo string, env ...string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", script, filepath.Join(dir, "drplan"))
	cmd.Dir = repo
	cmd.Env = append(append(os.Environ(), "RUNNER_TEMP="+dir), env...)
	_ = cmd.Run() // it ends with a code
	return cmd.ProcessState.ExitCode()
}

// asDrplan makes the test's own binary one that is called drplan.
func asDrplan(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "drplan")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func putFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The action hands every input to the script by the environment, where no shell
// reads it.
func TestActionInputs(t *testing.T) {
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]any `yaml:"inputs"`
		Runs   struct {
			Steps []struct {
				Run string            `yaml:"run"`
				Env map[string]string `yaml:"env"`
			} `yaml:"steps"`
		} `yaml:"runs"`
	}
	if err := yaml.Load(data, &action); err != nil {
		t.Fatal(err)
	}
	script := read(t, "../../tools/action/lint.sh")
	used := 0
	for _, s := range action.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("an expression is pasted into a shell: %s", s.Run)
		}
		for name, value := range s.Env {
			if !strings.Contains(script, "${"+name) {
				t.Errorf("the script does not read %s", name)
			}
			if strings.Contains(value, "inputs.") {
				used++
			}
		}
	}
	if used != len(action.Inputs) || used == 0 {
		t.Errorf("%d of %d inputs reach the script", used, len(action.Inputs))
	}
}

// The problem matcher finds the findings in lint's text.
func TestProblemMatcher(t *testing.T) {
	var file struct {
		Matchers []struct {
			Severity string
			Pattern  []struct{ Regexp string }
		} `json:"problemMatcher"`
	}
	if err := json.Unmarshal([]byte(read(t, "../../tools/action/problem-matcher.json")), &file); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, m := range file.Matchers {
		// Go's regular expressions have no (?!…); the lines that it keeps out are told apart below.
		re := regexp.MustCompile(strings.ReplaceAll(m.Pattern[0].Regexp, "(?!warning: |info: )", ""))
		for _, line := range []string{
			"p.yaml:1:2: it is bad [a-rule]", "p.yaml:1:2: warning: it is odd [a-rule]", "p.yaml:10:2: info: look [a-rule]",
			" 1 |   - step", "   = do this", "p.yaml: ok: 1 procedure, 1 scenario, 5 steps",
		} {
			found := re.FindStringSubmatch(line)
			if found == nil || m.Severity == "error" && regexp.MustCompile(`^(warning|info): `).MatchString(found[4]) {
				continue
			}
			if found[1] != "p.yaml" || found[3] != "2" || found[5] != "a-rule" {
				t.Errorf("%q is read as %q", line, found[1:])
			}
			got[m.Severity]++
		}
	}
	if len(got) != 3 || got["error"] != 1 || got["warning"] != 1 || got["notice"] != 1 {
		t.Errorf("got %v, want one each of error, warning, notice", got)
	}
}
