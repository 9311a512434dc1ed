package register

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccounts: an account explains the gap that it is of, and no other; a journal
// that is another is never accounted for.
func TestAccounts(t *testing.T) {
	runs, there := folder(t)
	gone := there[1].ID
	if err := os.RemoveAll(filepath.Join(runs, gone)); err != nil {
		t.Fatal(err)
	}
	there = append(there[:1:1], there[2:]...)
	said, err := Record(Start{Runs: runs, By: "alice", From: "desk"}, Account{Kind: Archived, Run: gone, Where: "tape", Reason: "old"},
		func(text string) (string, error) { return "signed: " + text, nil })
	if err != nil || said.First == "" || !strings.Contains(said.Note, "where tape\n") {
		t.Fatalf("%+v, %v", said, err)
	}
	gaps, err := Check(runs, there, true)
	if err != nil || len(gaps) != 1 || gaps[0].Run != gone || !gaps[0].Missing || gaps[0].Account == nil || gaps[0].Account.By != "alice" {
		t.Fatalf("%+v, %v", gaps, err)
	}
	if text := gaps[0].Account.Text(gaps[0].Register); "signed: "+text != gaps[0].Account.Note {
		t.Errorf("what is read back is\n%s\nwhat was signed\n%s", text, gaps[0].Account.Note)
	}
	next := begin(t, runs, "20260102T000000Z-next-aaaa") // starts go on with their numbers
	if next.Reason != "" || next.Number != int64(len(there))+2 {
		t.Errorf("the next run's place is %+v", next)
	}
	if _, err := Record(Start{Runs: runs}, Account{Kind: Brought, Run: there[0].ID, Where: "x", Reason: "y"}, nil); err != nil {
		t.Fatal(err)
	}
	elsewhere := *there[1].Place
	elsewhere.Register = "another"
	if _, err := Record(Start{Runs: runs}, Account{Kind: Archived, Run: there[1].ID, Where: "x", Reason: "y"}, nil); err != nil {
		t.Fatal(err)
	}
	moved := []Run{there[0], {ID: there[1].ID, Place: &elsewhere}}
	gaps, err = Check(runs, moved, false)
	told := false
	for _, g := range gaps {
		told = told || g.Run == there[1].ID
		if g.Run == there[1].ID && g.Account != nil {
			t.Errorf("that a run is archived accounted for one that is here: %+v", g)
		}
	}
	if err != nil || !told {
		t.Errorf("%+v, %v", gaps, err)
	}
	rewrite(t, runs, there[0].ID, 0)
	gaps, err = Check(runs, there, true)
	found := false
	for _, g := range gaps {
		if g.Run == there[0].ID {
			found = true
			if g.Account != nil {
				t.Errorf("another journal was accounted for: %+v", g)
			}
		}
	}
	if err != nil || !found {
		t.Errorf("%+v, %v", gaps, err)
	}
}
