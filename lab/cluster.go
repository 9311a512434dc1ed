package lab

import (
	"github.com/drplan/drplan/lab/internal/cgroup"
	"github.com/drplan/drplan/lab/internal/mountns"
	"github.com/drplan/drplan/lab/internal/netns"
	"github.com/drplan/drplan/lab/internal/node"
)

// Cluster is a lab's Kubernetes cluster of one node, and what a client of it
// needs. Paths are those of the machine; they are the same in the node's mount
// namespace.
type Cluster struct {
	Number            int    `json:"number"`             // decides names and addresses, differs from lab to lab
	Kubeconfig        string `json:"kubeconfig"`         // the administrator's; works on the machine
	Context           string `json:"context"`            // its context
	APIServer         string `json:"api_server"`         // URL
	KubernetesDir     string `json:"kubernetes_dir"`     // as /etc/kubernetes of kubeadm
	PKIDir            string `json:"pki_dir"`            // as /etc/kubernetes/pki, sa.key among it
	ManifestsDir      string `json:"manifests_dir"`      // static pods
	EncryptionConfig  string `json:"encryption_config"`  // keys of the Secrets in etcd
	EtcdDataDir       string `json:"etcd_data_dir"`      // as /var/lib/etcd; holds member/
	KubeletDir        string `json:"kubelet_dir"`        // as /var/lib/kubelet; holds pods/
	VolumesDir        string `json:"volumes_dir"`        // a folder for each persistent volume
	AuditLog          string `json:"audit_log"`          // the API server's, level Metadata, one JSON object a line
	ContainerdSocket  string `json:"containerd_socket"`  // namespace k8s.io
	NetworkNamespace  string `json:"network_namespace"`  // nsenter --net=…
	MountNamespace    string `json:"mount_namespace"`    // nsenter --mount=…
	Cgroup            string `json:"cgroup"`             // below the root of every hierarchy
	NodeName          string `json:"node_name"`          // …
	NodeIP            string `json:"node_ip"`            // the API server, etcd and the kubelet listen there
	HostIP            string `json:"host_ip"`            // the machine as the node and its pods see it
	PodCIDR           string `json:"pod_cidr"`           // reachable from the machine
	ServiceCIDR       string `json:"service_cidr"`       // reachable from the machine
	KubernetesVersion string `json:"kubernetes_version"` // …
	VeleroVersion     string `json:"velero_version"`     // …
	VeleroNamespace   string `json:"velero_namespace"`   // …
	VeleroCredentials string `json:"velero_credentials"` // the AWS plugin's credentials file, good for both S3 servers
	StorageClass      string `json:"storage_class"`      // the default one
	Servers           []Node `json:"servers"`            // processes of the node that are no pods
	InNode            string `json:"in_node"`            // a program that runs its arguments on the node
}

// Node is one process of the node that is no pod.
type Node struct {
	Name string `json:"name"`
	Process
}

func (c *Cluster) cgroup() (cgroup.Group, error) { return cgroup.New(c.Cgroup) }

func (l *Lab) mounts() mountns.Namespace { return mountns.Namespace{Dir: l.path("run", "ns")} }

func (c *Cluster) network() netns.Node {
	return netns.Node{Name: linkName(c.Number), HostIP: c.HostIP, NodeIP: c.NodeIP, Networks: clusterNetworks(c.Number)}
}

func (l *Lab) settings() node.Settings {
	c := l.Cluster
	return node.Settings{
		Dir: l.Dir, NodeName: c.NodeName, NodeIP: c.NodeIP,
		PodCIDR: c.PodCIDR, ServiceCIDR: c.ServiceCIDR, DNSIP: dnsIP(c.Number),
		Cgroup: "/" + c.Cgroup, ContainerdSocket: c.ContainerdSocket,
		PauseImage: pauseImage, EtcdImage: etcdImage, CoreDNSImage: dnsImage, StorageClass: c.StorageClass, KubernetesVersion: c.KubernetesVersion,
		S3:          node.Store{Endpoint: l.S3.Endpoint, Region: l.S3.Region, Bucket: l.S3.VeleroBucket},
		S3Secondary: node.Store{Endpoint: l.S3Secondary.Endpoint, Region: l.S3Secondary.Region, Bucket: l.S3Secondary.VeleroBucket},
	}
}
