package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// How much of the run's id and of the step's a name shows. With digest and
// attempt it stays below the 63 characters of a label's value, in which Velero
// repeats it on what it makes.
const (
	runInName  = 36
	stepInName = 14
	digestSize = 6
)

// Name is that of the backup or restore of an attempt: always the same for it,
// and never that of another.
func Name(in *steps.Run) string {
	sum := sha256.Sum256([]byte(in.RunID + "\x00" + in.StepID))
	digest := hex.EncodeToString(sum[:])[:digestSize]
	return strings.Join([]string{slug(in.RunID, runInName), slug(in.StepID, stepInName), digest, strconv.Itoa(in.Attempt)}, "-")
}

// NameOf is Name for another attempt of the same step.
func NameOf(in *steps.Run, attempt int) string {
	other := *in
	other.Attempt = attempt
	return Name(&other)
}

var noName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9]+`) })

func slug(text string, most int) string {
	text = strings.Trim(noName().ReplaceAllString(strings.ToLower(text), "-"), "-")
	return strings.Trim(text[:min(len(text), most)], "-")
}

// Labels by which what a run made is found: the run's id, as far as a label's
// value may hold it, and the step.
const (
	RunLabel  = "drplan.dev/run"
	StepLabel = "drplan.dev/step"
)

// Mark says on an object which run, step and attempt made it.
func Mark(o metav1.Object, in *steps.Run) {
	o.SetLabels(with(o.GetLabels(), map[string]string{RunLabel: labelValue(in.RunID), StepLabel: labelValue(in.StepID)}))
	o.SetAnnotations(with(o.GetAnnotations(), map[string]string{
		kubeclient.RunAnnotation: in.RunID, "drplan.dev/step": in.StepID, "drplan.dev/attempt": fmt.Sprint(in.Attempt),
	}))
}

// RunOf is the run that made an object, "" when none did.
func RunOf(o metav1.Object) string { return o.GetAnnotations()[kubeclient.RunAnnotation] }

// Ours reports whether this run made an object.
func Ours(o metav1.Object, in *steps.Run) bool { return RunOf(o) == in.RunID }

func with(m, more map[string]string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	for k, v := range more {
		m[k] = v
	}
	return m
}

var noLabel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9._-]+`) })

const maxLabel = 63

func labelValue(text string) string {
	text = noLabel().ReplaceAllString(text, "-")
	return strings.Trim(text[:min(len(text), maxLabel)], "._-")
}
