package report

import (
	"encoding/json"
	"io"
)

// JSON writes a summary as indented JSON.
func JSON(w io.Writer, s *Summary) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(s)
}
