package etcd

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

// TestQuiesce: an API server that ran before runs after, and not in between.
func TestQuiesce(t *testing.T) {
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 5)
	api := startAPIServer(t)
	input := restoreInput(lab, file, object{"quiesce": []object{api.input(nil)}})

	t.Run("stopped, proven dead, started again", func(t *testing.T) {
		process := api.process(t)
		var between, afterwards []bool
		reached = func(where string) {
			switch where {
			case string(restoring), string(swapping):
				between = append(between, api.listens())
			case string(starting):
				afterwards = append(afterwards, api.listens())
			}
		}
		defer func() { reached = func(string) {} }()
		mustPerform(t, Restore(), input)
		if len(between) != 2 || between[0] || between[1] || len(afterwards) != 1 || afterwards[0] {
			t.Errorf("it listened meanwhile: %v, %v", between, afterwards)
		}
		api.await(t)
		if api.process(t) == process {
			t.Error("it was never stopped")
		}
		if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
			t.Errorf("%d keys, want 10", keys)
		}
	})

	// From here on the data are those of the snapshot and one key more.
	write(t, lab, "/mark", 1)
	begun := starts(t, lab)
	untouched := func(t *testing.T, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "kube-apiserver") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "old data directories are in place") {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if got := starts(t, lab); got != begun {
			t.Errorf("%d members were started", got-begun)
		}
	}

	t.Run("it does not die", func(t *testing.T) {
		_, err := perform(t, Restore(), with(input, object{"quiesce": []object{api.input(object{"stop": "true"})}, "stop_timeout": "1s"}))
		untouched(t, err, "still running")
		if keys := healthy(t, lab).Seen[0].Keys; keys != 11 {
			t.Errorf("%d keys: a member was stopped before the API server was dead", keys)
		}
	})

	t.Run("its supervisor starts it meanwhile", func(t *testing.T) {
		reached = func(where string) {
			if where == "restored" {
				api.launch(t)
			}
		}
		defer func() { reached = func(string) {} }()
		_, err := perform(t, Restore(), input)
		untouched(t, err, "started again behind our back")
		for _, m := range lab.Etcd.Members {
			if !strings.Contains(err.Error(), m.Name+" ("+m.Start+")") {
				t.Errorf("what starts %s is not in: %v", m.Name, err)
			}
			labtest.Sh(t, m.Start)
		}
		if keys := healthy(t, lab).Seen[0].Keys; keys != 11 {
			t.Errorf("%d keys: the old data are not back", keys)
		}
	})
}
