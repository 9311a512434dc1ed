package notify

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a message's parts, in runes. Slack takes 3000 characters a section, and
// refuses the whole message over one more; escaping makes up to five of one.
const (
	maxSection = 3000
	maxTitle   = 250
	maxName    = 60
	maxValue   = 200
	maxDetail  = 500
	maxCode    = 550
)

// slackMessage is the payload of an incoming webhook: blocks for Slack, and in text
// the same once more for notifications and for what is only compatible.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type slackMessage struct {
	Text        string       `json:"text"`
	Blocks      []slackBlock `json:"blocks"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"`
}

// slackText is mrkdwn that is not searched for names and links: verbatim.
type slackText struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

func mrkdwn(s string) *slackText { return &slackText{"mrkdwn", s, true} }

// slack writes a message for Slack and what takes its payload.
func slack(m *Message, to []Person, runID string) ([]byte, error) {
	head := "*" + inline(m.Title, maxTitle) + "*"
	if who := addressees(to); who != "" {
		head += "\n" + inline("For "+who, maxValue)
	}
	parts := []string{head, slackFacts(m.Facts)}
	if m.Detail != "" {
		parts = append(parts, fenced(clip(block(m.Detail), maxDetail)))
	}
	if len(m.Do) > 0 {
		parts = append(parts, fenced(clip(block(strings.Join(m.Do, "\n")), maxCode)))
	}
	if m.Link != "" {
		parts = append(parts, escape(oneLine(m.Link)))
	}
	out := slackMessage{}
	for _, part := range parts {
		if part != "" {
			out.Blocks = append(out.Blocks, slackBlock{Type: "section", Text: mrkdwn(part)})
		}
	}
	foot := inline("run "+runID, maxValue)
	out.Blocks = append(out.Blocks, slackBlock{Type: "context", Elements: []slackText{*mrkdwn(foot)}})
	out.Text = strings.Join(append(parts, foot), "\n")
	return encode(out)
}

// slackFacts are facts, a line each, as many as a section takes.
func slackFacts(facts []Fact) string {
	text := ""
	for _, x := range facts {
		line := "*" + inline(x.Name, maxName) + "*  " + inline(x.Value, maxValue)
		if utf8.RuneCountInString(text)+utf8.RuneCountInString(line) >= maxSection {
			break
		}
		text += line + "\n"
	}
	return strings.TrimSuffix(text, "\n")
}

func addressees(to []Person) string {
	words := make([]string, len(to))
	for i, p := range to {
		words[i] = p.Role
		if p.Reach != "" {
			words[i] += " (" + p.Reach + ")"
		}
	}
	return strings.Join(words, ", ")
}

// inline is text of others within a line: of its own it formats nothing.
func inline(s string, limit int) string {
	s = clip(oneLine(s), limit)
	return escape(strings.NewReplacer("*", "∗", "`", "ˋ", "~", "∼").Replace(calm(s)))
}

// fenced is text of others as it stands; it cannot end the fence.
func fenced(s string) string {
	return "```\n" + escape(strings.ReplaceAll(calm(s), "`", "ˋ")) + "\n```"
}

// escape is what Slack asks for; without < there is no mention, link or date.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// calm breaks what servers that are compatible with Slack take for a call to all,
// such as @channel; an address with its @ inside stays.
func calm(s string) string {
	var b strings.Builder
	before := ' '
	for _, r := range s {
		b.WriteRune(r)
		if r == '@' && !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			b.WriteRune('\u200b')
		}
		before = r
	}
	return b.String()
}

// encode is json.Marshal that leaves <, > and & for people to read.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
