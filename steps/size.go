package steps

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes. It reads "16MiB", "100 MB", "1.5GiB" and plain
// bytes; KB, MB and so on are powers of 1000, KiB, MiB of 1024.
type Size int64

// ParseSize reads a size as Size says.
func ParseSize(s string) (Size, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		return Size(n), nil // exact; with a unit, it is as exact as a float64
	}
	n, err := humanize.ParseBytes(s)
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size: write bytes or a unit, such as 16MiB or 100 MB", s)
	}
	return Size(n), nil
}

// String is exact: the largest binary unit that divides the size, else bytes.
func (s Size) String() string {
	units := []string{"", "KiB", "MiB", "GiB", "TiB", "PiB"}
	n, i := int64(s), 0
	for n != 0 && n%1024 == 0 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	return strconv.FormatInt(n, 10) + units[i]
}

// MarshalText gives what String gives.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads a string or a number of bytes.
func (s *Size) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		text = string(data)
	}
	n, err := ParseSize(text)
	if err == nil {
		*s = n
	}
	return err
}
