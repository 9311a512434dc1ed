package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/drplan/drplan/lab/internal/subnet"
	"golang.org/x/sys/unix"
)

// plain is what a cluster's folder and name may be made of: both become parts
// of mount options, of control groups and of configuration files.
var (
	plainPath = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)
	plainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
)

// refuseCluster says what stands against it before anything is built, which may
// take half an hour.
func refuseCluster(o ClusterOptions) error {
	switch {
	case unix.Geteuid() != 0:
		return errors.New("a whole cluster needs root, for namespaces, mounts and control groups: use sudo, or lab up --etcd-only, which needs none")
	case !plainPath.MatchString(o.Dir) || len(o.Dir) > 70:
		return fmt.Errorf("a cluster's folder is at most 70 letters, digits and / . _ - long, %s is not: give another --dir", o.Dir)
	case o.Name != "" && !plainName.MatchString(o.Name):
		return fmt.Errorf("a cluster's name is the node's: small letters, digits and -, at most 32; %q is not", o.Name)
	}
	l, err := Load(o.Dir)
	switch {
	case errors.Is(err, os.ErrNotExist) && o.S3Of != "":
		_, err := lender(o.S3Of)
		return errors.Join(err, refuseStranger(o.Dir))
	case errors.Is(err, os.ErrNotExist):
		return refuseStranger(o.Dir)
	case err != nil:
		return err
	case l.Cluster == nil:
		return fmt.Errorf("the lab in %s is one of etcd alone: use --etcd-only, or another --name or --dir", o.Dir)
	case o.Name != "" && o.Name != l.Name:
		return fmt.Errorf("the lab in %s is called %s, which names its node too: leave out --name, or give another --dir", o.Dir, l.Name)
	case o.S3Of != "" && o.S3Of != l.S3Of:
		return fmt.Errorf("the lab in %s was made with other S3 servers: leave out --s3-of, or give another --name or --dir", o.Dir)
	}
	return nil
}

// prepareCluster makes the files that follow from the lab's layout. lab.json
// comes first: it says what else there may be to take down.
func prepareCluster(ctx context.Context, o ClusterOptions, built map[string]string) (*Lab, error) {
	if err := refuseCluster(o); err != nil { // again, now that nobody else is in the folder
		return nil, err
	}
	l, err := Load(o.Dir)
	if errors.Is(err, os.ErrNotExist) {
		l, err = createCluster(ctx, o)
	} else if err == nil {
		l, err = l.replan()
	}
	if err != nil {
		return nil, err
	}
	for _, dir := range l.clusterFolders() {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	return l, errors.Join(
		l.installBinaries(built),
		l.writeScripts(),
		l.writeTools(),
		l.writeVeleroCredentials(),
		l.writeClusterEnv(),
	)
}

func (l *Lab) clusterFolders() []string {
	dirs := []string{l.path("bin"), l.path("run"), l.path("etc"), l.path("lib", "containerd"), l.Cluster.VolumesDir, l.path("log", "audit")}
	for name := range l.stores() {
		for _, sub := range []string{"data", "metadata", "versions"} {
			dirs = append(dirs, l.path(name, sub))
		}
	}
	for _, n := range l.Cluster.Servers {
		dirs = append(dirs, l.path("members", n.Name))
	}
	return dirs
}

func createCluster(ctx context.Context, o ClusterOptions) (*Lab, error) {
	registry, err := subnetRegistry()
	if err != nil {
		return nil, err
	}
	number, err := subnet.Reserve(ctx, registry, o.Dir, nodeLeft)
	if err != nil {
		return nil, err
	}
	l := planCluster(cmp.Or(o.Name, DefaultClusterName), o.Dir, number)
	if o.S3Of != "" {
		if err := l.borrowS3(o.S3Of); err != nil {
			return nil, err
		}
	}
	return l, l.save()
}

// borrowS3 lets the lab use the S3 servers of the lab in dir.
func (l *Lab) borrowS3(dir string) error {
	other, err := lender(dir)
	if err != nil {
		return err
	}
	l.S3Of, l.S3, l.S3Secondary = dir, other.S3, other.S3Secondary
	return nil
}

// lender is the lab in dir, if it runs two S3 servers itself.
func lender(dir string) (*Lab, error) {
	l, err := Load(dir)
	if err == nil && (l.Cluster == nil || l.S3Of != "") {
		err = fmt.Errorf("the lab in %s does not run two S3 servers of its own", dir)
	}
	return l, err
}

// replan lays the lab out as this version of the command does; what was chosen
// when it was made stays.
func (l *Lab) replan() (*Lab, error) {
	now := planCluster(l.Name, l.Dir, l.Cluster.Number)
	if l.S3Of != "" {
		now.S3Of, now.S3, now.S3Secondary = l.S3Of, l.S3, l.S3Secondary
		return now, now.save()
	}
	for _, store := range []*S3{&now.S3, now.S3Secondary} {
		store.AccessKey, store.SecretKey = l.S3.AccessKey, l.S3.SecretKey
	}
	return now, now.save()
}

// nodeLeft says whether something of a lab with that number is still there,
// whose folder somebody may have removed without taking the lab down.
func nodeLeft(number int) bool {
	c := planCluster("", "/", number).Cluster
	group, err := c.cgroup()
	return err != nil || group.Exists() || c.network().Exists()
}
