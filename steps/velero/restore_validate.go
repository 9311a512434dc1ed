package velero

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/isolate"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// isolation is the field of that name.
type isolation struct {
	Policy     string `json:"policy" plan:"required" enum:"deny_all,none" doc:"deny_all: no connection in or out, nothing that acts. none: as in the backup."`
	Reason     string `json:"reason" doc:"Why it is safe that nothing is isolated; needed with none."`
	ProbeImage string `json:"probe_image" doc:"An image with sh and nc, such as busybox:1.36, for a pod that proves that a connection is denied."`
	Unproven   string `json:"unproven" default:"fail" enum:"fail,report" doc:"What to do when the probe's connection stays open: restore nothing, or say so and go on."`
}

const (
	denyAll = "deny_all"
	none    = "none"
)

// Validate checks the config.
func (s *restoreStep) Validate(partial bool) error {
	errs := []error{s.Where.Validate(), s.validateMappings(partial), s.validateIsolation(partial)}
	errs = append(errs, namesOf("include_namespaces", s.IncludeNamespaces, s.ExcludeNamespaces), namesOf("exclude_namespaces", s.ExcludeNamespaces, nil),
		disjoint("exclude_resources", s.IncludeResources, s.ExcludeResources), checkSelector("selector", s.Selector))
	if s.ItemTimeout < 0 {
		errs = append(errs, steps.Errorf("item_timeout", "it must be above 0"))
	}
	return errors.Join(errs...)
}

// disjoint: Velero refuses a list that takes in what it leaves out.
func disjoint(field string, in, out []string) error {
	for i, name := range out {
		if name != "" && slices.Contains(in, name) {
			return steps.Errorf(fmt.Sprintf("%s[%d]", field, i), "%s is included, too", name)
		}
	}
	return nil
}

func (s *restoreStep) validateMappings(partial bool) error {
	var errs []error
	from := map[string]string{}
	for source, target := range s.Mappings {
		at := "namespace_mappings." + source
		switch {
		case target == "" && partial:
			continue
		case !server.IsNamespace(target):
			errs = append(errs, steps.Errorf(at, "%q is no namespace's name", target))
		case source == target:
			errs = append(errs, steps.Errorf(at, "it maps the namespace to itself"))
		case from[target] != "":
			errs = append(errs, steps.Errorf(at, "%s is mapped to %s, too: two namespaces must not become one", from[target], target))
		case !partial && !s.selection().TakesNamespace(source):
			errs = append(errs, steps.Errorf(at, "%s is not among the namespaces that are restored", source))
		}
		from[target] = source
	}
	return errors.Join(errs...)
}

func (s *restoreStep) validateIsolation(partial bool) error {
	if s.Isolation == nil {
		return nil
	}
	var errs []error
	if s.Isolation.Policy == none && strings.TrimSpace(s.Isolation.Reason) == "" && !partial {
		errs = append(errs, steps.Errorf("isolation.reason", "say why it is safe that what is restored acts: where does it run, and what can it reach?"))
	}
	if s.Isolation.Policy == none && s.Isolation.ProbeImage != "" {
		errs = append(errs, steps.Errorf("isolation.probe_image", "with the policy none there is nothing to prove"))
	}
	if s.Isolation.Policy == denyAll {
		errs = append(errs, s.validateTakenOut())
	}
	return errors.Join(errs...)
}

// validateTakenOut: what isolation takes out cannot be asked for.
func (s *restoreStep) validateTakenOut() error {
	if kind := s.askedTakenOut(); kind != "" {
		return steps.Errorf("include_resources", "%s would act beside production and is not restored with the isolation deny_all: leave it out, or isolate otherwise", kind)
	}
	return nil
}

func (s *restoreStep) askedTakenOut() string {
	for _, asked := range s.IncludeResources {
		for _, kind := range isolate.TakenOut {
			if plural, _, _ := strings.Cut(kind, "."); asked == kind || asked == plural && kind == "ingresses.networking.k8s.io" {
				return asked
			}
		}
	}
	return ""
}
