package etcd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/etcd/internal/staticpod"
)

// way is how members that are static pods are restored; "" when none is one.
type way string

const (
	fast way = "fast" // held still, exchanged, killed; the manifest stays
	slow way = "slow" // the manifest taken away, and put back
)

func (r *restore) fast() bool { return r.state != nil && r.state.Result.Way == fast }

// chooseWay is asked before anything is touched, and again by no resume.
func (r *restore) chooseWay() (way, error) {
	if !slices.ContainsFunc(r.cluster, func(s server) bool { return s.pod != nil }) {
		if r.StaticPodWay == string(fast) {
			return "", steps.Final(steps.Errorf("static_pod_way", "no member is a static pod"))
		}
		return "", nil
	}
	if r.StaticPodWay == string(slow) {
		return slow, nil
	}
	err := r.notFast()
	switch {
	case err == nil:
		return fast, nil
	case r.StaticPodWay == string(fast):
		return "", fmt.Errorf("static_pod_way: the fast way is not open: %w; auto takes the slow one then", err)
	}
	r.in.Log.Info("the manifests of the static pods are taken away and put back", "reason", err.Error())
	return slow, nil
}

// notFast says what is in the way of the fast way. What every member must be is
// said of the first that is not.
func (r *restore) notFast() error {
	if !r.Start {
		return errors.New("start: false, and the kubelet starts at once what was killed")
	}
	for _, s := range r.cluster {
		if err := s.notFast(r.in.Now(), r.StaticPodWay == string(fast)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (s server) notFast(now time.Time, patient bool) error {
	if s.pod == nil {
		return errors.New("it is no static pod")
	}
	if pid, known := s.kubelet(); pid == 0 {
		if !known {
			return errors.New("only root sees whether a kubelet would start it again")
		}
		return s.noKubelet()
	}
	running := s.pod.Processes()
	if len(running) == 0 {
		return errors.New("no process of it runs that was started as the manifest says: it is dead, or crash-looping")
	}
	for _, p := range running {
		if !patient && p.HeldBack(now) {
			return fmt.Errorf("process %d was restarted in the last ten minutes, and the kubelet would wait before it does so again", p.PID)
		}
	}
	return nil
}

// kubelet is the process that would start the server; see [staticpod.Kubelet].
func (s server) kubelet() (pid int, known bool) {
	if s.pod == nil {
		return 0, false
	}
	return staticpod.Kubelet(s.StaticPod)
}

func (s server) noKubelet() error {
	return fmt.Errorf("no process watches %s, so nothing would start it: start the kubelet (systemctl start kubelet), or name the folder that it has as staticPodPath",
		filepath.Dir(s.StaticPod))
}

// checkKubelet is for preflight: a restore with nothing to start what it restored
// ends in a cluster that is down.
func (r *restore) checkKubelet() error {
	if !r.Start {
		return nil
	}
	return r.withoutKubelet()
}

func (r *restore) withoutKubelet() error {
	var errs []error
	for _, s := range slices.Concat(r.cluster, r.restarts) {
		if pid, known := s.kubelet(); s.pod != nil && known && pid == 0 {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, s.noKubelet()))
		}
	}
	return errors.Join(errs...)
}

// nobodyStarts ends an error of a member that does not come up.
func (r *restore) nobodyStarts() string {
	if err := r.withoutKubelet(); err != nil {
		return "; " + err.Error() + "; then resume this run"
	}
	return ""
}

// renewal is what a manifest that is put back is annotated with.
func (r *restore) renewal() string { return r.in.RunID + "/" + tag(r.in) }

// components are the control plane's, as kubeadm and others name its manifests.
var components = []string{"kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"}

// controlPlane are the manifests of what is to be restarted.
func (r *restore) controlPlane() []string {
	manifests := r.Restart
	if manifests == nil {
		manifests = besideMembers(r.members)
	}
	return slices.DeleteFunc(slices.Clone(manifests), func(m string) bool {
		return slices.ContainsFunc(r.Quiesce, func(d dependent) bool { return d.StaticPod == m })
	})
}

// besideMembers are the components whose manifests lie where a member's does, or wait
// to be put back there.
func besideMembers(members []member) []string {
	var out []string
	for _, m := range members {
		for _, name := range components {
			c := process.Control{StaticPod: filepath.Join(filepath.Dir(m.StaticPod), name)}
			if m.StaticPod == "" || slices.Contains(out, c.StaticPod) {
				continue
			}
			if _, err := os.Stat(c.StaticPod); err == nil || c.Parked() != "" {
				out = append(out, c.StaticPod)
			}
		}
	}
	return out
}

func podName(manifest string) string {
	return strings.TrimSuffix(filepath.Base(manifest), filepath.Ext(manifest))
}

// noteRestarts notes what of the control plane is not as it was before. With
// start: false that is for a later step to say.
func (r *restore) noteRestarts() {
	r.state.Result.Restarted = []string{}
	for _, s := range r.restarts {
		if r.Start {
			r.state.Result.Restarted = append(r.state.Result.Restarted, s.StaticPod)
		}
	}
}
