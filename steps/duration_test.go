package steps_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

const day = 24 * time.Hour

func TestParseDuration(t *testing.T) {
	tests := map[string]time.Duration{
		"15 minutes": 15 * time.Minute, "1 minute": time.Minute, "1 hour": time.Hour, "15min": 15 * time.Minute,
		"1h30m": 90 * time.Minute, "1 hour 30 minutes": 90 * time.Minute, "1 hour, 30 minutes": 90 * time.Minute,
		"1 hour and 30 minutes": 90 * time.Minute, "90s": 90 * time.Second, "1.5 hours": 90 * time.Minute,
		"250ms": 250 * time.Millisecond, "3µs": 3 * time.Microsecond, "0s": 0, "0 minutes": 0, "2h0m5s": 2*time.Hour + 5*time.Second,
		"30 days": 30 * day, "2 weeks": 14 * day, "1 month": 30 * day, "1 quarter": 91 * day, "1 year": 365 * day, "2 hrs": 2 * time.Hour,
		"PT15M": 15 * time.Minute, "P1DT2H": 26 * time.Hour, "pt1.5s": 1500 * time.Millisecond, "PT0,5H": 30 * time.Minute,
		"P2W": 14 * day, "P1M": 30 * day, "P1Y": 365 * day, "PT0S": 0,
		"every 6 hours": 6 * time.Hour, "every hour": time.Hour, "Every 15 Minutes": 15 * time.Minute, "every day": day,
		"hourly": time.Hour, "daily": day, "weekly": 7 * day, "monthly": 30 * day, "Quarterly": 91 * day, "yearly": 365 * day, "annually": 365 * day,
		"  1 hour  ": time.Hour, "292 years": 292 * 365 * day, "0.000000001 s": 1, "0.5 ns": 0,
	}
	for text, want := range tests {
		if got, err := steps.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	tests := map[string]string{
		"": "15 minutes", "15": `did you mean "15 minutes"?`, "1.5": `did you mean "1.5 minutes"?`, "-5m": "negative", "- 5 minutes": "negative",
		"300 years": "292 years", "999999999999999999 years": "292 years", "P999999999Y": "292 years", "soon": "15 minutes",
		"5 parsecs": "not a duration", "5m 1h": "not a duration", "1h 1h": "not a duration", "1h-5m": "not a duration", "ss": "not a duration",
		"P": "not a duration", "PT": "not a duration", "P1DT": "not a duration", "every": "not a duration", "every s": "not a duration", "every ": "not a duration",
		"1h30": "not a duration", "1e3s": "not a duration", "5 \xff": "not a duration", strings.Repeat("9", 1000) + "h": "not a duration",
	}
	for text, want := range tests {
		if got, err := steps.ParseDuration(text); err == nil || !strings.Contains(err.Error(), want) || got != 0 {
			t.Errorf("%.40q: got %s, %v; want an error with %q", text, got, err, want)
		}
	}
}

func TestDurationIsCanonical(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", 15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		time.Hour + time.Second: "1h0m1s", 10 * time.Hour: "10h", 30 * day: "720h", 20 * time.Minute: "20m", 1500 * time.Millisecond: "1.5s",
	} {
		if got := steps.Duration(d).String(); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}

func TestDurationInJSON(t *testing.T) {
	var d steps.Duration
	if err := json.Unmarshal([]byte(`"PT15M"`), &d); err != nil {
		t.Fatal(err)
	}
	if data, err := json.Marshal(d); string(data) != `"15m"` || err != nil {
		t.Errorf("got %s, %v", data, err)
	}
	if err := json.Unmarshal([]byte(`900`), &d); err == nil || !strings.Contains(err.Error(), "900 minutes") {
		t.Errorf("a number: got %v", err)
	}
}

// FuzzParseDuration: what is read is not negative, and its canonical form reads
// as the same.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"15 minutes", "1h30m", "PT15M", "P1DT2H", "every 6 hours", "quarterly", "-1s", "1.5 hours", "9999999999 weeks", "p1y1m", "5µs"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := steps.ParseDuration(text)
		if d < 0 || err != nil && d != 0 {
			t.Fatalf("%q: %s, %v", text, d, err)
		}
		if err != nil {
			return
		}
		again, err := steps.ParseDuration(steps.Duration(d).String())
		if err != nil || again != d {
			t.Fatalf("%q is %s, which reads as %s, %v", text, steps.Duration(d), again, err)
		}
	})
}
