package lab

import (
	"crypto/rand"
	"fmt"
	"path/filepath"

	"github.com/drplan/drplan/lab/internal/certs"
	"github.com/drplan/drplan/lab/internal/component"
	"github.com/drplan/drplan/lab/internal/node"
	"github.com/drplan/drplan/lab/internal/subnet"
)

// The S3 server's name stands for the region that all is backed up to first.
const (
	secondaryRegion = "us-west-2"
	secondaryBucket = "etcd-backups-west"
	veleroBucket    = "velero-east"
	veleroBucket2   = "velero-west"
	s3Port          = 7070
	s3Secondary     = "s3-secondary"
)

// etcdVersion is that of the component etcd, as the image's tag.
const etcdVersion = "3.7.3"

const (
	pauseImage = "registry.k8s.io/pause:3.10.1"
	etcdImage  = "registry.k8s.io/etcd:" + etcdVersion + "-0"
	dnsImage   = "registry.k8s.io/coredns/coredns:" + component.CoreDNSVersion
)

// linkName names the network namespace, and the machine's end of its link; an
// interface's name has at most 15 bytes.
func linkName(number int) string { return fmt.Sprintf("drplan-%d", number) }

// Of a lab's /16: pods have .0 to .127, services .128 to .143, the link .255.
func podCIDR(number int) string     { return subnet.Address(number, 0, 0) + "/17" }
func serviceCIDR(number int) string { return subnet.Address(number, 128, 0) + "/20" }
func serviceIP(number int) string   { return subnet.Address(number, 128, 1) }
func dnsIP(number int) string       { return subnet.Address(number, 128, 10) }
func clusterNetworks(number int) string {
	return subnet.Network(number).String()
}

// planCluster lays out a new lab that has a cluster; it touches nothing.
func planCluster(name, dir string, number int) *Lab {
	l := &Lab{FormatVersion: FormatVersion, Name: name, Dir: dir}
	hostIP, nodeIP := subnet.Address(number, 255, 1), subnet.Address(number, 255, 2)
	l.S3 = l.store("s3", hostIP, s3Port, region, bucket, veleroBucket)
	second := l.store(s3Secondary, hostIP, s3Port+1, secondaryRegion, secondaryBucket, veleroBucket2)
	second.AccessKey, second.SecretKey = l.S3.AccessKey, l.S3.SecretKey
	l.S3Secondary = &second
	kubernetes := l.path("etc", "kubernetes")
	l.Cluster = &Cluster{
		Number:            number,
		Kubeconfig:        filepath.Join(kubernetes, certs.AdminConf),
		Context:           "kubernetes-admin@" + name,
		APIServer:         "https://" + nodeIP + ":6443",
		KubernetesDir:     kubernetes,
		PKIDir:            filepath.Join(kubernetes, certs.PKIDir),
		ManifestsDir:      filepath.Join(kubernetes, "manifests"),
		EncryptionConfig:  l.path(node.EncryptionConfig),
		EtcdDataDir:       l.path("lib", "etcd"),
		KubeletDir:        l.path("lib", "kubelet"),
		VolumesDir:        l.path("lib", "volumes"),
		AuditLog:          l.path("log", "audit", "audit.log"),
		ContainerdSocket:  l.path("run", "containerd.sock"),
		MountNamespace:    l.mounts().Pin(),
		Cgroup:            linkName(number),
		NodeName:          name,
		NodeIP:            nodeIP,
		HostIP:            hostIP,
		PodCIDR:           podCIDR(number),
		ServiceCIDR:       serviceCIDR(number),
		KubernetesVersion: component.KubernetesVersion,
		VeleroVersion:     component.VeleroVersion,
		VeleroNamespace:   "velero",
		VeleroCredentials: l.path("etc", "velero-credentials"),
		StorageClass:      "local",
		InNode:            l.path("bin", "in-node"),
	}
	l.Cluster.NetworkNamespace = l.Cluster.network().Path()
	for _, name := range []string{"containerd", "network-policies", "kubelet", "kube-proxy", "local-volumes"} {
		l.Cluster.Servers = append(l.Cluster.Servers, Node{Name: name, Process: process(l.path("members", name))})
	}
	l.planClusterEtcd()
	return l
}

// planClusterEtcd describes etcd as the etcd lab's is described. Its one member
// is a static pod: the lab does not start or stop it.
func (l *Lab) planClusterEtcd() {
	c := l.Cluster
	client := "https://" + c.NodeIP + ":2379"
	l.Etcd = Etcd{
		Endpoints:      []string{client},
		CACert:         filepath.Join(c.PKIDir, "etcd", "ca.crt"),
		Cert:           filepath.Join(c.PKIDir, "etcd", "healthcheck-client.crt"),
		Key:            filepath.Join(c.PKIDir, "etcd", "healthcheck-client.key"),
		InitialCluster: c.NodeName + "=https://" + c.NodeIP + ":2380",
		Token:          "etcd-cluster", // etcd's default, as kubeadm leaves it
		Etcd:           l.path("bin", "etcd"),
		Etcdctl:        l.path("bin", "etcdctl"),
		Etcdutl:        l.path("bin", "etcdutl"),
	}
}

func (l *Lab) store(name, ip string, port int, region, bucket, velero string) S3 {
	return S3{
		Endpoint:     fmt.Sprintf("http://%s:%d", ip, port),
		Region:       region,
		AccessKey:    rand.Text()[:20],
		SecretKey:    rand.Text() + rand.Text()[:14],
		Bucket:       bucket,
		VeleroBucket: velero,
		DataDir:      l.path(name, "data"),
		AccessLog:    l.path(name, "access.log"),
		Process:      process(l.path(name)),
	}
}
