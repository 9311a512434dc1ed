package engine

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// command runs one line of a scenario.
func (p *player) command(f []string) {
	arg := args(f[1:])
	node, key := split(arg["1"])
	attempt := 1
	if _, in, err := p.m.find(node, key); err == nil {
		attempt = in.attempt
	}
	if a, ok := arg["attempt"]; ok {
		attempt = must(strconv.Atoi(a))
	}
	outputs := []byte(arg["out"])
	switch f[0] {
	case "start":
		p.step(Start{})
	case "at":
		p.now = span(arg["1"])
		p.m.Tick(p.stamp())
	case "later": // without telling the machine
		p.now = span(arg["1"])
	case "preflight":
		p.step(PreflightResult{Phase: Phase(arg["1"]), Checks: checks(arg)})
	case "resolve":
		p.step(answer(node, arg))
	case "done":
		p.step(Ended{Node: node, Key: key, Attempt: attempt, Outputs: outputs})
	case "fail":
		p.step(Ended{Node: node, Key: key, Attempt: attempt, Outputs: outputs, Err: or(arg["err"], "broken"), Final: arg["final"] != ""})
	case "answer":
		p.step(Answered{Node: node, Key: key, OK: arg["2"] == "yes", By: arg["by"], Reason: arg["reason"]})
	case "cancel":
		p.step(Cancel{By: "ann", Reason: "interrupted"})
	case "interrupt":
		p.step(Interrupt{By: "ann"})
	case "crash":
		p.m = p.fromDisk()
	case "resume":
		p.step(Resume{Gap: span(or(arg["gap"], "0s"))})
	case "found":
		p.step(Reconciled{Node: node, Key: key, Attempt: attempt, Verdict: Verdict(arg["2"]), Outputs: outputs, Err: arg["err"], Reason: arg["reason"]})
	case "settle":
		p.step(Settle{Node: node, Key: key, Verdict: Verdict(arg["2"]), By: "bob", Reason: arg["reason"], Outputs: outputs})
	case "reopen":
		p.step(Reopen{By: "ann", OnlyCleanup: arg["1"] == "cleanup"})
	case "note":
		p.step(Note{Node: node, Reason: arg["reason"]})
	case "cut":
		p.step(Cut{Reason: "12 bytes"})
	case "deadline":
		at, ok := p.m.NextDeadline()
		fmt.Fprintf(&p.out, "next deadline: %s %t\n", at, ok)
	case "state":
		p.showState()
	default:
		p.t.Fatalf("unknown command %q", f[0])
	}
}

// plan is `graph`, which begins a new run, or `plan`, which changes its graph.
func (p *player) plan(f, lines []string) {
	arg := args(f[1:])
	g := Graph{MaxParallel: must(strconv.Atoi(or(arg["max_parallel"], "0")))}
	if f[0] == "graph" {
		p.quiet, p.answer = arg["quiet"] != "", map[string]Resolved{}
	}
	for _, line := range lines {
		f := strings.Fields(line)
		a := args(f[2:])
		n := graphNode(f[0], f[1], a)
		g.Nodes = append(g.Nodes, n)
		p.answer[n.ID] = answer(n.ID, a)
	}
	if f[0] == "plan" {
		p.step(ChangePlan{Graph: g, Plan: PlanRef{Path: "dr-plan.yaml", SHA256: "new"}, By: "ann"})
		return
	}
	p.header = Header{RunID: "run-1", Graph: g, Options: Options{SimulateWaits: arg["simulate"] != "", KeepOnFailure: arg["keep"] != ""}}
	m, err := New(p.header)
	if err != nil {
		fmt.Fprintf(&p.out, "error: %v\n", err)
		return
	}
	p.m, p.events, p.now = m, nil, 0
	p.out.WriteString("ok\n")
}

func graphNode(id, phase string, a map[string]string) Node {
	n := Node{ID: id, Phase: Phase(phase), Timeout: span(or(a["timeout"], "1h")), ForEach: a["items"] != "" || a["for_each"] != "",
		Always: a["always"] != "", ContinueOnError: a["continue"] != "", Wait: Wait(a["wait"]),
		MaxParallel: must(strconv.Atoi(or(a["max_parallel"], "0")))}
	n.Retry = Retry{Attempts: must(strconv.Atoi(or(a["attempts"], "0"))), Backoff: span(or(a["backoff"], "0s")), AttemptTimeout: span(or(a["attempt_timeout"], "0s"))}
	if a["needs"] != "" {
		n.Needs = strings.Split(a["needs"], ",")
	}
	if a["spec"] != "" {
		n.Spec = fmt.Appendf(nil, "{%q:%q}", "do", a["spec"])
	}
	return n
}

// answer is what a node's resolve is answered with.
func answer(id string, a map[string]string) Resolved {
	in := Resolved{Node: id, When: a["when"] != "false", WaitFor: span(or(a["for"], "0s")), Prompt: a["prompt"], Err: a["err"]}
	if a["items"] != "" {
		for key := range strings.SplitSeq(a["items"], ",") {
			in.Items = append(in.Items, Item{Key: key, Value: fmt.Appendf(nil, "%q", or(a["value"], key))})
		}
	}
	return in
}

func checks(a map[string]string) []Check {
	switch {
	case a["fail"] == "":
		return nil
	case a["hard"] != "":
		return []Check{{Name: a["fail"], Hard: true, Override: a["override"]}}
	}
	return []Check{{Name: a["fail"], Message: "no room", Override: a["override"], Deferred: a["deferred"] != ""}}
}

// args reads words and key=value pairs: words are numbered and name themselves.
func args(f []string) map[string]string {
	a := map[string]string{}
	n := 0
	for _, s := range f {
		if k, v, ok := strings.Cut(s, "="); ok {
			a[k] = strings.ReplaceAll(v, "_", " ")
			if k == "needs" || k == "items" || k == "wait" || k == "out" {
				a[k] = v
			}
			continue
		}
		n++
		a[strconv.Itoa(n)] = s
		if n > 1 || !strings.ContainsAny(s, "[0123456789") {
			a[s] = "yes"
		}
	}
	return a
}

func split(s string) (node, key string) {
	node, key, _ = strings.Cut(strings.TrimSuffix(s, "]"), "[")
	return node, key
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func span(s string) time.Duration { return must(time.ParseDuration(s)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
