package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Duration is a length of time as people write it. See ParseDuration.
type Duration time.Duration

// String gives the canonical form, such as "1h30m": what time.Duration prints,
// without trailing zero units.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText gives what String gives.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads what ParseDuration reads. A number is an error.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return noUnit(string(data))
	}
	t, err := ParseDuration(s)
	if err == nil {
		*d = Duration(t)
	}
	return err
}

const day = 24 * time.Hour

// Lengths of units by their names in lower case. A month is 30 days, a quarter
// 91, a year 365: frequencies and retentions are not calendars.
var unitLengths = map[string]time.Duration{
	"ns": 1, "us": time.Microsecond, "µs": time.Microsecond, "μs": time.Microsecond, "ms": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"d": day, "day": day, "w": 7 * day, "week": 7 * day,
	"month": 30 * day, "quarter": 91 * day, "year": 365 * day,
}

var frequencies = map[string]time.Duration{
	"hourly": time.Hour, "daily": day, "weekly": 7 * day,
	"monthly": 30 * day, "quarterly": 91 * day, "yearly": 365 * day, "annually": 365 * day,
}

var (
	amounts = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:\s|,|and\s)*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([a-zµμ]+)\s*`)
	})
	isoDuration = sync.OnceValue(func() *regexp.Regexp {
		const n = `([0-9]{1,18}(?:[.,][0-9]{1,18})?)`
		return regexp.MustCompile(`^p(?:` + n + `y)?(?:` + n + `m)?(?:` + n + `w)?(?:` + n + `d)?(t(?:` + n + `h)?(?:` + n + `m)?(?:` + n + `s)?)?$`)
	})
	bareNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`) })
)

// ParseDuration reads a length of time as people write it: "15 minutes",
// "1 hour 30 minutes", "1h30m", "90s", "PT15M", "P1DT2H", "30 days"; and a
// frequency as its period: "every 6 hours", "every hour", "quarterly". Case is
// ignored. It never returns a negative duration; an error says what to write.
func ParseDuration(s string) (time.Duration, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	switch {
	case text == "":
		return 0, errors.New("the duration is empty: write one such as 15 minutes")
	case strings.HasPrefix(text, "-"):
		return 0, fmt.Errorf("the duration %q is negative: write one such as 15 minutes", s)
	case bareNumber().MatchString(text):
		return 0, noUnit(text)
	case frequencies[text] != 0:
		return frequencies[text], nil
	case text[0] == 'p':
		return parseISO(s, text)
	}
	if rest, ok := strings.CutPrefix(text, "every "); ok {
		text = strings.TrimSpace(rest)
		if unit, ok := unitLength(text); ok && len(text) > 1 {
			return unit, nil
		}
	}
	return parseAmounts(s, text)
}

func noUnit(s string) error {
	return fmt.Errorf("the duration %s has no unit: did you mean %q?", s, s+" minutes")
}

func malformed(s string) error {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return fmt.Errorf("%q is not a duration: write one such as 15 minutes, 1h30m or PT15M", s)
}

func unitLength(name string) (time.Duration, bool) {
	if l, ok := unitLengths[name]; ok {
		return l, true
	}
	singular, plural := strings.CutSuffix(name, "s")
	l, ok := unitLengths[singular]
	return l, ok && plural && len(singular) > 1
}

// parseAmounts reads "1 hour 30 minutes" and "1h30m"; no unit may come twice
// or in a wrong order, which is more likely a slip than a sum.
func parseAmounts(s, text string) (time.Duration, error) {
	if d, ok := oneAmount(text); ok {
		return d, nil
	}
	total, last := new(big.Rat), time.Duration(0)
	for text != "" {
		m := amounts().FindStringSubmatch(text)
		if m == nil {
			return 0, malformed(s)
		}
		unit, ok := unitLength(m[2])
		if !ok || (last != 0 && unit >= last) {
			return 0, malformed(s)
		}
		add(total, m[1], unit)
		text, last = text[len(m[0]):], unit
	}
	return whole(s, total)
}

// oneAmount reads "15 minutes", as nearly all are written: one whole number with its
// unit.
func oneAmount(text string) (time.Duration, bool) {
	n, digits := time.Duration(0), 0
	for digits < len(text) && digits < 9 && text[digits] >= '0' && text[digits] <= '9' {
		n = n*10 + time.Duration(text[digits]-'0')
		digits++
	}
	unit, ok := unitLength(strings.TrimSpace(text[digits:]))
	if digits == 0 || !ok || n > 0 && unit > math.MaxInt64/n {
		return 0, false
	}
	return n * unit, true
}

// parseISO reads the durations of ISO 8601, with the lengths of unitLengths.
func parseISO(s, text string) (time.Duration, error) {
	m := isoDuration().FindStringSubmatch(text)
	if m == nil || text == "p" || strings.HasSuffix(text, "t") {
		return 0, malformed(s)
	}
	units := []time.Duration{365 * day, 30 * day, 7 * day, day, 0, time.Hour, time.Minute, time.Second}
	total := new(big.Rat)
	for i, unit := range units {
		if unit != 0 && m[i+1] != "" {
			add(total, strings.Replace(m[i+1], ",", ".", 1), unit)
		}
	}
	return whole(s, total)
}

func add(total *big.Rat, amount string, unit time.Duration) {
	n, _ := new(big.Rat).SetString(amount) // digits, by the expressions above
	total.Add(total, n.Mul(n, new(big.Rat).SetInt64(int64(unit))))
}

// whole cuts to nanoseconds.
func whole(s string, total *big.Rat) (time.Duration, error) {
	n := new(big.Int).Quo(total.Num(), total.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("the duration %q is too long: the longest is 292 years", s)
	}
	return time.Duration(n.Int64()), nil
}
