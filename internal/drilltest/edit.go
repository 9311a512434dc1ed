package drilltest

import (
	"fmt"
	"testing"
)

// Edit changes a plan for a test.
type Edit func(t testing.TB, p Plan) Plan

// And makes one edit of several, which are done in this order.
func (e Edit) And(more ...Edit) Edit {
	return func(t testing.TB, p Plan) Plan {
		t.Helper()
		p = e(t, p)
		for _, next := range more {
			p = next(t, p)
		}
		return p
	}
}

// Swap replaces one piece of the plan, which must be there exactly once.
func Swap(old, with string) Edit {
	return func(t testing.TB, p Plan) Plan { t.Helper(); return p.Swap(t, old, with) }
}

// Without takes steps out of the plan, by their ids.
func Without(ids ...string) Edit {
	return func(t testing.TB, p Plan) Plan {
		t.Helper()
		for _, id := range ids {
			p = p.Without(t, id)
		}
		return p
	}
}

// Instead puts another step in the place of one.
func Instead(id, step string) Edit {
	return func(t testing.TB, p Plan) Plan { t.Helper(); return p.Instead(t, id, step) }
}

// Before puts another step before one.
func Before(id, step string) Edit {
	return func(t testing.TB, p Plan) Plan { t.Helper(); return p.Before(t, id, step) }
}

// Timeout changes a step's deadline: a mutant need not wait as long as a cluster
// that is slow may.
func Timeout(id, timeout string) Edit {
	return func(t testing.TB, p Plan) Plan { t.Helper(); return p.Timeout(t, id, timeout) }
}

// Idle puts a step that does nothing in the place of one. Who needs that step
// finds it.
func Idle(id string) Edit {
	return Instead(id, fmt.Sprintf("- step: Do nothing\n  id: %s\n  command: [\"true\"]", id))
}

// NoCanary lets nobody write the canary of a step; its check asks for one that
// was never there.
func NoCanary(id string) Edit { return Idle(id).And(OtherNonce(id)) }

// OtherNonce lets the check of a step's canary ask for one that was never there.
func OtherNonce(id string) Edit {
	return Swap(fmt.Sprintf(`nonce: "${steps.%s.nonce}"`, id), `nonce: "00000000000000000000000000000000"`)
}

// OlderBackup lets velero_latest find the backup of the step first_backup.
func OlderBackup() Edit {
	const latest = `velero_latest: {namespace: "${params.namespace}",`
	return Swap(latest, latest+` selector: "drplan.dev/step=first_backup",`)
}

// InShop is a step that runs a script in the pod of an example's shop.
func InShop(name, namespace, script string) string {
	return fmt.Sprintf("- step: %s\n  command: [kubectl, exec, -n, %s, deployment/shop, --, sh, -ec, %q]", name, namespace, script)
}

// OneByte is a script that changes one byte of a file.
func OneByte(file string) string {
	return "printf x | dd of=" + file + " bs=1 seek=4711 conv=notrunc && sync"
}

// DamageObject is a step that damages a byte of an object in a lab's S3 server,
// where that keeps it. The key may have expressions in it.
func DamageObject(key string, at int) string {
	return fmt.Sprintf("- step: Damage a backup\n  command: [sh, -c, 'printf X | dd of=\"$OBJECTS/$1\" bs=1 seek=%d conv=notrunc', sh, %q]", at, key)
}
