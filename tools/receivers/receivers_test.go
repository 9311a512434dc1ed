package receivers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// plan has a drill with a retry, a for_each and a step that is not run.
const plan = `disaster_recovery_plan:
  version: "1.0"
  rpo_rto: {all: {rto: 2 hours, rpo: 1 hour}}
  recovery_procedures:
    restore:
      - step: Restore <at the second try>
        id: restore
        retry: {attempts: 2, backoff: 10ms}
        command: "test -e tried || { touch tried; exit 1; }; mkdir data; cp backup/hello data"
      - {step: Each, id: each, for_each: [eu, us], command: [echo, "${item}"]}
      - {step: Never, id: never, when: "${false}", command: "true"}
      - {step: It is there, id: there, verify: {files: {exist: [data/hello]}}}
  testing:
    test_scenarios:
      - name: Files lost
        id: files_lost
        procedure: restore
        setup: [{step: Write, id: write, command: "mkdir data backup; echo hello >data/hello; cp data/hello backup"}]
        disaster: [{step: Lose, id: lose, command: "rm -r data"}]
`

// drilled is a folder with drplan in it and one drill that it has run.
type drilled struct {
	t   *testing.T
	dir string
}

func drill(t *testing.T) *drilled {
	t.Helper()
	d := &drilled{t, t.TempDir()}
	build := exec.Command("go", "build", "-o", filepath.Join(d.dir, "drplan"), "./cmd/drplan")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "dr-plan.yaml"), []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	d.run(nil, "run", "--scenario", "files_lost")
	return d
}

func (d *drilled) run(env []string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), filepath.Join(d.dir, "drplan"), args...)
	cmd.Dir, cmd.Env = d.dir, append(append(os.Environ(), "DRPLAN_RUNS="+d.dir+"/runs", "HOME="+d.dir), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("drplan %s: %v\n%s%s", strings.Join(args, " "), err, &stdout, &stderr)
	}
	return stdout.String()
}

type summary struct {
	RunID     string    `json:"run_id"`
	StartedAt time.Time `json:"started_at"`
	RTO       struct {
		Actual float64 `json:"actual_seconds"`
	} `json:"rto"`
	Steps []struct {
		Name      string    `json:"name"`
		StartedAt time.Time `json:"started_at"`
		Attempts  int       `json:"attempts"`
	} `json:"steps"`
}

