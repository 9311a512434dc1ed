package backup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Prefix begins the name of every metadata entry that ToS3 makes.
const Prefix = "drplan-"

// ToS3 is m as user metadata of an S3 object: names in lower case, because S3
// is free to fold them, values in ASCII. Zero fields are left out.
func ToS3(m Meta) map[string]string {
	out := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			out[Prefix+name] = value
		}
	}
	put("kind", m.Kind)
	put("started-at", stamp(m.StartedAt))
	put("finished-at", stamp(m.FinishedAt))
	put("run", m.Run)
	put("revision", number(m.Revision))
	put("hash", number(int64(m.Hash)))
	put("keys", number(m.Keys))
	put("size", number(m.Size))
	put("sha256", m.SHA256)
	put("cluster-id", m.ClusterID)
	put("tool", m.Tool)
	return out
}

// FromS3 is the inverse of ToS3. Names are taken in any case, entries of others
// are ignored; metadata without an entry of drplan is reported by false.
func FromS3(metadata map[string]string) (Meta, bool, error) {
	r := reader{values: map[string]string{}}
	for name, value := range metadata {
		if rest, ours := strings.CutPrefix(strings.ToLower(name), Prefix); ours {
			r.values[rest] = value
		}
	}
	if len(r.values) == 0 {
		return Meta{}, false, nil
	}
	m := Meta{
		Kind:       r.values["kind"],
		StartedAt:  r.time("started-at"),
		FinishedAt: r.time("finished-at"),
		Run:        r.values["run"],
		Revision:   r.int("revision", 64),
		Hash:       uint32(r.int("hash", 33)), // 32 bits, unsigned
		Keys:       r.int("keys", 64),
		Size:       r.int("size", 64),
		SHA256:     r.values["sha256"],
		ClusterID:  r.values["cluster-id"],
		Tool:       r.values["tool"],
	}
	if err := errors.Join(r.errs...); err != nil {
		return Meta{}, false, fmt.Errorf("the object's metadata: %w", err)
	}
	return m, true, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// reader collects errors, so that FromS3 reports all of them at once.
type reader struct {
	values map[string]string
	errs   []error
}

func (r *reader) time(name string) time.Time {
	value, there := r.values[name]
	if !there {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s%s: %w", Prefix, name, err))
	}
	return t
}

// int reads a number of at least zero that fits into bits, one of them the sign.
func (r *reader) int(name string, bits int) int64 {
	value, there := r.values[name]
	if !there {
		return 0
	}
	n, err := strconv.ParseUint(value, 10, bits-1)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s%s: %w", Prefix, name, err))
	}
	return int64(n)
}
