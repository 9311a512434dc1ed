package local

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputIsBounded: over all attempts of a step; each has a share.
func TestOutputIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "output.log")
	for attempt := range 3 {
		f := &outputFile{path: path}
		for range 20 {
			if n, err := f.Write(bytes.Repeat([]byte("x"), 1<<20)); n != 1<<20 || err != nil {
				t.Fatalf("wrote %d, %v", n, err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		const mark = 100
		if limit := outputLimit + attempt*outputShare + (attempt+1)*mark; err != nil || len(data) > limit || len(data) < outputLimit {
			t.Fatalf("after attempt %d it has %d bytes, want at most %d: %v", attempt, len(data), limit, err)
		}
		if n := strings.Count(string(data), "only the first 16 MiB"); n != attempt+1 {
			t.Errorf("after attempt %d it says %d times that there was more", attempt, n)
		}
	}
}
