package steps_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]steps.Size{
		"0": 0, "1024": 1024, "16MiB": 16 << 20, "16 MiB": 16 << 20, "100 MB": 100e6, "1.5GiB": 3 << 29, "5kb": 5000, "2 TB": 2e12, "1B": 1,
	} {
		if got, err := steps.ParseSize(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-5MB", "5 parsecs", "99999999 PB", "1e9", "5 MB MB"} {
		if got, err := steps.ParseSize(text); err == nil || !strings.Contains(err.Error(), "16MiB") {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
}

func TestSizeIsCanonical(t *testing.T) {
	for _, size := range []steps.Size{0, 1, 1023, 1024, 1025, 16 << 20, 100e6, 3 << 29, 1 << 60, math.MaxInt64} {
		again, err := steps.ParseSize(size.String())
		if err != nil || again != size {
			t.Errorf("%d is %s, which reads as %d, %v", size, size, again, err)
		}
	}
	var s steps.Size
	for _, data := range []string{`"16MiB"`, `16777216`} {
		if err := json.Unmarshal([]byte(data), &s); err != nil || s.String() != "16MiB" {
			t.Errorf("%s: got %s, %v", data, s, err)
		}
	}
	if err := json.Unmarshal([]byte(`true`), &s); err == nil {
		t.Error("true is a size")
	}
}

func TestSecretsShowNowhere(t *testing.T) {
	const text = "hunter2"
	secret := steps.Secret(text)
	var sink bytes.Buffer
	holder := struct {
		S  steps.Secret
		P  *steps.Secret
		L  []steps.Secret
		M  map[string]steps.Secret
		In any
	}{secret, &secret, []steps.Secret{secret}, map[string]steps.Secret{"k": secret}, secret}
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%10.3s"} {
		fmt.Fprintf(&sink, verb+"\n"+verb+"\n", secret, holder)
	}
	data, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	sink.Write(data)
	fmt.Fprintln(&sink, secret, fmt.Errorf("login: %w", fmt.Errorf("%v", secret)))
	for _, h := range []slog.Handler{slog.NewTextHandler(&sink, nil), slog.NewJSONHandler(&sink, nil)} {
		slog.New(h).Info("login", "password", secret, "all", holder)
	}
	for _, bad := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), "hun"} {
		if strings.Contains(sink.String(), bad) {
			t.Errorf("%q shows in:\n%s", bad, &sink)
		}
	}
	if !strings.Contains(sink.String(), steps.Redacted) {
		t.Error("nothing was redacted")
	}
	if string(secret) != text || steps.Secret("").String() != "" {
		t.Error("a secret must convert to its text, and an empty one look empty")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"timeout", "namespace", "from_backup", "to", "prefix"}
	for got, want := range map[string]string{
		"timeuot": "timeout", "Timeout": "timeout", "namespaces": "namespace", "from_bakcup": "from_backup",
		"t0": "", "xyz": "", "": "", "preefixx": "prefix", strings.Repeat("a", 1000): "",
	} {
		if near := steps.Nearest(got, words); near != want {
			t.Errorf("%q: got %q, want %q", got, near, want)
		}
	}
}

func TestCommandKeepsItsForm(t *testing.T) {
	for _, data := range []string{`"ls -l"`, `["ls","-l"]`, `[]`, `""`} {
		var c steps.Command
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(c); string(again) != data || err != nil {
			t.Errorf("%s became %s, %v", data, again, err)
		}
		if empty := len(data) == 2; c.IsZero() != empty {
			t.Errorf("%s is zero: %t", data, c.IsZero())
		}
	}
	if err := json.Unmarshal([]byte(`{"a":1}`), new(steps.Command)); err == nil {
		t.Error("an object is a command")
	}
}
