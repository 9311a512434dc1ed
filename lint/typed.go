package lint

// typedStep is the step that does what a command does, and says so to drplan.
type typedStep struct {
	Type   string
	Fields string // a flow mapping
	// Timeout is the command's own, which becomes the step's; "": it has none.
	Timeout string
	Context string // of kubectl and velero; "": the current one
	// Kubeconfig is the file that the command names; a step goes where its cluster: says.
	Kubeconfig string
	// Safe: it does what the command does, and stops where the command would go on.
	Safe bool
	Note string // what else to know
	// Name is what the command calls what it makes, and the step does not.
	Name string
}

// YAML is the step's type in one line.
func (t *typedStep) YAML() string { return t.Type + ": " + t.Fields }

// Hint tells people what to write.
func (t *typedStep) Hint() string {
	hint := "write `" + t.YAML() + "`"
	if t.Timeout != "" {
		hint += " with `timeout: " + t.Timeout + "`"
	}
	if t.Kubeconfig != "" {
		hint += "; name the cluster with `cluster:`, declared in `clusters:` as the one with `kubeconfig: " + t.Kubeconfig + "`: without it the step goes to the current context"
	}
	if t.Note != "" {
		hint += "; " + t.Note
	}
	return hint
}

// typedFor finds the step that a call could be; nil: there is none, or nobody can
// tell.
func typedFor(c *Call) *typedStep {
	if c.Within {
		return nil
	}
	switch c.Name {
	case "velero":
		return withKubeconfig(c, typedVelero(c))
	case "aws", "mc":
		return typedS3(c)
	case "etcdctl":
		return typedEtcd(c)
	case "kubectl":
		return withKubeconfig(c, typedKube(c))
	}
	return nil
}

// withKubeconfig adds the file that a command is given by a flag, or by the step's env.
func withKubeconfig(c *Call, t *typedStep) *typedStep {
	if t == nil || c.Step.Cluster.Node != nil {
		return t
	}
	t.Kubeconfig, _ = c.Flag("--kubeconfig")
	for _, e := range c.Step.Env {
		if e.Key.Value == "KUBECONFIG" && t.Kubeconfig == "" {
			t.Kubeconfig = e.Value.Value
		}
	}
	return t
}
