package main

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
)

// send leaves a person's word in the run's inbox and says who takes it.
func (a *app) send(r *run, runs string, m local.Message) error {
	if err := r.unanswered(runs, m.Step); err != nil {
		return err
	}
	m.By = a.person()
	if err := local.Send(r.dir, m); err != nil {
		return err
	}
	if r.Live {
		_, err := fmt.Fprintf(a.out, "%s %s: told the run %s\n", m.Kind, m.Step, r.id)
		return err
	}
	_, err := fmt.Fprintf(a.out, "%s %s: kept for the run %s, which nobody drives now; go on with:\n  %s\n", m.Kind, m.Step, r.id, r.resumeCommand(runs))
	return err
}

// unanswered refuses a second answer while the first has not been taken: it
// would be taken too late, or for something else.
func (r *run) unanswered(runs, step string) error {
	waiting, err := local.Unread(r.dir)
	if err != nil {
		return err
	}
	for _, m := range waiting {
		if m.Step != step {
			continue
		}
		what := strings.TrimSpace(string(m.Kind) + " " + string(m.Verdict))
		return cannot(fmt.Errorf("step %s has an answer already: %s by %s: %s", step, what, m.By, cmp.Or(m.Reason, "no reason given")),
			fmt.Sprintf("it stands in %s until the run takes it; to take it back, remove that file; to go on with it:\n  %s", m.File, r.resumeCommand(runs)))
	}
	return nil
}

// answer answers a step that waits for a person in one way.
func (a *app) answer(runs, asked, step string, wait engine.Wait, m local.Message) error {
	r, err := findHere(runs, asked)
	if err != nil {
		return err
	}
	n, i, err := r.instance(step)
	if err != nil {
		return err
	}
	other := map[engine.Wait]string{engine.WaitApproval: "drplan approve", engine.WaitDuration: "drplan done"}
	switch {
	case n.Wait != wait && n.Wait.People():
		return usage(fmt.Errorf("step %s is of type %s", step, n.Type), fmt.Sprintf("use: %s %s %s", other[n.Wait], r.id, step))
	case n.Wait != wait:
		return usage(fmt.Errorf("step %s is of type %s: it waits for nobody", step, n.Type), r.openNames())
	case i.Status != engine.StatusWaiting:
		return cannot(fmt.Errorf("step %s does not wait now: it is %s", step, stands(i)), r.openNames())
	}
	m.Step = step
	return a.send(r, runs, m)
}

// stands says where an instance stands.
func stands(i engine.InstanceView) string {
	return cmp.Or(string(i.Outcome), string(i.Status))
}

// whoami names the person for the journal.
func whoami(getenv func(string) string) string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		if sudo := getenv("SUDO_USER"); sudo != "" {
			return sudo + " as " + u.Username
		}
		return u.Username
	}
	return cmp.Or(getenv("USER"), "somebody")
}

// person says who is at the keyboard, and where: user@host.
func (a *app) person() string {
	host, _ := os.Hostname() // a person without a host's name is still one
	return whoami(a.getenv) + "@" + cmp.Or(host, "unknown")
}
