// Package node writes the files that make a machine a cluster of one node, laid
// out below the lab's folder as kubeadm and Debian lay them out below the root:
// the runtime's and the kubelet's configuration, and the manifests of the
// control plane.
//
// It starts nothing.
package node
