package staticpod

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// Annotation is what a renewed manifest has one of.
const Annotation = "drplan.dev/renewed"

// goneWithin is how long the kubelet may take to clear away a pod whose
// processes are dead; it takes a second or two. A manifest that is put back
// earlier is not lost, the kubelet looks at it again after ten seconds.
const goneWithin = 20 * time.Second

// Leave moves the manifest away, so that the kubelet starts nothing, and kills
// what runs. A pod that left stays away.
func (p *Pod) Leave(ctx context.Context) error {
	p.groups = p.groupFolders()
	if err := p.control.Halt(ctx, process.Exec{}); err != nil {
		return err
	}
	return p.Kill(ctx)
}

// Kill kills what runs of the pod now.
func (p *Pod) Kill(ctx context.Context) error {
	var errs []error
	for _, one := range p.Processes() {
		errs = append(errs, one.Kill(ctx))
	}
	return errors.Join(errs...)
}

// Return puts the manifest back when the kubelet has cleared the pod away, with
// an annotation that makes another pod of it: the kubelet's back-off is the old
// one's. A manifest that is back stays as it is.
func (p *Pod) Return(ctx context.Context, tag string) error {
	if p.control.Parked() == "" {
		return nil
	}
	p.awaitGone(ctx)
	return p.control.Launch(ctx, process.Exec{}, nil, process.Annotate(Annotation, tag))
}

// awaitGone returns when the kubelet has cleared the pod away, or has taken too
// long for it.
func (p *Pod) awaitGone(ctx context.Context) {
	limit := time.NewTimer(goneWithin)
	defer limit.Stop()
	for slices.ContainsFunc(p.groups, there) {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-time.After(look):
		}
	}
}

// groupFolders are the control groups of the pod, whether or not its containers
// run: its sandbox does.
func (p *Pod) groupFolders() []string {
	for _, one := range p.Processes() {
		return groupFolders(one.PID)
	}
	uids := p.uids()
	var out []string
	for _, pid := range pids() {
		if uid := podGroup(pid); uid != "" && slices.Contains(uids, strings.ReplaceAll(uid, "_", "-")) {
			out = append(out, groupFolders(pid)...)
		}
	}
	return out
}

// uids are those that the pod has, or had a while ago, by the folders of its
// logs. The kubelet may see others there than we do.
func (p *Pod) uids() []string {
	kubelet, _ := Kubelet(p.Path())
	if kubelet == 0 {
		return nil
	}
	namespace, name := p.manifest.PodName()
	logs := filepath.Join("/proc", strconv.Itoa(kubelet), "root/var/log/pods", namespace+"_"+name+"-*_*")
	found, err := filepath.Glob(logs)
	if err != nil {
		return nil
	}
	var out []string
	for _, dir := range found {
		if uid := dir[strings.LastIndexByte(dir, '_')+1:]; staticUID.MatchString(uid) {
			out = append(out, uid)
		}
	}
	return out
}

// staticUID: the kubelet makes a static pod's from a hash of its manifest.
var staticUID = regexp.MustCompile(`^[0-9a-f]{32}$`)
