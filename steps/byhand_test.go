package steps

import (
	"encoding/json"
	"os/exec"
	"testing"
)

func TestCommands(t *testing.T) {
	k := Kind{Type: "t", ByHand: `run {{quote .word}} {{join .list ","}} {{.absent}}`}
	got, err := k.Commands(json.RawMessage(`{"word":"it's","list":["a","b"]}`))
	if want := `run 'it'\''s' a,b …`; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, err := (Kind{}).Commands(nil); got != "" || err != nil {
		t.Errorf("no template gave %q, %v", got, err)
	}
}

// TestShellWord asks a real shell.
func TestShellWord(t *testing.T) {
	for _, word := range []string{"", "plain", "two words", "it's", `$HOME "x" \ * ; #`, "a\nb"} {
		out, err := exec.Command("sh", "-c", "printf %s "+ShellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q came out as %q: %v", word, out, err)
		}
	}
}
