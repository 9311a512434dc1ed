package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// podCheck asks inside a pod: what counts is whether the service works where its
// users are, not whether there is a way from here.
type podCheck struct {
	Namespace string         `json:"namespace" plan:"required" doc:"The pod's namespace."`
	Selector  string         `json:"selector" plan:"required" doc:"Labels of the pod, such as app=web; the first that is ready is asked."`
	Container string         `json:"container" doc:"Where the program runs; without it, the pod's first or default one."`
	HTTP      *podHTTP       `json:"http" doc:"An HTTP request to the pod, through the API server, and its answer."`
	Run       steps.Command  `json:"run" doc:"A program that runs in the pod: a script for its sh -e, or a list. It must change nothing, since it runs once a round."`
	Exit      int64          `json:"exit" doc:"The program's expected exit code; 0 where it is absent."`
	Stdout    string         `json:"stdout" doc:"A regular expression that what the program prints must match."`
	Timeout   steps.Duration `json:"timeout" default:"30s" doc:"How long one look may take."`
}

type podHTTP struct {
	Port   int64  `json:"port" plan:"required" doc:"The port that the pod listens on."`
	Path   string `json:"path" default:"/" doc:"What to get."`
	Scheme string `json:"scheme" default:"http" enum:"http,https" doc:"How. The pod's certificate is not checked."`
	Status int64  `json:"status" default:"200" doc:"The status code of the answer. Redirects are not followed."`
	Body   string `json:"body" doc:"A regular expression that the answer's first MiB must match."`
}

func (p *podCheck) validate(partial bool) error {
	errs := []error{selector(p.Selector), regular("stdout", p.Stdout)}
	if p.HTTP != nil {
		errs = append(errs, steps.Under("http", regular("body", p.HTTP.Body)))
	}
	if (p.HTTP == nil) == p.Run.IsZero() && !partial {
		errs = append(errs, steps.Errorf("run", "give either http or run: what to ask"))
	}
	if p.Timeout <= 0 && !partial {
		errs = append(errs, steps.Errorf("timeout", "it must be above 0"))
	}
	return errors.Join(errs...)
}

func (p *podCheck) access(context.Context, *kubeclient.Client) []kubeclient.Access {
	ask := kubeclient.Access{Verbs: []string{"get"}, Resource: "pods/proxy", Namespace: p.Namespace}
	if p.HTTP == nil {
		ask = kubeclient.Access{Verbs: []string{"create"}, Resource: "pods/exec", Namespace: p.Namespace}
	}
	return []kubeclient.Access{{Verbs: []string{"list"}, Resource: "pods", Namespace: p.Namespace}, ask}
}

func (p *podCheck) look(ctx context.Context, in *steps.Run, c *kubeclient.Client) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.Timeout))
	defer cancel()
	matches, err := labels.Parse(p.Selector)
	if err != nil {
		return "", err
	}
	pod, err := c.ReadyPod(ctx, p.Namespace, matches)
	if err != nil {
		return "no pod", err
	}
	if p.HTTP != nil {
		return p.HTTP.look(ctx, in, c, pod)
	}
	answer, err := c.Exec(ctx, pod, p.Container, nil, podArgv(p.Run)...)
	if err != nil {
		return pod.Name + ": not run", err
	}
	judge := commandCheck{Exit: p.Exit, Stdout: p.Stdout}
	return fmt.Sprintf("%s: exit code %d, printed %q", pod.Name, answer.Code, head(in, answer.Stdout)), judge.judge(in, answer.Code, answer.Stdout, answer.Stderr)
}

// podArgv runs a script by the pod's shell, wherever that is.
func podArgv(c steps.Command) []string {
	if c.Script != "" {
		return []string{"sh", "-ec", c.Script}
	}
	return c.Argv
}

func (h *podHTTP) look(ctx context.Context, in *steps.Run, c *kubeclient.Client, pod *corev1.Pod) (string, error) {
	answer, err := c.Fetch(ctx, pod, h.Scheme, h.Port, h.Path)
	if err != nil {
		return pod.Name + ": no answer", err
	}
	judge := httpCheck{Status: h.Status, Body: h.Body}
	return fmt.Sprintf("%s: status %d", pod.Name, answer.Code), judge.judge(in, answer.Code, answer.Stdout)
}
