package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/lab/internal/component"
	"github.com/drplan/drplan/lab/internal/image"
	"golang.org/x/sync/errgroup"
)

// images are all images that the cluster can run; no other ever gets in.
func (l *Lab) images() ([]image.Image, error) {
	box, err := busyboxFiles()
	if err != nil {
		return nil, err
	}
	return []image.Image{
		{Tags: []string{pauseImage}, Files: box[:1], Entrypoint: []string{"/bin/busybox", "sleep", "2147483647"}},
		{Tags: []string{"docker.io/library/busybox:1.35", "docker.io/library/busybox:stable"}, Files: box, Cmd: []string{"sh"}},
		{Tags: []string{etcdImage}, Files: l.multiCall("etcd", "etcdctl", "etcdutl")},
		{Tags: []string{dnsImage}, Files: l.binaries("/", "coredns"), Entrypoint: []string{"/coredns"}},
		l.controlPlaneImage(),
		{
			Tags: []string{veleroImage}, Env: []string{"HOME=/home/cnb"}, Entrypoint: []string{"/velero"},
			Files: append(l.binaries("/", "velero", "velero-helper", "velero-restore-helper"), image.File{Path: "/home/cnb/"}),
		},
		{
			Tags:       []string{pluginImage},
			Files:      append(l.binaries("/plugins/", "velero-plugin-for-aws"), l.binaries("/bin/", "cp-plugin")...),
			Entrypoint: []string{"cp-plugin", "/plugins/velero-plugin-for-aws", "/target/velero-plugin-for-aws"},
		},
	}, nil
}

// busyboxFiles are busybox, which comes first, its applets, and the little that
// programs expect of any system.
func busyboxFiles() ([]image.File, error) {
	applets, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("ask busybox for its applets: %w", err)
	}
	files := []image.File{
		{Path: "/bin/busybox", Source: busybox},
		{Path: "/etc/passwd", Content: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", Mode: 0o644},
		{Path: "/etc/group", Content: "root:x:0:\nnogroup:x:65534:\n", Mode: 0o644},
		{Path: "/root/"},
	}
	for applet := range strings.FieldsSeq(string(applets)) {
		if applet != "busybox" {
			files = append(files, image.File{Path: "/bin/" + applet, Link: "busybox"})
		}
	}
	return files, nil
}

// controlPlaneImage is one image with the names of three.
func (l *Lab) controlPlaneImage() (i image.Image) {
	names := []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}
	for _, name := range names {
		i.Tags = append(i.Tags, "registry.k8s.io/"+name+":"+l.Cluster.KubernetesVersion)
	}
	i.Files = l.multiCall("kubernetes", append(names, "kubectl")...)
	return i
}

// multiCall are a binary and the other names that it is called by.
func (l *Lab) multiCall(binary string, names ...string) []image.File {
	files := l.binaries("/usr/local/bin/", binary)
	for _, name := range names {
		files = append(files, image.File{Path: "/usr/local/bin/" + name, Link: binary})
	}
	return files
}

// binaries are the lab's binaries of these names in the folder dir of an image.
func (l *Lab) binaries(dir string, names ...string) (files []image.File) {
	for _, name := range names {
		files = append(files, image.File{Path: dir + name, Source: l.path("bin", name)})
	}
	return files
}

const (
	busybox     = "/bin/busybox"
	veleroImage = "docker.io/velero/velero:" + component.VeleroVersion
	pluginImage = "docker.io/velero/velero-plugin-for-aws:" + component.VeleroAWSVersion
)

// importImages gives the runtime the images that it lacks, or has of other
// binaries.
func (l *Lab) importImages(ctx context.Context) error {
	all, err := l.images()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, i := range all {
		group.Go(func() error { return l.importImage(ctx, i) })
	}
	return group.Wait()
}

func (l *Lab) importImage(ctx context.Context, i image.Image) error {
	mark := l.path("lib", "containerd", "imported-"+filepath.Base(strings.ReplaceAll(i.Tags[0], ":", "-")))
	want, err := sources(i)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(mark); err == nil && string(have) == want {
		return nil
	}
	if err := l.pipeImage(ctx, i); err != nil {
		return fmt.Errorf("import the image %s: %w", i.Tags[0], err)
	}
	return writeFile(mark, []byte(want), 0o644)
}

// sources tells two versions of an image apart by the binaries' true paths,
// which carry the components' hashes, their sizes and times.
func sources(i image.Image) (string, error) {
	var b strings.Builder
	for _, f := range i.Files {
		fmt.Fprintln(&b, f.Path, f.Link, f.Content, f.Mode)
		if f.Source == "" {
			continue
		}
		real, err := filepath.EvalSymlinks(f.Source)
		if err != nil {
			return "", err
		}
		info, err := os.Stat(real)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, real, info.Size(), info.ModTime().UnixNano())
	}
	fmt.Fprintln(&b, i.Tags, i.Entrypoint, i.Cmd, i.Env, i.User)
	return b.String(), nil
}

// pipeImage writes the image straight into the runtime.
func (l *Lab) pipeImage(ctx context.Context, i image.Image) error {
	out, in := io.Pipe()
	go func() { in.CloseWithError(i.Write(in)) }()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, l.path("bin", "ctr"), "images", "import", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = out, &said, &said
	err := cmd.Run()
	out.CloseWithError(errors.New("ctr has ended"))
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}
