package canary

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

type obj = map[string]any

func TestConform(t *testing.T) {
	stepstest.Conform(t, Kind(), stepstest.Case{
		Input: func(t *testing.T) any {
			conn := labtest.Etcd(t).Etcd.Conn()
			conn["username"], conn["password"] = "root", "pass-w0rd-of-etcd"
			return obj{"action": "write", "etcd": conn, "prefix": "/conform/"}
		},
		Env:     map[string]string{"TOKEN": "t0ken-of-the-env"},
		Secrets: []string{"pass-w0rd-of-etcd", "t0ken-of-the-env"},
	})
}

// places are the two homes of a canary, each fresh.
func places(t *testing.T) map[string]obj {
	return map[string]obj{
		"etcd":    {"etcd": labtest.Etcd(t).Etcd.Conn(), "prefix": "/" + t.Name() + "/"},
		"files":   {"dir": t.TempDir()},
		"program": {"program": shell(t.TempDir())},
	}
}

// do decodes and runs a canary step.
func do(t *testing.T, in *steps.Run, place obj, more obj) (steps.Outputs, error) {
	t.Helper()
	input := obj{}
	for _, part := range []obj{place, more} {
		for k, v := range part {
			input[k] = v
		}
	}
	return stepstest.Decode(t, Kind(), input).Run(t.Context(), in)
}

func must(t *testing.T, in *steps.Run, place obj, more obj) steps.Outputs {
	t.Helper()
	out, err := do(t, in, place, more)
	if err != nil {
		t.Fatalf("%v: %v", more, err)
	}
	return out
}

func refuse(t *testing.T, in *steps.Run, place obj, more obj, want string) {
	t.Helper()
	_, err := do(t, in, place, more)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: got %v, want an error with %q", more, err, want)
	}
}

func TestLifeOfACanary(t *testing.T) {
	for name, place := range places(t) {
		t.Run(name, func(t *testing.T) { live(t, place) })
	}
}

func live(t *testing.T, place obj) {
	in := stepstest.NewRun(t).Run
	nonce := must(t, in, place, obj{"action": "write"})["nonce"].(string)
	if len(nonce) != 32 {
		t.Errorf("the nonce %q is not 128 bits", nonce)
	}
	refuse(t, in, place, obj{"action": "gone"}, "still there")
	found := must(t, in, place, obj{"action": "check", "nonce": nonce})
	at, err := time.Parse(time.RFC3339Nano, found[steps.OutRecoveryPoint].(string))
	if err != nil || time.Since(at) > time.Minute {
		t.Errorf("the recovery point is %v: %v", found[steps.OutRecoveryPoint], err)
	}
	refuse(t, in, place, obj{"action": "check", "nonce": nonce, "not_before": time.Now().Add(time.Hour)}, "older backup")
	refuse(t, in, place, obj{"action": "check", "nonce": "another"}, "older backup")

	other := *in
	other.RunID = "another-run"
	refuse(t, &other, place, obj{"action": "check", "nonce": "another"}, "another run's canary")
	must(t, &other, place, obj{"action": "gone"})

	must(t, in, place, obj{"action": "remove"})
	must(t, in, place, obj{"action": "gone"})
	refuse(t, in, place, obj{"action": "check", "nonce": nonce}, "no canary")
}

func TestHeartbeat(t *testing.T) {
	for name, place := range places(t) {
		t.Run(name, func(t *testing.T) { beat(t, place) })
	}
}

