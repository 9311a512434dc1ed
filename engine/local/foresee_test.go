package local_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

// seer knows before it runs.
type seer struct {
	Takes steps.Duration `json:"takes" doc:"What it estimates; 0: it cannot."`
	Token steps.Secret   `json:"token" doc:"What it tells."`
	Path  string         `json:"path" doc:"Where."`
	Deaf  bool           `json:"deaf" doc:"It hears no deadline."`
	Panic bool           `json:"panic" doc:"It has a mistake."`
}

func (s *seer) Run(context.Context, *steps.Run) (steps.Outputs, error) { panic("a dry run ran it") }

func (s *seer) Estimate(ctx context.Context, _ *steps.Run) (time.Duration, error) {
	switch {
	case s.Panic:
		panic("oh")
	case s.Deaf:
		select {}
	case s.Takes == 0:
		return 0, errors.New("no object " + string(s.Token))
	}
	return time.Duration(s.Takes), nil
}

func (s *seer) Preview(_ context.Context, in *steps.Run) ([]string, error) {
	return []string{"would tell " + string(s.Token) + in.Env["MORE"], s.Path}, nil
}

func foresee(t *testing.T, patience time.Duration, nodes ...engine.Node) map[string]local.Foresight {
	t.Helper()
	cfg := local.Config{
		Registry: steps.NewRegistry(append(testKinds(), steps.Kind{Type: "seer", Summary: "foresees", New: func() steps.Step { return &seer{} }, Timeout: time.Minute})...),
		Secrets:  func(string) (string, error) { return "S3CR3T-abc", nil },
	}
	h := header("r", nodes...)
	h.Params = []byte(`{"where":"/srv","yes":true}`)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seen, err := local.Foresee(ctx, cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func waiting(n engine.Node, w engine.Wait) engine.Node {
	n.Wait = w
	return n
}

func TestForesee(t *testing.T) {
	each := with(engine.Node{ID: "each", Type: "seer", ForEach: true}, steps.Spec{ForEach: []byte(`["a"]`)}, obj{})
	got := foresee(t, time.Minute,
		node("knows", "seer", obj{"takes": "3s", "path": "${params.where}/x"}),
		with(node("tells", "seer", nil), steps.Spec{Env: map[string]string{"MORE": " ${secret.tok}"}}, obj{"token": "${secret.tok}"}),
		with(node("reads", "seer", nil), steps.Spec{Refs: []string{"knows"}}, obj{"path": "${steps.knows.line}"}),
		node("later", "seer", obj{"takes": "1s", "path": "${run.dir}/x"}),
		with(node("skipped", "seer", nil), steps.Spec{When: "${!params.yes}"}, obj{"takes": "1s"}),
		each,
		node("fails", "seer", obj{"panic": true}),
		node("plain", "nothing", obj{}),
		waiting(node("wait", "timer", obj{"for": "20s"}), engine.WaitTimer),
		waiting(node("agree", "approval", obj{"for": "0s"}), engine.WaitApproval),
	)
	why := func(id string) string { return got[id].NoEstimate }
	if diff := cmp.Diff(local.Foresight{Estimate: 3 * time.Second, Preview: []string{"would tell ", "/srv/x"}}, got["knows"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(local.Foresight{NoEstimate: "no object [redacted]", Preview: []string{"would tell [redacted] [redacted]", ""}}, got["tells"]); diff != "" {
		t.Error(diff)
	}
	if got["skipped"].Estimate != 0 || why("skipped") != "" || !strings.Contains(got["skipped"].Preview[0], "skipped") {
		t.Errorf("skipped: %+v", got["skipped"])
	}
	if got["wait"].Estimate != 20*time.Second || why("wait") != "" || why("agree") == "" || why("plain") == "" || got["plain"].NoPreview != "" {
		t.Errorf("wait %+v, agree %+v, plain %+v", got["wait"], got["agree"], got["plain"])
	}
	for id, want := range map[string]string{"reads": "what knows has yet to give", "later": "dir", "each": "each of its items", "fails": "panicked: oh"} {
		if !strings.Contains(why(id), want) || got[id].NoPreview != why(id) || got[id].Preview != nil {
			t.Errorf("%s: %+v, want %q", id, got[id], want)
		}
	}
}

// TestForeseeDoesNotWait for who hears no deadline.
func TestForeseeDoesNotWait(t *testing.T) {
	got := foresee(t, 50*time.Millisecond, node("deaf", "seer", obj{"deaf": true}), node("knows", "seer", obj{"takes": "3s"}))
	if !strings.Contains(got["deaf"].NoEstimate, "no answer in time") || got["knows"].Estimate != 3*time.Second {
		t.Errorf("got %+v", got)
	}
}
