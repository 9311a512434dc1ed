package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// What initialises every command pays for. The limits are for a quiet machine of
// two cores; the slowest of a few runs is noise, so the fastest counts.
const (
	totalInit   = 30.0 // ms
	packageInit = 1.0  // ms
)

// slowInit lists the packages that may take longer than packageInit, and why.
var slowInit = map[string]string{
	"google.golang.org/protobuf/types/descriptorpb": "descriptors of protobuf, which etcd's client and CEL speak",
	"github.com/santhosh-tekuri/jsonschema/v5":      "compiles the meta-schemas when it is loaded",
	"go.etcd.io/etcd/api/v3/etcdserverpb":           "etcd's own messages",
	"k8s.io/client-go/kubernetes/scheme":            "every type of Kubernetes",
}

var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

func TestStartIsQuick(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "drplan")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	best := map[string]float64{}
	for range 10 {
		for name, ms := range inits(t, binary) {
			if old, ok := best[name]; !ok || ms < old {
				best[name] = ms
			}
		}
	}
	if len(best) < 20 {
		t.Fatalf("only %d packages were traced", len(best))
	}
	total := 0.0
	for name, ms := range best {
		total += ms
		if _, known := slowInit[name]; ms > packageInit && !known {
			t.Errorf("%s takes %.2f ms to initialise: make it lazy, or say here why it must", name, ms)
		}
	}
	if total > totalInit {
		t.Errorf("initialisation takes %.1f ms, more than %.0f", total, totalInit)
	}
	t.Logf("initialisation: %.1f ms over %d packages", total, len(best))
}

// inits runs the binary once and returns how long each package took, in ms.
func inits(t *testing.T, binary string) map[string]float64 {
	cmd := exec.CommandContext(t.Context(), binary, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found := map[string]float64{}
	for _, m := range initLine.FindAllStringSubmatch(string(out), -1) {
		ms, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		found[m[1]] = ms
	}
	return found
}
