package notify

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/drplan/drplan/engine"
)

// What is sent of a message, for Slack and as JSON.
func TestPayloads(t *testing.T) {
	for _, name := range []string{"drill", "recovery_fails"} {
		p := stories[name](t)
		for _, i := range []int{1, len(p.told) - 1} {
			m := &p.told[i]
			to := p.fold.config.people(m.To)
			one, err := slack(m, to, p.header.RunID)
			if err != nil {
				t.Fatal(err)
			}
			other, err := webhook(m, to, &p.header)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+string(m.Kind)+".slack.json", indented(t, one))
			golden(t, name+"."+string(m.Kind)+".webhook.json", indented(t, other))
		}
	}
}

func indented(t *testing.T, raw []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

const hostile = "<!channel> <@U1> <https://evil.example|the report> @channel @here\n@everyone *b* `c` ```\n& \x1b[31m \u202e \xff ~x~"

// No text of a step calls a whole channel, poses as a link, leaves its fence or makes
// the message one that Slack refuses.
func TestHostile(t *testing.T) {
	p := newPlayer(t, engine.Header{}, engine.Node{ID: "a", Name: hostile, Phase: engine.PhaseProcedure})
	p.start().fail("a", strings.Repeat(hostile, 500))
	if len(p.told) < 3 {
		t.Fatalf("%d messages", len(p.told))
	}
	call := regexp.MustCompile(`(^|[^\pL\pN])@(channel|here|all|everyone)`)
	for i := range p.told {
		m := &p.told[i]
		for range 40 {
			m.Facts = append(m.Facts, Fact{hostile, strings.Repeat("<&>", 500)})
		}
		m.Do = append(m.Do, strings.Repeat("<", 2000))
		raw, err := slack(m, contacts, p.header.RunID)
		if err != nil {
			t.Fatal(err)
		}
		var got slackMessage
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		texts := []string{got.Text}
		for _, b := range got.Blocks {
			if b.Text != nil {
				texts = append(texts, b.Text.Text)
				if n := utf8.RuneCountInString(b.Text.Text); n > 3000 {
					t.Errorf("a section of %d characters, Slack takes 3000", n)
				}
				if !b.Text.Verbatim {
					t.Error("a section is searched for names")
				}
				if n := strings.Count(b.Text.Text, "```"); n != 0 && n != 2 {
					t.Errorf("%d fences in one section", n)
				}
			}
		}
		for _, text := range texts {
			if strings.ContainsAny(text, "<>\x1b\u202e") || call.MatchString(text) || !utf8.ValidString(text) {
				t.Errorf("%.300q", text)
			}
		}
		if len(got.Blocks) > 50 {
			t.Errorf("%d blocks", len(got.Blocks))
		}
		if _, err := webhook(m, contacts, &p.header); err != nil {
			t.Error(err)
		}
	}
}

// An address keeps its @.
func TestCalm(t *testing.T) {
	for in, want := range map[string]string{
		"ops-team@example.com": "ops-team@example.com",
		"@here":                "@\u200bhere",
		"a @all":               "a @\u200ball",
	} {
		if got := calm(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
