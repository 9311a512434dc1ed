package report

// How other packages' reports write text that comes from plans and steps: each of
// these makes one line of it, without escape sequences of terminals and characters
// that change its direction.

// MarkdownText is text that becomes no markup, no mention and no link.
func MarkdownText(s string) string { return md(s) }

// MarkdownCode is an inline code span, in a cell of a table too.
func MarkdownCode(s string) string { return code(s) }

// CSVCell is a cell that no spreadsheet runs.
func CSVCell(s string) string { return inert(plain(s)) }

// Wrap breaks text into lines of at most so many columns, at spaces where it can.
func Wrap(s string, columns int) []string { return wrap(plain(s), columns) }

// Fit cuts text to a number of columns, and fills it up to them.
func Fit(s string, columns int) string { return fit(plain(s), columns) }

// Width is how many columns of a terminal a text takes.
func Width(s string) int { return width(s) }
