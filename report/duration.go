package report

import (
	"fmt"
	"time"
)

// Duration writes a length of time as every report does: 350ms, 12.3s, 1m05s,
// 2h03m10s. Parts at the end that are zero are left out: 15m, 1h.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-d)
	}
	if d == 0 {
		return "0s"
	}
	if d < time.Millisecond {
		return "<1ms"
	}
	if r := d.Round(time.Millisecond); r < time.Second {
		return fmt.Sprintf("%dms", r.Milliseconds())
	}
	if r := d.Round(time.Second / 10); r < time.Minute {
		return fmt.Sprintf("%.1fs", r.Seconds())
	}
	return clock(d.Round(time.Second))
}

// clock writes whole seconds from a minute up.
func clock(d time.Duration) string {
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h == 0 && s == 0:
		return fmt.Sprintf("%dm", m)
	case h == 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	case m == 0 && s == 0:
		return fmt.Sprintf("%dh", h)
	case s == 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	}
	return fmt.Sprintf("%dh%02dm%02ds", h, m, s)
}