func (d *drilled) summary() (s summary) {
	if err := json.Unmarshal([]byte(d.run(nil, "report", "-o", "json")), &s); err != nil {
		d.t.Fatal(err)
	}
	return s
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// The collector takes a run, plain and compressed, twice the same; what it understood
// are the run's spans, with the journal's times.
func TestCollector(t *testing.T) {
	sink, address := new(consumertest.TracesSink), freePort(t)
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	err := confmap.NewFromStringMap(map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": address}}}).Unmarshal(config)
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), config, sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	defer receiver.Shutdown(context.Background())

	d := drill(t)
	d.run(nil, "trace", "--endpoint", "http://"+address)
	d.run([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + address, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip"}, "trace")
	got := sink.AllTraces()
	if len(got) != 2 {
		t.Fatalf("%d traces", len(got))
	}
	first, second := marshal(t, got[0]), marshal(t, got[1])
	if first != second {
		t.Errorf("sent again, it is another trace:\n%s\n%s", first, second)
	}
	checkTrace(t, d.summary(), got[0])

	file, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(d.run(nil, "report", "-o", "otlp")))
	if err != nil {
		t.Fatal(err)
	}
	if marshal(t, file) != first {
		t.Error("the file is another trace than what was sent")
	}
}

func marshal(t *testing.T, traces ptrace.Traces) string {
	t.Helper()
	out, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func checkTrace(t *testing.T, s summary, traces ptrace.Traces) {
	t.Helper()
	rs := traces.ResourceSpans().At(0)
	if name, _ := rs.Resource().Attributes().Get("service.name"); name.Str() != "drplan" {
		t.Errorf("service.name is %q", name.Str())
	}
	spans := rs.ScopeSpans().At(0).Spans()
	byID := map[pcommon.SpanID]ptrace.Span{}
	byName := map[string]ptrace.Span{}
	for _, x := range spans.All() {
		if x.TraceID().IsEmpty() || x.SpanID().IsEmpty() || x.Kind() != ptrace.SpanKindInternal {
			t.Errorf("%s: ids %s %s, kind %s", x.Name(), x.TraceID(), x.SpanID(), x.Kind())
		}
		byID[x.SpanID()], byName[x.Name()] = x, x
	}
	for _, x := range spans.All() {
		if _, ok := byID[x.ParentSpanID()]; !ok && x.Name() != "drill files_lost" {
			t.Errorf("%s has no parent", x.Name())
		}
		for _, l := range x.Links().All() {
			if l.TraceID() != x.TraceID() || l.SpanID().IsEmpty() {
				t.Errorf("%s links to %s", x.Name(), l.SpanID())
			}
		}
	}
	root := byName["drill files_lost"]
	if root.StartTimestamp().AsTime() != s.StartedAt || root.Status().Code() != ptrace.StatusCodeOk {
		t.Errorf("the run's span begins %s and is %s", root.StartTimestamp().AsTime(), root.Status().Code())
	}
	if rto, ok := root.Attributes().Get("drplan.rto.actual_seconds"); !ok || rto.Double() != s.RTO.Actual || s.RTO.Actual == 0 {
		t.Errorf("RTO %v, want %v", rto.AsString(), s.RTO.Actual)
	}
	for _, step := range s.Steps {
		if step.StartedAt.IsZero() {
			continue
		}
		if x, ok := byName[step.Name]; !ok || x.StartTimestamp().AsTime() != step.StartedAt {
			t.Errorf("step %s: a span at %v, want %s", step.Name, x, step.StartedAt)
		}
	}
	if x := byName["attempt 2"]; x == (ptrace.Span{}) || byID[x.ParentSpanID()].Name() != "Restore <at the second try>" {
		t.Error("the second attempt is no child of its step")
	}
	for _, name := range []string{"Each [eu]", "Each [us]", "backoff", "disaster", "procedure"} {
		if _, ok := byName[name]; !ok {
			t.Errorf("there is no span %q", name)
		}
	}
}

// The Pushgateway takes the metrics, under the group that was asked for; what is pushed
// again replaces them.
func TestPushgateway(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "pushgateway")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/prometheus/pushgateway").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address := freePort(t)
	ctx, stop := context.WithCancel(t.Context())
	gateway := exec.CommandContext(ctx, bin, "--web.listen-address="+address)
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = gateway.Wait() })
	eventually(t, "http://"+address+"/-/ready")

	d := drill(t)
	for range 2 {
		d.run(nil, "metrics", "--push", "http://"+address, "--job", "dr/drills", "--grouping", "instance=dr 1", "--grouping", "site=")
	}
	parser := expfmt.TextParser{}
	families, err := parser.TextToMetricFamilies(strings.NewReader(get(t, "http://"+address+"/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	samples := families["drplan_rto_seconds"].GetMetric()
	if len(samples) != 1 || samples[0].GetGauge().GetValue() != d.summary().RTO.Actual {
		t.Fatalf("%v, want %v", samples, d.summary().RTO.Actual)
	}
	labels := map[string]string{}
	for _, l := range samples[0].GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	if labels["job"] != "dr/drills" || labels["instance"] != "dr 1" || labels["plan"] != filepath.Join(d.dir, "dr-plan.yaml") || labels["scenario"] != "files_lost" || labels["mode"] != "drill" {
		t.Errorf("labels %v", labels)
	}
	if families["drplan_run_success"].GetMetric()[0].GetGauge().GetValue() != 1 {
		t.Error("the run counts as failed")
	}
}

func eventually(t *testing.T, url string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("%s never answered", url)
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(fmt.Sprint(resp.Status, err))
	}
	return string(body)
}
