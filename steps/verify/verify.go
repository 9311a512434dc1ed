package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drplan/drplan/steps"
)

// Kind is the kind verify.
func Kind() steps.Kind {
	return steps.Kind{
		Type:    "verify",
		Summary: "Verify that the service is back, and wait until it is.",
		Doc: `Each of etcd, http, tcp, command, files and the assertions about a Kubernetes cluster is an assertion; all that are
given must hold at one time. They are looked at again every interval, until they hold or until the step's timeout: that is a
failure, and it says what was seen last. that is a list of expressions over what former steps gave; these cannot change, so one
that is false fails at once.

workloads_ready, resources_exist, nodes_ready, pvcs_bound, objects and in_pod ask the API server of the step's cluster, or of the
kubeconfig's current context. A step without them contacts none.`,
		Example: `step: The API answers, and etcd has all its keys
verify:
  http: {url: "https://10.0.0.1:6443/readyz", status: 200, ca: /etc/kubernetes/pki/ca.crt}
  etcd:
    endpoints: ["https://10.0.0.1:2379"]
    tls: {ca: /etc/etcd/ca.crt, cert: /etc/etcd/client.crt, key: /etc/etcd/client.key}
    key_count: {prefix: /registry/, min: 1}
  workloads_ready: {namespace: shop}
  pvcs_bound: {namespace: shop}
  resources_exist: [{kind: ConfigMap, namespace: shop, min: 3}]
  objects: [{kind: Namespace, name: shop, that: "object.status.phase == 'Active'"}]
  in_pod: [{namespace: shop, selector: app=web, http: {port: 8080, path: /healthz}}]
timeout: 5m
`,
		ByHand:  byHand,
		New:     func() steps.Step { return &step{} },
		Timeout: 5 * time.Minute,
		Outputs: []steps.Output{
			{Name: "rounds", Type: steps.Int, Doc: "How often it was looked until all held."},
			{Name: "observed", Type: steps.Map, Doc: "What each assertion saw in the last round."},
		},
		Traits: steps.Traits{Verifies: true},
	}
}

type step struct {
	Etcd    *etcdCheck    `json:"etcd" doc:"One healthy etcd cluster: every member answers, one leader, one cluster ID, equal data, no alarm."`
	HTTP    *httpCheck    `json:"http" doc:"An HTTP request and its answer."`
	TCP     *tcpCheck     `json:"tcp" doc:"A TCP port that accepts connections."`
	Command *commandCheck `json:"command" doc:"A program, its exit code and what it prints."`
	Files   *filesCheck   `json:"files" doc:"Files and folders that must exist, or must not."`
	onCluster
	That     []bool         `json:"that" doc:"Expressions that must be true, such as \"${steps.restore.keys == steps.snapshot.keys}\"."`
	Interval steps.Duration `json:"interval" default:"1s" doc:"Time between two rounds."`
}

// check is one assertion. see says what it saw, and an error where that is not
// what was asked for.
type check interface {
	see(ctx context.Context, in *steps.Run) (seen string, err error)
	validate(partial bool) error
}

// checks are the assertions that were given, by their field's name.
func (s *step) checks() map[string]check {
	given := map[string]check{}
	if s.Etcd != nil {
		given["etcd"] = s.Etcd
	}
	if s.HTTP != nil {
		given["http"] = s.HTTP
	}
	if s.TCP != nil {
		given["tcp"] = s.TCP
	}
	if s.Command != nil {
		given["command"] = s.Command
	}
	if s.Files != nil {
		given["files"] = s.Files
	}
	client := new(sharedClient)
	for name, l := range s.lookers() {
		given[name] = viaCluster{l, client}
	}
	return given
}

// Validate checks the config. A verification of nothing would always hold.
func (s *step) Validate(partial bool) error {
	var errs []error
	checks := s.checks()
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		errs = append(errs, steps.Under(name, checks[name].validate(partial)))
	}
	if len(checks) == 0 && len(s.That) == 0 && !partial {
		errs = append(errs, steps.Errorf("that", "there is nothing to verify: give an assertion, such as http, workloads_ready or that"))
	}
	if s.Interval <= 0 && !partial {
		errs = append(errs, steps.Errorf("interval", "it must be above 0"))
	}
	return errors.Join(errs...)
}

// Run looks until all assertions hold in one round.
func (s *step) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	if err := s.that(in); err != nil {
		return nil, steps.Final(err)
	}
	checks := s.checks()
	last := errors.New("nothing was observed")
	for rounds := 1; ; rounds++ {
		seen, err := round(ctx, in, checks)
		if err == nil && ctx.Err() == nil {
			return steps.Outputs{"rounds": rounds, "observed": seen}, nil
		}
		if ctx.Err() == nil {
			last = err
			in.Progress(firstLine(err.Error()))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it did not come true in time (%w); seen last: %w", context.Cause(ctx), last)
		case <-time.After(time.Duration(s.Interval)):
		}
	}
}

// round looks at everything at once.
func round(ctx context.Context, in *steps.Run, checks map[string]check) (map[string]any, error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[string]any{}
	unmet := map[string]error{}
	for name, c := range checks {
		wg.Go(func() {
			what, err := c.see(ctx, in)
			mu.Lock()
			defer mu.Unlock()
			seen[name] = what
			if err != nil {
				unmet[name] = err
			}
		})
	}
	wg.Wait()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(unmet)) {
		errs = append(errs, fmt.Errorf("%s: %w", name, unmet[name]))
	}
	return seen, errors.Join(errs...)
}

// that holds the expressions to be true, and quotes the plan where one is not.
func (s *step) that(in *steps.Run) error {
	var template struct {
		That []any `json:"that"`
	}
	_ = json.Unmarshal(in.Template, &template) // only for the message
	var errs []error
	for i, ok := range s.That {
		if ok {
			continue
		}
		text := fmt.Sprintf("number %d", i+1)
		if i < len(template.That) {
			text = fmt.Sprint(template.That[i])
		}
		errs = append(errs, fmt.Errorf("this is not so: %s", text))
	}
	return errors.Join(errs...)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
