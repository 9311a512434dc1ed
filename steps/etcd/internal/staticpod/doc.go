// Package staticpod finds the processes of a kubelet's static pod, holds them
// still, ends them, and has the kubelet run the pod again.
//
// It asks neither the kubelet nor the container runtime: a process is the pod's
// when it lies in a control group of some pod, was started with exactly the
// manifest's command, and sees, where the manifest mounts a path of the host,
// that very file or folder. What is not all of that is left alone.
//
// The package must not know what runs in the pod.
package staticpod
