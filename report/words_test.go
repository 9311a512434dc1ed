package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A drill that missed an objective does not say that it succeeded and no more.
func TestHeadlineOfAMiss(t *testing.T) {
	s := upToCheck(drill(t, 49*time.Second), restore("db", "2026-08-01T09:59:50Z", "")).done("check", "").done("clean", "").summary()
	const want = "Drill succeeded, RTO missed by 1.0s"
	if got := s.Headline(); got != want || s.ExitCode(false) == 0 {
		t.Errorf("%q, exit code %d", got, s.ExitCode(false))
	}
	var b bytes.Buffer
	if err := Markdown(&b, s); err != nil || !strings.HasPrefix(b.String(), "# "+want+": ") {
		t.Errorf("%v\n%s", err, &b)
	}
	s.RPO.Met, s.RPO.Actual, s.RPO.Target = s.RTO.Met, seconds(time.Hour), seconds(time.Minute)
	if got := s.Headline(); got != want+", RPO missed by 59m" {
		t.Errorf("%q", got)
	}
}
