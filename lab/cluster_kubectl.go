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

// condition is one of an object's status conditions.
type condition struct{ Type, Status, Reason, Message string }

// object is what the lab reads of any Kubernetes object.
type object struct {
	Metadata struct{ Name string }
	Spec     struct{ Replicas *int }
	Status   struct {
		Phase      string
		Message    string
		Conditions []condition
		// Of Deployments and DaemonSets.
		AvailableReplicas      int
		DesiredNumberScheduled int
		NumberAvailable        int
	}
}

func (l *Lab) get(ctx context.Context, args ...string) (o object, err error) {
	out, err := l.kubectl(ctx, nil, append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(out, &o)
}

func (l *Lab) nodeReady(ctx context.Context) error {
	o, err := l.get(ctx, "node", l.Cluster.NodeName)
	if err != nil {
		return err
	}
	for _, c := range o.Status.Conditions {
		if c.Type == "Ready" && c.Status == "True" {
			return nil
		}
		if c.Type == "Ready" {
			err = fmt.Errorf("node %s is not Ready: %s: %s", l.Cluster.NodeName, c.Reason, c.Message)
		}
	}
	if err == nil {
		err = errors.New("the node does not say yet whether it is Ready")
	}
	return err
}
