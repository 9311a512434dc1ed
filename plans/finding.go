package plans

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

// The severities of a finding. Only an error makes a plan invalid.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
	SeverityInfo    = "info"
)

// Finding is something a reader of the plan should know, and where it stands.
type Finding struct {
	File      string `json:"file"`
	Line      int    `json:"line"`       // from 1
	Column    int    `json:"column"`     // from 1, in characters
	EndColumn int    `json:"end_column"` // the first character after it; on the same line
	Rule      string `json:"rule"`
	Severity  string `json:"severity"` // error, warning or info
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`   // what to do about it
	Source    string `json:"source,omitempty"` // the line's text
}

// String is the finding in one line: file:line:column: message [rule].
func (f Finding) String() string {
	severity := ""
	if f.Severity != SeverityError {
		severity = f.Severity + ": "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s [%s]", OneLine(f.File), f.Line, f.Column, severity, f.Message, f.Rule)
}

// OneLine is a file's name without what would end the line: a name that begins a new
// one could write anything into a log.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return '·'
		}
		return r
	}, visible(s))
}

// Render writes the finding with its source line, a caret below the place, and
// the hint.
func (f Finding) Render(w io.Writer) error {
	number := fmt.Sprint(f.Line)
	margin := strings.Repeat(" ", len(number))
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", visible(f.String()))
	if f.Source != "" {
		fmt.Fprintf(&b, " %s | %s\n %s | %s\n", number, visible(f.Source), margin, f.caret())
	}
	if f.Hint != "" {
		fmt.Fprintf(&b, " %s = %s\n", margin, visible(f.Hint))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// visible shows what would move a terminal's cursor, colour it or turn the
// direction of its text as a dot, one for one.
func visible(s string) string {
	if printable(s) { // nearly every line is
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' || unicode.Is(unicode.Bidi_Control, r) {
			return '·'
		}
		return r
	}, s)
}

// printable reports whether a text is ASCII that a terminal shows as it is.
func printable(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' || s[i] > '~') && s[i] != '\t' && s[i] != '\n' {
			return false
		}
	}
	return true
}

// caret underlines the columns of the finding. Tabs stay tabs and wide
// characters count twice, so that it stands below the text in a terminal.
func (f Finding) caret() string {
	line := []rune(visible(f.Source))
	from := min(max(f.Column-1, 0), len(line))
	to := min(max(f.EndColumn-1, from), len(line))
	var b strings.Builder
	for _, r := range line[:from] {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", displaywidth.Rune(r)))
	}
	b.WriteByte('^')
	if n := displaywidth.String(string(line[from:to])); n > 1 {
		b.WriteString(strings.Repeat("~", n-1))
	}
	return b.String()
}

// Findings are sorted by place. They are an error where one of them is.
type Findings []Finding

// Error lists the findings, one a line.
func (fs Findings) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Render writes every finding, a blank line between two.
func (fs Findings) Render(w io.Writer) error {
	for i, f := range fs {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := f.Render(w); err != nil {
			return err
		}
	}
	return nil
}

// Errors are the findings of severity error.
func (fs Findings) Errors() Findings { return fs.only(SeverityError) }

func (fs Findings) only(severity string) Findings {
	var out Findings
	for _, f := range fs {
		if f.Severity == severity {
			out = append(out, f)
		}
	}
	return out
}

// Err is nil when no finding is an error, else all the errors.
func (fs Findings) Err() error {
	if errs := fs.Errors(); len(errs) > 0 {
		return errs
	}
	return nil
}

// sorted orders by place and drops what is said twice.
func (fs Findings) sorted() Findings {
	out := slices.Clone(fs)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(out)
}
