package lint

// typedStep is the step that does what a command does, and says so to drplan.
type typedStep struct {
	Type   string
	Fields string // a flow mapping
	// Timeout is the command's own, which becomes the step's; "": it has none.
	Timeout string
	Context string // of kubectl and velero; "": the current one
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
		return typedVelero(c)
	case "aws", "mc":
		return typedS3(c)
	case "etcdctl":
		return typedEtcd(c)
	case "kubectl":
		return typedKube(c)
	}
	return nil
}
