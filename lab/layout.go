package lab

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/lab/internal/certs"
)

const (
	members = 3
	region  = "us-east-1"
	bucket  = "etcd-backups"

	// portsNeeded: a client and a peer port for each member, one for S3.
	portsNeeded = 2*members + 1
)

// plan lays out a new lab in dir on ports; it touches nothing.
func plan(name, dir string, ports []int) *Lab {
	l := &Lab{FormatVersion: FormatVersion, Name: name, Dir: dir}
	for i := range members {
		l.addMember(fmt.Sprintf("m%d", i+1), ports[2*i], ports[2*i+1])
	}
	var cluster []string
	for _, m := range l.Etcd.Members {
		l.Etcd.Endpoints = append(l.Etcd.Endpoints, m.ClientURL)
		cluster = append(cluster, m.Name+"="+m.PeerURL)
	}
	l.Etcd.InitialCluster = strings.Join(cluster, ",")
	l.Etcd.Token = "lab-" + strings.ToLower(rand.Text()[:12])
	l.Etcd.CACert = l.path("certs", certs.CACert)
	l.Etcd.Cert = l.path("certs", certs.ClientCert)
	l.Etcd.Key = l.path("certs", certs.ClientKey)
	l.Etcd.Etcd = l.path("bin", "etcd")
	l.Etcd.Etcdctl = l.path("bin", "etcdctl")
	l.Etcd.Etcdutl = l.path("bin", "etcdutl")
	l.S3 = S3{
		Endpoint:  fmt.Sprintf("http://127.0.0.1:%d", ports[2*members]),
		Region:    region,
		AccessKey: rand.Text()[:20],
		SecretKey: rand.Text() + rand.Text()[:14],
		Bucket:    bucket,
		DataDir:   l.path("s3", "data"),
		AccessLog: l.path("s3", "access.log"),
		Process:   process(l.path("s3")),
	}
	return l
}

func (l *Lab) addMember(name string, clientPort, peerPort int) {
	dir := l.path("members", name)
	l.Etcd.Members = append(l.Etcd.Members, Member{
		Name:      name,
		ClientURL: clientURL(clientPort),
		PeerURL:   fmt.Sprintf("https://127.0.0.1:%d", peerPort),
		DataDir:   filepath.Join(dir, "data"),
		ArgsFile:  filepath.Join(dir, "args"),
		Process:   process(dir),
	})
}

func process(dir string) Process {
	return Process{
		PIDFile:   filepath.Join(dir, "pid"),
		LogFile:   filepath.Join(dir, "log"),
		StartsLog: filepath.Join(dir, "starts.log"),
		Start:     filepath.Join(dir, "start"),
		Stop:      filepath.Join(dir, "stop"),
		Kill:      filepath.Join(dir, "kill"),
	}
}

func (l *Lab) path(parts ...string) string {
	return filepath.Join(append([]string{l.Dir}, parts...)...)
}

// servers are the names of all processes of the lab, as Server takes them.
func (l *Lab) servers() []string {
	names := make([]string, 0, members+1)
	if l.Cluster != nil {
		for name := range l.stores() {
			if name != "s3" {
				names = append(names, name)
			}
		}
		for _, n := range l.Cluster.Servers {
			names = append(names, n.Name)
		}
	}
	for _, m := range l.Etcd.Members {
		names = append(names, m.Name)
	}
	if l.S3Of != "" {
		return names
	}
	return append(names, "s3")
}

func clientURL(port int) string { return fmt.Sprintf("https://127.0.0.1:%d", port) }