func beat(t *testing.T, place obj) {
	in := stepstest.NewRun(t).Run
	out := must(t, in, place, obj{"action": "write"})
	input := obj{"action": "write", "every": "5ms"}
	for k, v := range place {
		input[k] = v
	}
	s := stepstest.Decode(t, Kind(), input).(*step)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Background(ctx, in, out) }()
	first := out["at"].(string)
	for must(t, in, place, obj{"action": "check", "nonce": out["nonce"]})[steps.OutRecoveryPoint] == first {
		if t.Context().Err() != nil {
			t.Fatal("the heart does not beat")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestNothingAnswers: that a server is down does not prove that its data is gone.
func TestNothingAnswers(t *testing.T) {
	dead := obj{"etcd": obj{"endpoints": []string{"http://127.0.0.1:1"}, "dial_timeout": "200ms"}, "action": "gone"}
	in := stepstest.NewRun(t).Run
	data := t.TempDir()
	refuse(t, in, dead, obj{}, "data_dirs")
	refuse(t, in, dead, obj{"data_dirs": []string{filepath.Join(data, "absent"), data}}, "still there")
	must(t, in, dead, obj{"data_dirs": []string{filepath.Join(data, "absent")}})
}

// TestTheWholeFolderIsGone: its absence is the proof, which that of a server is not.
func TestTheWholeFolderIsGone(t *testing.T) {
	place := obj{"dir": filepath.Join(t.TempDir(), "data")}
	if err := os.Mkdir(place["dir"].(string), 0o700); err != nil {
		t.Fatal(err)
	}
	in := stepstest.NewRun(t).Run
	nonce := must(t, in, place, obj{"action": "write"})["nonce"]
	if err := os.RemoveAll(place["dir"].(string)); err != nil {
		t.Fatal(err)
	}
	must(t, in, place, obj{"action": "gone"})
	refuse(t, in, place, obj{"action": "check", "nonce": nonce}, "no such file")
}

func TestReconcile(t *testing.T) {
	for name, place := range places(t) {
		t.Run(name, func(t *testing.T) { reconcile(t, place) })
	}
}

func reconcile(t *testing.T, place obj) {
	in := stepstest.NewRun(t).Run
	input := obj{"action": "write"}
	for k, v := range place {
		input[k] = v
	}
	s := stepstest.Decode(t, Kind(), input).(*step)
	if got, _, err := s.Reconcile(t.Context(), in); got != steps.NeverBegun || err != nil {
		t.Errorf("before: %s, %v", got, err)
	}
	want := must(t, in, place, obj{"action": "write"})["nonce"]
	got, out, err := s.Reconcile(t.Context(), in)
	if got != steps.Done || err != nil || out["nonce"] != want {
		t.Errorf("after: %s, %v, %v; want done with nonce %s", got, out, err, want)
	}
	stepstest.CheckOutputs(t, Kind(), out)
}

func TestForeignDataIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"+suffix), []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, stepstest.NewRun(t).Run, obj{"dir": dir}, obj{"action": "remove"}, "no canary of drplan's")
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		step step
		want string
	}{
		"no place":        {step{Action: "write"}, "etcd"},
		"check any":       {step{Action: "check", Dir: "x"}, "nonce"},
		"beating gone":    {step{Action: "gone", Dir: "x", Every: steps.Duration(time.Second)}, "every"},
		"old write":       {step{Action: "write", Dir: "x", NotBefore: new(time.Time)}, "not_before"},
		"scheduled write": {step{Action: "write", Dir: "x", Schedule: "y"}, "schedule"},
		"dirs of check":   {step{Action: "check", Dir: "x", Nonce: "x", DataDirs: []string{"y"}}, "data_dirs"},
		"nonce of gone":   {step{Action: "gone", Dir: "x", Nonce: "x"}, "nonce"},
	} {
		t.Run(name, func(t *testing.T) {
			var field *steps.FieldError
			if err := c.step.Validate(false); !errors.As(err, &field) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want an error of the field %s", err, c.want)
			}
		})
	}
}

// shell keeps marks by programs, as one would in a database.
func shell(dir string) obj {
	return obj{
		"put":    "cd '" + dir + "'; f=$(printf %s \"$DRPLAN_MARK_KEY\" | tr / _); printf '%s\\n' \"$DRPLAN_MARK\" >\"$f.part\" && mv \"$f.part\" \"$f\"", // at once: a heart beats while it is listed
		"list":   []string{"sh", "-c", "cd \"$1\" && find . -type f ! -name '*.part' -exec cat {} +", "sh", dir},
		"remove": "cd '" + dir + "'; rm -f \"$(printf %s \"$DRPLAN_MARK_KEY\" | tr / _)\"",
	}
}

// TestProgramsFail: what a program says is told, its secrets are not, and that
// the place does not answer is no proof that the canary is gone.
func TestProgramsFail(t *testing.T) {
	rec := stepstest.NewRun(t)
	rec.Env["TOKEN"] = "t0ken-of-the-env"
	rec.Redactor = func(text string, _ bool) string { return strings.ReplaceAll(text, "t0ken-of-the-env", steps.Redacted) }
	fails := func(put, list string) obj {
		return obj{"program": obj{"put": put, "list": list, "remove": "true", "timeout": "300ms"}}
	}
	refuse(t, rec.Run, fails(`echo "no table for $TOKEN" >&2; exit 3`, "true"), obj{"action": "write"}, "write the canary: put: exit status 3: no table for "+steps.Redacted)
	refuse(t, rec.Run, fails("true", "sleep 5"), obj{"action": "check", "nonce": "x"}, "it took longer than 300ms")
	refuse(t, rec.Run, fails("true", "echo not JSON"), obj{"action": "gone"}, "no canary of drplan's")
	refuse(t, rec.Run, fails("true", "head -c 2000000 /dev/zero"), obj{"action": "gone"}, "more than 1048576 bytes")
	refuse(t, rec.Run, fails("true", "exit 2"), obj{"action": "gone"}, "data_dirs")
	must(t, rec.Run, fails("true", "exit 2"), obj{"action": "gone", "data_dirs": []string{filepath.Join(t.TempDir(), "absent")}})
}

// TestWorldTells: only a canary that every machine sees can be asked from another.
func TestWorldTells(t *testing.T) {
	for _, c := range []struct {
		input obj
		want  bool
	}{
		{obj{"action": "write", "configmap": "shop/canary"}, true},
		{obj{"action": "write", "etcd": obj{"endpoints": []string{"http://10.0.0.1:2379"}}}, true},
		{obj{"action": "write", "dir": "/data"}, false},
		{obj{"action": "write", "program": shell("/data")}, false},
	} {
		if got := stepstest.Decode(t, Kind(), c.input).(steps.WorldTeller).WorldTells(); got != c.want {
			t.Errorf("%v: %v", c.input, got)
		}
	}
}
