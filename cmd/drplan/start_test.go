package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// What initialises every command pays for. The limits are for a quiet machine of
// two cores; the slowest of a few runs is noise, so the fastest counts.
const (
	totalInit   = 30.0 // ms
	packageInit = 1.0  // ms
)

// slowInit lists the packages that may take longer than packageInit, and why.
var slowInit = map[string]string{
	"google.golang.org/protobuf/reflect/protodesc":      "the descriptor of descriptors",
	"google.golang.org/protobuf/types/descriptorpb":     "descriptors of protobuf, which etcd's client and CEL speak",
	"github.com/santhosh-tekuri/jsonschema/v5":          "compiles the meta-schemas when it is loaded",
	"go.etcd.io/etcd/api/v3/etcdserverpb":               "etcd's own messages",
	"k8s.io/client-go/kubernetes/scheme":                "every type of Kubernetes",
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil": "the same types once more, which it asks about protobuf",
}

// quietWithin is how long the machine may be too busy to be measured.
const quietWithin = 2 * time.Minute

var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

func TestStartIsQuick(t *testing.T) {
	best := map[string]float64{}
	var faults []string
	for end := time.Now().Add(quietWithin); ; { // until every package had a moment of quiet
		for name, ms := range inits(t) {
			if old, ok := best[name]; !ok || ms < old {
				best[name] = ms
			}
		}
		if faults = slowStart(best); len(faults) == 0 || time.Now().After(end) {
			break
		}
	}
	if len(best) < 20 {
		t.Fatalf("only %d packages were traced", len(best))
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// slowStart says what takes too long.
func slowStart(best map[string]float64) (faults []string) {
	total := 0.0
	for name, ms := range best {
		total += ms
		if _, known := slowInit[name]; ms > packageInit && !known {
			faults = append(faults, fmt.Sprintf("%s takes %.2f ms to initialise: make it lazy, or say here why it must", name, ms))
		}
	}
	if total > totalInit {
		faults = append(faults, fmt.Sprintf("initialisation takes %.1f ms, more than %.0f", total, totalInit))
	}
	return faults
}

// inits runs drplan once and returns how long each package took, in ms. It is
// the test's own binary under drplan's name: all of drplan and a little more.
func inits(t *testing.T) map[string]float64 {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "version")
	cmd.Args[0] = "drplan"
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
