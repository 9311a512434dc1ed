package fill

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestObjectsAreAFunctionOfTheirNumber(t *testing.T) {
	for n := range 200 {
		a, b := nth(n), nth(n)
		if a.key() != b.key() || !bytes.Equal(a.value(500), b.value(500)) {
			t.Fatalf("object %d is not the same twice", n)
		}
	}
}

func TestKeysAreShapedAsInKubernetesAndDiffer(t *testing.T) {
	shape := regexp.MustCompile(`^/registry/([a-z.-]+/)?[a-z]+/[a-z]+-[a-z]+/[a-z]+-[0-9a-f]{8}-[0-9]{6}$`)
	seen, kinds := map[string]bool{}, map[string]int{}
	for n := range 5_000 {
		o := nth(n)
		if !shape.MatchString(o.key()) {
			t.Fatalf("key %s", o.key())
		}
		seen[o.key()] = true
		kinds[o.kind]++
	}
	if len(seen) != 5_000 {
		t.Errorf("%d different keys of 5000", len(seen))
	}
	if len(kinds) != len(resources) || kinds["Pod"] < kinds["Lease"] {
		t.Errorf("resources %v", kinds)
	}
}

func TestSharesAddUp(t *testing.T) {
	sum := 0
	for _, r := range resources {
		sum += r.share
	}
	if sum != 100 {
		t.Errorf("the shares sum to %d percent", sum)
	}
}

func TestValuesHaveTheirFormAndSizeAndDoNotCompress(t *testing.T) {
	const size = 1_850
	forms := map[bool]int{}
	for n := range 300 {
		o := nth(n)
		value := o.value(size)
		forms[o.json]++
		if o.json != json.Valid(value) || o.json == strings.HasPrefix(string(value), "k8s\x00") {
			t.Errorf("object %d, JSON %v, begins with %q", n, o.json, value[:20])
		}
		if len(value) < size*95/100 || len(value) > size*105/100 {
			t.Errorf("object %d has %d bytes, want about %d", n, len(value), size)
		}
		if packed := gzipped(t, value); packed < len(value)*7/10 {
			t.Errorf("object %d compresses from %d to %d bytes", n, len(value), packed)
		}
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("only one form occurs: %v", forms)
	}
}

func gzipped(t *testing.T, data []byte) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Len()
}

func TestTinyValues(t *testing.T) {
	for n := range 100 {
		if len(nth(n).value(0)) == 0 {
			t.Fatalf("object %d has no value", n)
		}
	}
}
