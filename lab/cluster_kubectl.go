package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// kubectl runs kubectl as the administrator and returns what it printed.
func (l *Lab) kubectl(ctx context.Context, stdin []byte, args ...string) ([]byte, error) {
	return l.tool(ctx, stdin, "kubectl", args...)
}

// tool runs a program of the lab's folder bin with the lab's kubeconfig.
func (l *Lab) tool(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, l.path("bin", name), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+l.Cluster.Kubeconfig, "NO_PROXY=*")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

func (l *Lab) containerdAnswers(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", l.Cluster.ContainerdSocket)
	if err != nil {
		return err
	}
	conn.Close()
	_, err = l.tool(ctx, nil, "ctr", "images", "ls", "-q")
	return err
}

func (l *Lab) apiReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// A look at the port first: kubectl takes 100 ms of a busy machine.
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(l.Cluster.APIServer, "https://"))
	if err != nil {
		return err
	}
	conn.Close()
	_, err = l.kubectl(ctx, nil, "get", "--raw", "/readyz")
	return err
}

// object is what the lab reads of any Kubernetes object.
type object struct {
	Metadata struct{ Name string }
	Status   struct {
		Phase, Message     string
		Conditions         []condition
		LastValidationTime time.Time // of a BackupStorageLocation
		ContainerStatuses  []struct {
			State struct {
				Running *struct{ StartedAt time.Time }
			}
		}
	}
	Items []object
}

// condition is one of an object's status conditions.
type condition struct {
	Type, Status, Reason, Message string
	LastHeartbeatTime             time.Time // of a Node
}

func (o object) condition(kind string) condition {
	at := slices.IndexFunc(o.Status.Conditions, func(c condition) bool { return c.Type == kind })
	if at < 0 {
		return condition{Status: "Unknown", Message: "nothing is known yet"}
	}
	return o.Status.Conditions[at]
}

func (l *Lab) get(ctx context.Context, args ...string) (o object, err error) {
	out, err := l.kubectl(ctx, nil, append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(out, &o)
}

// nodeReady believes only what the kubelet that runs now has reported: what one
// before it said stands until then.
func (l *Lab) nodeReady(ctx context.Context) error {
	o, err := l.get(ctx, "node", l.Cluster.NodeName)
	if err != nil {
		return err
	}
	kubelet, _ := l.nodeServer("kubelet")
	started, err := os.Stat(kubelet.PIDFile)
	if err != nil {
		return errors.New("the kubelet does not run")
	}
	ready := o.condition("Ready")
	if ready.Status != "True" {
		return fmt.Errorf("node %s is not Ready: %s: %s", l.Cluster.NodeName, ready.Reason, ready.Message)
	}
	if ready.LastHeartbeatTime.Before(started.ModTime().Truncate(time.Second)) {
		return fmt.Errorf("node %s has not reported since its kubelet started", l.Cluster.NodeName)
	}
	return nil
}

// nodeStarted is when the node was powered on, as it were, in whole seconds as
// Kubernetes tells time.
func (l *Lab) nodeStarted() (time.Time, error) {
	info, err := os.Stat(l.mounts().Dir)
	if err != nil {
		return time.Time{}, errors.New("the node does not run")
	}
	return info.ModTime().Truncate(time.Second), nil
}

// podReady looks for a pod that is Ready, and whose containers run since the node
// was started: the API server remembers those of before, too.
func (l *Lab) podReady(ctx context.Context, namespace, selector string) error {
	since, err := l.nodeStarted()
	if err != nil {
		return err
	}
	pods, err := l.get(ctx, "pods", "--namespace", namespace, "--selector", selector)
	if err != nil {
		return err
	}
	err = fmt.Errorf("no pod with %s in namespace %s", selector, namespace)
	for _, pod := range pods.Items {
		ready := pod.condition("Ready")
		if ready.Status == "True" && pod.runsSince(since) {
			return nil
		}
		err = fmt.Errorf("pod %s is not ready yet: %s %s", pod.Metadata.Name, pod.Status.Phase, ready.Message)
	}
	return err
}

func (o object) runsSince(since time.Time) bool {
	for _, c := range o.Status.ContainerStatuses {
		if c.State.Running == nil || c.State.Running.StartedAt.Before(since) {
			return false
		}
	}
	return len(o.Status.ContainerStatuses) > 0
}
