package velero

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// leftAnnotation on a Restore says that its attempt was told to stop, and left it
// going: the next attempt waits for it, and does not begin again.
const leftAnnotation = "drplan.dev/left-going"

// askedAnnotation holds the digest of what was asked for: a plan that was edited
// since asks for something else.
const askedAnnotation = "drplan.dev/asked"

// join takes up a Restore that is there already: the attempt's own, which a crash
// or another machine has left, or one that an earlier attempt was to leave going.
// It reports whether there is one.
func (r *restore) join(ctx context.Context) (bool, error) {
	for attempt := r.in.Attempt; attempt >= 1; attempt-- {
		var o velerov1.Restore
		err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(server.NameOf(r.in, attempt)), &o) })
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return false, err
		case attempt == r.in.Attempt:
			err = r.mine(&o)
		case !r.wasLeft(&o):
			return false, nil
		}
		if err != nil {
			return false, err
		}
		r.in.Log.Info("waiting for the restore that is there already", "restore", o.Name, "phase", phaseOf(&o))
		r.name = o.Name
		r.recallFrom(&o)
		return true, nil
	}
	return false, nil
}

// mine holds that a Restore of the attempt's name is this run's.
func (r *restore) mine(there *velerov1.Restore) error {
	if !server.Ours(there, r.in) || there.Spec.BackupName != r.FromBackup {
		return steps.Final(fmt.Errorf("there is a restore %s already, of the backup %s, which this step did not make: velero -n %s restore delete %[1]s", there.Name, there.Spec.BackupName, r.Namespace))
	}
	return nil
}

// wasLeft reports whether an earlier attempt's Restore is to be waited for, and
// came to something.
func (r *restore) wasLeft(o *velerov1.Restore) bool {
	if r.mine(o) != nil || o.Annotations[leftAnnotation] == "" || o.Annotations[askedAnnotation] != r.asked() {
		return false
	}
	outcome := server.OfRestore(o.Status.Phase)
	return outcome == server.Going || outcome == server.Good || outcome == server.Partial && r.AcceptPartial
}

// askedSize is how many letters of the digest are kept.
const askedSize = 16

func (r *restore) asked() string {
	text, err := json.Marshal(r.spec())
	if err != nil {
		return "" // of types that are always JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:askedSize]
}
