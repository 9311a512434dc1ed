package kubeclient

import (
	"context"
	"errors"
	"io"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"
)

// defaultContainer is the annotation that names the container a person means.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// Exec runs a program in a container of a pod; "" means the one that kubectl would
// take. An exit code above 0 is no error: it is in the answer. A program that ctx
// gives up on is not stopped: no one can, through the API.
func (c *Client) Exec(ctx context.Context, pod *corev1.Pod, container string, stdin io.Reader, argv ...string) (Answer, error) {
	runner, err := c.executor(pod, execOptions(pod, container, stdin != nil, argv))
	if err != nil {
		return Answer{}, c.Explain(err)
	}
	var stdout, stderr limited
	err = runner.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
	answer := Answer{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	var exit exec.CodeExitError
	if errors.As(err, &exit) {
		answer.Code = exit.Code
		return answer, nil
	}
	return answer, c.Explain(err)
}

func execOptions(pod *corev1.Pod, container string, stdin bool, argv []string) url.Values {
	if container == "" {
		container = pod.Annotations[defaultContainer]
	}
	if container == "" {
		container = pod.Spec.Containers[0].Name
	}
	query := url.Values{"container": {container}, "command": argv, "stdout": {"true"}, "stderr": {"true"}}
	if stdin {
		query.Set("stdin", "true")
	}
	return query
}

// executor speaks WebSocket, and SPDY where something on the way cannot.
func (c *Client) executor(pod *corev1.Pod, query url.Values) (remotecommand.Executor, error) {
	target, err := url.Parse(c.host())
	if err != nil {
		return nil, err
	}
	target = target.JoinPath("api/v1/namespaces", pod.Namespace, "pods", pod.Name, "exec")
	target.RawQuery = query.Encode()
	socket, err := remotecommand.NewWebSocketExecutor(c.Config, "GET", target.String())
	if err != nil {
		return nil, err
	}
	spdy, err := remotecommand.NewSPDYExecutor(c.Config, "POST", target)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(socket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}
