package steps

import "errors"

// ErrNoTarget is wrapped by an error that says of a cluster that nothing leads to
// it yet: there is no kubeconfig, and a step of the run may bring it.
var ErrNoTarget = errors.New("nothing leads to it yet")

// Cluster is the Kubernetes cluster that a step touches, as the plan describes
// it. A step without one uses the kubeconfig's current context.
type Cluster struct {
	Name       string `json:"name"` // its key in the plan
	Context    string `json:"context"`
	Kubeconfig string `json:"kubeconfig,omitempty"` // a file; empty: KUBECONFIG, else ~/.kube/config
	UID        string `json:"uid,omitempty"`        // of its kube-system namespace
	CASHA256   string `json:"ca_sha256,omitempty"`  // of its certificate authority, in hex
	Drill      bool   `json:"drill,omitempty"`      // drills may change it
}

// Pinned reports whether the plan says which cluster this must be.
func (c Cluster) Pinned() bool { return c.UID != "" || c.CASHA256 != "" }

// Host is the machine that a step touches, as the plan describes it.
type Host struct {
	Name      string `json:"name"` // its key in the plan
	Address   string `json:"address"`
	User      string `json:"user,omitempty"`
	MachineID string `json:"machine_id,omitempty"` // the content of its /etc/machine-id
	Drill     bool   `json:"drill,omitempty"`      // drills may change it
}

// Pinned reports whether the plan says which machine this must be.
func (h Host) Pinned() bool { return h.MachineID != "" }
