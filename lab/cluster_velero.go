package lab

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/lab/internal/node"
)

// The names of Velero's two locations.
const (
	primaryLocation   = "default"
	secondaryLocation = "secondary"
)

func (l *Lab) writeVeleroCredentials() error {
	text := fmt.Sprintf("[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n", l.S3.AccessKey, l.S3.SecretKey)
	return writeFile(l.Cluster.VeleroCredentials, []byte(text), 0o600)
}

// serveVelero installs Velero unless it is there, and waits until it serves and
// both locations are Available.
func (l *Lab) serveVelero(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clusterBound)
	defer cancel()
	if !l.veleroInstalled(ctx) {
		if err := l.installVelero(ctx); err != nil {
			return err
		}
	}
	return l.wait(ctx, "kubelet", func() error { return l.veleroReady(ctx) })
}

func (l *Lab) veleroInstalled(ctx context.Context) bool {
	for _, what := range []string{"deployment/velero", "daemonset/node-agent", "backupstoragelocation/" + primaryLocation, "backupstoragelocation/" + secondaryLocation} {
		if _, err := l.inVelero(ctx, what); err != nil {
			return false
		}
	}
	return true
}

func (l *Lab) inVelero(ctx context.Context, what string) (object, error) {
	return l.get(ctx, "--namespace", l.Cluster.VeleroNamespace, what)
}

// installVelero applies what Velero's own command says, the definitions first:
// they must be established before an object of theirs is accepted.
func (l *Lab) installVelero(ctx context.Context) error {
	definitions, err := l.tool(ctx, nil, "velero", "install", "--crds-only", "--dry-run", "-o", "yaml")
	if err != nil {
		return err
	}
	if err := l.apply(ctx, definitions); err != nil {
		return err
	}
	if _, err := l.kubectl(ctx, nil, "wait", "--for=condition=Established", "--timeout=60s", "crd", "--selector=component=velero"); err != nil {
		return err
	}
	all, err := l.tool(ctx, nil, "velero", l.veleroArgs()...)
	if err != nil {
		return err
	}
	locations, err := node.Render("velero-locations.yaml", l.settings())
	if err != nil {
		return err
	}
	return errors.Join(l.apply(ctx, all), l.apply(ctx, locations))
}

func (l *Lab) veleroArgs() []string {
	return []string{
		"install", "--dry-run", "-o", "yaml",
		"--namespace", l.Cluster.VeleroNamespace,
		"--image", veleroImage, "--plugins", pluginImage,
		"--secret-file", l.Cluster.VeleroCredentials,
		"--no-default-backup-location", "--use-volume-snapshots=false",
		"--use-node-agent", "--uploader-type", "kopia", "--default-volumes-to-fs-backup",
		"--kubelet-root-dir", l.Cluster.KubeletDir,
		"--velero-pod-cpu-request", "100m", "--velero-pod-cpu-limit", "0", "--velero-pod-mem-limit", "0",
	}
}

func (l *Lab) apply(ctx context.Context, objects []byte) error {
	_, err := l.kubectl(ctx, objects, "apply", "--server-side", "--force-conflicts", "-f", "-")
	return err
}

// veleroReady believes only what was seen since the node was started.
func (l *Lab) veleroReady(ctx context.Context) error {
	since, err := l.nodeStarted()
	if err != nil {
		return err
	}
	for _, selector := range []string{"deploy=velero", "name=node-agent"} {
		if err := l.podReady(ctx, l.Cluster.VeleroNamespace, selector); err != nil {
			return err
		}
	}
	for _, name := range []string{primaryLocation, secondaryLocation} {
		location, err := l.inVelero(ctx, "backupstoragelocation/"+name)
		if err != nil {
			return err
		}
		if location.Status.Phase != "Available" {
			return fmt.Errorf("the location %s of Velero is %q: %s", name, location.Status.Phase, location.Status.Message)
		}
		if location.Status.LastValidationTime.Before(since) {
			return fmt.Errorf("the location %s has not been looked at by Velero since the node started", name)
		}
	}
	return nil
}
