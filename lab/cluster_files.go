package lab

import (
	"errors"
	"fmt"
)

// writeClusterEnv writes the shell file of a lab that has a cluster.
func (l *Lab) writeClusterEnv() error {
	c := l.Cluster
	return l.writeVariables([][2]string{
		{"KUBECONFIG", c.Kubeconfig},
		{"LAB_API_SERVER", c.APIServer},
		{"LAB_KUBERNETES_DIR", c.KubernetesDir},
		{"LAB_PKI_DIR", c.PKIDir},
		{"LAB_MANIFESTS_DIR", c.ManifestsDir},
		{"LAB_ENCRYPTION_CONFIG", c.EncryptionConfig},
		{"LAB_ETCD_DATA_DIR", c.EtcdDataDir},
		{"LAB_KUBELET_DIR", c.KubeletDir},
		{"LAB_VOLUMES_DIR", c.VolumesDir},
		{"LAB_AUDIT_LOG", c.AuditLog},
		{"LAB_NODE_NAME", c.NodeName},
		{"LAB_NODE_IP", c.NodeIP},
		{"CONTAINERD_ADDRESS", c.ContainerdSocket},
		{"CONTAINERD_NAMESPACE", "k8s.io"},
		{"S3_SECONDARY_ENDPOINT", l.S3Secondary.Endpoint},
		{"S3_SECONDARY_REGION", l.S3Secondary.Region},
		{"S3_SECONDARY_BUCKET", l.S3Secondary.Bucket},
		{"VELERO_BUCKET", l.S3.VeleroBucket},
		{"VELERO_SECONDARY_BUCKET", l.S3Secondary.VeleroBucket},
		{"VELERO_CREDENTIALS", c.VeleroCredentials},
		{"VELERO_NAMESPACE", c.VeleroNamespace},
	})
}

// writeTools writes the programs that reach into the node.
func (l *Lab) writeTools() error {
	c := l.Cluster
	ctr := fmt.Sprintf("#!/bin/sh\n# The node's containers and images, through its own containerd.\nexec /usr/bin/ctr --address %s --namespace k8s.io \"$@\"\n", quote(c.ContainerdSocket))
	inNode := fmt.Sprintf("#!/bin/sh\n# Runs its arguments on the node: in its network and with its mounts.\nexec nsenter --net=%s --mount=%s -- \"$@\"\n", quote(c.NetworkNamespace), quote(c.MountNamespace))
	return errors.Join(
		writeFile(l.path("bin", "ctr"), []byte(ctr), 0o755),
		writeFile(c.InNode, []byte(inNode), 0o755),
	)
}
