package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/drplan/drplan/plans"
)

// mask takes the plan's secrets out of what is shown: a finding must not carry one
// from the plan into a log, whichever rule made it. A star stands for each
// character, so that the caret still points at its place.
func mask(doc *plans.Document, found []Found, secrets []secret) {
	for _, s := range secrets {
		at := doc.FindingInside(s.node, s.from, s.to, "", "", "", "")
		for i := range found {
			f := &found[i].Finding
			if f.Line == at.Line && s.from < s.to && !strings.Contains(f.Source, firstLine(s.text())) {
				f.Source = "" // it stands there in another form, such as with escapes
			}
			for line := range strings.Lines(s.text()) {
				line = strings.TrimSpace(line)
				// A short one could be part of any word elsewhere.
				if len(line) >= 8 || f.Line == at.Line && len(line) > 0 {
					stars := strings.Repeat("*", utf8.RuneCountInString(line))
					f.Source = strings.ReplaceAll(f.Source, line, stars)
					f.Message = strings.ReplaceAll(f.Message, line, stars)
					f.Hint = strings.ReplaceAll(f.Hint, line, stars)
				}
			}
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
