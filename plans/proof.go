package plans

import "github.com/drplan/drplan/engine"

// unproven reports a drill whose checks look for a canary that no step of its
// disaster proves gone: it could pass without restoring anything.
func (u *unit) unproven() {
	var looked *item
	for _, it := range u.items {
		if it.kind == nil || !it.kind.Observes {
			continue
		}
		switch it.phase {
		case engine.PhaseDisaster:
			return // the kind that finds a canary is the one that proves it gone
		case engine.PhaseChecks:
			if looked == nil {
				looked = it
			}
		}
	}
	if looked != nil {
		u.errorf(looked.input.Key, RuleUnproven, "add a step to `disaster:` that proves it gone, such as `canary: {action: gone, …}`",
			"the step %q looks for a canary that no disaster step proves gone: the drill could pass without restoring anything", looked.id)
	}
}
