package engine

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func fullHeader() Header {
	return Header{
		Format: Format, Tool: "v1.2.3", RunID: "20260101-etcd", Started: time.Date(2026, 1, 1, 2, 3, 4, 5, time.UTC), Host: "bastion", User: "ann",
		Plan:     PlanRef{Path: "dr-plan.yaml", Version: "1.0", SHA256: strings.Repeat("0a", 32)},
		Scenario: "etcd_failure", Title: "etcdの障害 <single>", Procedure: "etcd_failure", Mode: ModeDrill,
		Params:    json.RawMessage(`{"namespace":"a & b"}`),
		Objective: Objective{Row: "production", RTO: time.Hour, RPO: 15 * time.Minute},
		Graph: Graph{MaxParallel: 3, Nodes: []Node{{ID: "a", Name: "A", Type: "command", Phase: PhaseProcedure, Needs: []string{"b"}, ForEach: true,
			Retry: Retry{Attempts: 2, Backoff: time.Second}, Timeout: time.Minute, Verifies: true, Spec: json.RawMessage(`{"argv":["<x>"]}`)}}},
		Options: Options{KeepOnFailure: true},
	}
}

func TestHeaderRoundTrip(t *testing.T) {
	want := fullHeader()
	b, err := EncodeHeader(want)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(string(b), "\n") || strings.Contains(string(b), `\u003c`) {
		t.Errorf("not one line, or escaped: %s", b)
	}
	got, err := DecodeHeader(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEncodeHeaderSetsTheFormat(t *testing.T) {
	b, err := EncodeHeader(Header{RunID: "r"})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := DecodeHeader(b); err != nil || h.Format != Format {
		t.Errorf("format %d, %v", h.Format, err)
	}
}

func TestDecodeHeaderRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		record string
		newer  bool
	}{
		"a newer format":                {`{"format":2,"graph":"of a kind unheard of"}`, true},
		"what is no header":             {`{"seq":1,"event":"run_started"}`, false},
		"what is no JSON":               {`{"format":1`, false},
		"a header with the wrong types": {`{"format":1,"graph":7}`, false},
	} {
		if _, err := DecodeHeader([]byte(tc.record)); err == nil || errors.Is(err, ErrNewerFormat) != tc.newer {
			t.Errorf("%s: %v", name, err)
		}
	}
	h := fullHeader()
	h.Format = Format + 1
	if _, err := Replay(h, nil); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("replay of a newer format: %v", err)
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	for name, record := range map[string]string{
		"an unknown kind":    `{"seq":1,"t":0,"event":"moon_rose"}`,
		"no kind":            `{"seq":1,"t":0}`,
		"no number":          `{"t":0,"event":"run_started"}`,
		"a time before time": `{"seq":1,"t":-1,"event":"run_started"}`,
		"no JSON":            `seq 1`,
	} {
		if e, err := DecodeEvent([]byte(record)); err == nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestEventRoundTrip(t *testing.T) {
	yes := true
	want := Event{Seq: 7, T: 3 * time.Second, Wall: time.Date(2026, 1, 1, 0, 0, 3, 9, time.UTC), Kind: StepResolved, Phase: PhaseChecks, Node: "a",
		Key: "<k>", Whole: true, Attempt: 2, Outcome: Failed, Verdict: VerdictDone, Result: ResultFailed, Reason: "r & r", Error: "e", Final: true,
		Outputs: json.RawMessage(`{"a":"<b>","n":10000000000000000001}`), When: &yes, Items: []Item{{Key: "k", Value: json.RawMessage(`null`)}},
		Digest: "d", Deadline: 4, WaitFor: 5, Prompt: "p", By: "ann", Simulated: true, Gap: 6, Checks: []Check{{Node: "a", Name: "c", OK: true}},
		Graph: &Graph{Nodes: []Node{{ID: "a", Timeout: 1}}}, Plan: &PlanRef{Path: "p"}}
	b, err := EncodeEvent(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeEvent(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEncodeEventRefusesBrokenOutputs(t *testing.T) {
	if b, err := EncodeEvent(Event{Seq: 1, Kind: AttemptEnded, Outputs: json.RawMessage(`{`)}); err == nil {
		t.Errorf("encoded as %s", b)
	}
}

func TestIsClosing(t *testing.T) {
	for record, want := range map[string]bool{
		`{"seq":9,"event":"run_ended","result":"failed"}`: true,
		`{"seq":9,"event":"run_stopped"}`:                 true,
		`{"seq":9,"event":"step_ended"}`:                  false,
		`{"format":1,"run_id":"run_ended"}`:               false,
		`run_ended`:                                       false,
	} {
		if got := IsClosing([]byte(record)); got != want {
			t.Errorf("%s: %t", record, got)
		}
	}
}

// FuzzDecodeEvent: what decodes encodes again to what decodes to the same.
func FuzzDecodeEvent(f *testing.F) {
	f.Add([]byte(`{"seq":1,"t":0,"wall":"2026-01-01T00:00:00Z","event":"run_started"}`))
	f.Add([]byte(`{"seq":2,"t":5,"wall":"2026-01-01T00:00:00+09:00","event":"step_resolved","node":"a","when":true,"items":[{"key":"k","value":{"a":[1,2e3]}}]}`))
	f.Add([]byte(`{"seq":3,"t":5,"event":"attempt_ended","node":"a","attempt":1,"outputs":{ "a" : "\u003c" },"error":"\ud800"}`))
	f.Add([]byte(`{"seq":4,"t":5,"event":"plan_changed","graph":{"nodes":null},"plan":{}}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		e, err := DecodeEvent(record)
		if err != nil {
			return
		}
		b, err := EncodeEvent(e)
		if err != nil {
			if e.Wall.Year() > 9999 || e.Wall.Year() < 0 {
				return
			}
			t.Fatalf("%q decodes, but does not encode: %v", record, err)
		}
		again, err := DecodeEvent(b)
		if err != nil {
			t.Fatalf("%q encodes as %q, which does not decode: %v", record, b, err)
		}
		twice, err := EncodeEvent(again)
		if err != nil || string(twice) != string(b) {
			t.Fatalf("%q, encoded again, is %q: %v", b, twice, err)
		}
	})
}

// FuzzReplay: no sequence of records makes the machine panic.
func FuzzReplay(f *testing.F) {
	f.Add([]byte("{\"seq\":1,\"event\":\"run_started\"}\n{\"seq\":2,\"event\":\"phase_started\",\"phase\":\"procedure\"}\n" +
		"{\"seq\":3,\"event\":\"step_resolved\",\"node\":\"b\",\"when\":true,\"items\":[{\"key\":\"x\",\"value\":1}]}\n" +
		"{\"seq\":4,\"event\":\"attempt_started\",\"node\":\"b\",\"key\":\"x\",\"attempt\":1}\n{\"seq\":5,\"event\":\"resumed\"}"))
	f.Add([]byte("{\"seq\":1,\"event\":\"step_ended\",\"node\":\"b\",\"whole\":true,\"outcome\":\"failed\"}\n{\"seq\":2,\"event\":\"reopened\"}"))
	f.Add([]byte("{\"seq\":1,\"event\":\"plan_changed\",\"graph\":{\"nodes\":[{\"id\":\"b\",\"phase\":\"setup\",\"timeout\":1}]}}"))
	h := Header{RunID: "r", Graph: Graph{Nodes: []Node{{ID: "a", Phase: PhaseProcedure, Timeout: 1}, {ID: "b", Phase: PhaseProcedure, Timeout: 1, ForEach: true, Needs: []string{"a"}}}}}
	f.Fuzz(func(t *testing.T, journal []byte) {
		var events []Event
		for line := range strings.Lines(string(journal)) {
			e, err := DecodeEvent([]byte(line))
			if err != nil {
				return
			}
			events = append(events, e)
		}
		m, err := Replay(h, events)
		if err != nil {
			return
		}
		_ = m.Step(Stamp{T: m.now.T}, Resume{}) // refused or not, it may not panic
		m.Ready()
		m.State()
	})
}
