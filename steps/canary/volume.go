package canary

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// volumeFiles keeps a mark a file in a volume, by programs in a pod that has
// mounted it.
type volumeFiles struct {
	*cluster
	*volume
	matches  labels.Selector
	removing bool // where no pod is, nothing is left to remove
}

// What runs in the pod; the folder is $1.
const (
	putScript    = `mkdir -p "$1"; cat >"$1/.$2.tmp"; mv "$1/.$2.tmp" "$1/$2"`
	listScript   = `for f in "$1"/*` + suffix + `; do if [ -e "$f" ]; then cat "$f"; echo; fi; done`
	removeScript = `cd "$1"; shift; rm -f -- "$@"`
)

func fileName(m mark) string { return url.PathEscape(m.Run) + "." + url.PathEscape(m.Step) + suffix }

func (v *volumeFiles) put(ctx context.Context, m mark) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return v.changing(ctx, v.Namespace, func() error {
		pod, err := v.pod(ctx)
		if err != nil {
			return err
		}
		if err := v.mounted(pod); err != nil {
			return err
		}
		_, err = v.exec(ctx, pod, bytes.NewReader(value), putScript, fileName(m))
		return err
	})
}

func (v *volumeFiles) list(ctx context.Context) ([]mark, error) {
	if v.removing && errors.Is(v.anyPod(ctx), kubeclient.ErrNoPod) {
		return nil, nil
	}
	pod, err := v.pod(ctx)
	if errors.Is(err, kubeclient.ErrNoPod) && !v.patient {
		return nil, v.lost(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	var out []byte
	if err := v.ask(ctx, func() error { out, err = v.exec(ctx, pod, nil, listScript); return err }); err != nil {
		return nil, err
	}
	var marks []mark
	var damaged error
	for line := range bytes.Lines(out) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var m mark
		if err := json.Unmarshal(line, &m); err != nil {
			damaged = fmt.Errorf("a canary in %s cannot be read: its file is %w", v.Path, errDamaged)
			continue
		}
		marks = append(marks, m)
	}
	if len(marks) > 0 && damaged != nil && !v.patient {
		return marks, nil // what can be read counts as still there
	}
	return marks, damaged
}

func (v *volumeFiles) remove(ctx context.Context, marks []mark) error {
	if len(marks) == 0 {
		return nil
	}
	var names []string
	for _, m := range marks {
		names = append(names, fileName(m))
	}
	return v.changing(ctx, v.Namespace, func() error {
		pod, err := v.pod(ctx)
		if err != nil {
			return err
		}
		_, err = v.exec(ctx, pod, nil, removeScript, names...)
		return err
	})
}

func (v *volumeFiles) anyPod(ctx context.Context) error {
	_, err := v.ReadyPod(ctx, v.Namespace, v.matches)
	return err
}

// pod is one that is ready; it is waited for where it is to come.
func (v *volumeFiles) pod(ctx context.Context) (*corev1.Pod, error) {
	if !v.patient {
		return v.ReadyPod(ctx, v.Namespace, v.matches)
	}
	var pods corev1.PodList
	var ready *corev1.Pod
	last := errors.New("nothing was seen")
	err := v.Await(ctx, &pods, func() (bool, error) {
		ready, last = kubeclient.PickReady(pods.Items, v.Namespace, v.matches)
		if last != nil {
			v.in.Progress(last.Error())
		}
		return last == nil, nil
	}, client.InNamespace(v.Namespace), client.MatchingLabelsSelector{Selector: v.matches})
	if err != nil {
		return nil, fmt.Errorf("%w; seen last: %w", err, last)
	}
	return ready, nil
}

func (v *volumeFiles) exec(ctx context.Context, pod *corev1.Pod, stdin io.Reader, script string, args ...string) ([]byte, error) {
	argv := append([]string{"sh", "-ec", script, "sh", v.Path}, args...)
	answer, err := v.Exec(ctx, pod, v.Container, stdin, argv...)
	if err != nil {
		return nil, fmt.Errorf("in the pod %s: %w", pod.Name, err)
	}
	if answer.Code != 0 {
		return nil, fmt.Errorf("in the pod %s: exit code %d: %s", pod.Name, answer.Code, bytes.TrimSpace(answer.Stderr))
	}
	return answer.Stdout, nil
}

// mounted refuses a folder of the container's own: it would be lost with the pod
// and never be in a backup.
func (v *volumeFiles) mounted(pod *corev1.Pod) error {
	var mounts []string
	for _, c := range pod.Spec.Containers {
		if v.Container != "" && c.Name != v.Container {
			continue
		}
		for _, m := range c.VolumeMounts {
			if strings.HasPrefix(v.Path+"/", strings.TrimSuffix(m.MountPath, "/")+"/") {
				return nil
			}
			mounts = append(mounts, m.MountPath)
		}
	}
	return steps.Final(fmt.Errorf("%s is on no volume of the pod %s, which has %s", v.Path, pod.Name, strings.Join(mounts, ", ")))
}

// lost is nil where the volume is gone with its pods: neither its claim nor a
// PersistentVolume of it is left. One that its provisioner deletes may take a while.
func (v *volumeFiles) lost(ctx context.Context, noPod error) error {
	var claims corev1.PersistentVolumeClaimList
	if err := v.List(ctx, &claims, client.InNamespace(v.Namespace)); err != nil {
		return v.Explain(err)
	}
	for _, c := range claims.Items {
		if v.Claim == "" || c.Name == v.Claim {
			return steps.Final(fmt.Errorf("%w, but the claim %s is still there: a volume without a pod has lost nothing", noPod, c.Name))
		}
	}
	var volumes corev1.PersistentVolumeList
	left := ""
	err := v.Await(ctx, &volumes, func() (bool, error) {
		left = ""
		for _, pv := range volumes.Items {
			claim := pv.Spec.ClaimRef
			if claim == nil || claim.Namespace != v.Namespace || v.Claim != "" && claim.Name != v.Claim {
				continue
			}
			left = fmt.Sprintf("the claim %s is gone, but its PersistentVolume %s is still there (%s, reclaim policy %s): the data were not lost", claim.Name, pv.Name, pv.Status.Phase, pv.Spec.PersistentVolumeReclaimPolicy)
			if pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRetain {
				return false, steps.Final(errors.New(left))
			}
		}
		return left == "", nil
	})
	if err != nil && left != "" && !steps.IsFinal(err) {
		return fmt.Errorf("%s: %w", left, err)
	}
	return err
}
