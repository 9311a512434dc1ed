package plans

import (
	"reflect"

	"go.yaml.in/yaml/v4"
)

// file is the whole document: one key, and whatever begins with x-.
type file struct {
	Plan Plan `json:"disaster_recovery_plan" plan:"required" doc:"Everything stands below it."`
}

// Plan is a disaster-recovery plan as it is written down.
type Plan struct {
	Node        *yaml.Node     `plan:"node"`
	Version     Text           `json:"version" plan:"required" doc:"The plan's own version, such as \"1.0\"; reports quote it."`
	LastUpdated Date           `json:"last_updated" doc:"When people last went through it: YYYY-MM-DD."`
	Contact     Map[Text]      `json:"contact" doc:"Whom to call: a role and how to reach it."`
	Clusters    Map[Cluster]   `json:"clusters" doc:"Kubernetes clusters by name. Without it, steps use the kubeconfig's current context."`
	Hosts       Map[Host]      `json:"hosts" doc:"Machines by name, for steps that run on them."`
	Targets     Map[Target]    `json:"rpo_rto" doc:"Objectives by name: how much may be lost, and how long it may take."`
	Backups     Map[Backup]    `json:"backup_schedule" doc:"What is backed up, how often, for how long and where to."`
	Procedures  Map[Procedure] `json:"recovery_procedures" plan:"required" doc:"Recovery procedures by name: a list of steps, or an object that has them."`
	Testing     Testing        `json:"testing" doc:"How the plan is tested: its drills."`

	Notifications Notifications `json:"notifications" doc:"Who is told while a run goes on, and over which channels. Without it, nobody is."`
}

// Cluster is a Kubernetes cluster that steps may touch.
type Cluster struct {
	Node       *yaml.Node `plan:"node"`
	Context    Text       `json:"context" plan:"required" doc:"The kubeconfig's context."`
	Kubeconfig Text       `json:"kubeconfig" doc:"The kubeconfig file; else KUBECONFIG, else ~/.kube/config."`
	UID        Text       `json:"uid" doc:"The uid of its kube-system namespace: the cluster's identity."`
	CASHA256   Text       `json:"ca_sha256" doc:"The SHA-256 fingerprint of its certificate authority, in hex: an identity that can be read while the API server is down."`
	Drill      bool       `json:"drill" doc:"Drills may change it."`
}

// Host is a machine that steps may touch.
type Host struct {
	Node      *yaml.Node `plan:"node"`
	Address   Text       `json:"address" plan:"required" doc:"Where it answers: a name or an address, with a port where it is not the usual one."`
	User      Text       `json:"user" doc:"Who logs in."`
	MachineID Text       `json:"machine_id" doc:"The content of its /etc/machine-id: the host's identity."`
	Drill     bool       `json:"drill" doc:"Drills may change it."`
}

// Target is a row of rpo_rto.
type Target struct {
	Node     *yaml.Node `plan:"node"`
	RPO      Duration   `json:"rpo" doc:"Recovery point objective: how much of the newest data may be lost."`
	RTO      Duration   `json:"rto" doc:"Recovery time objective: how long the service may be down."`
	Strategy Text       `json:"strategy" enum:"backup_and_restore,pilot_light,warm_standby,hot_standby" doc:"How the objectives are to be reached."`
}

// Backup is a row of backup_schedule.
type Backup struct {
	Node      *yaml.Node `plan:"node"`
	Objective Text       `json:"objective" doc:"The row of rpo_rto it serves; absent, the strictest counts."`
	Frequency Duration   `json:"frequency" doc:"How often a backup is made, such as every 6 hours."`
	Retention Duration   `json:"retention" doc:"How long it is kept."`
	Location  Text       `json:"location" doc:"Where it goes, such as s3://bucket/prefix/."`
}

// Procedure is how to recover from one kind of failure.
type Procedure struct {
	Node        *yaml.Node `plan:"node"`
	Description Text       `json:"description" doc:"What it is for."`
	Objective   Text       `json:"objective" doc:"The row of rpo_rto it is held to; absent, the strictest of each counts."`
	Params      Map[Param] `json:"params" doc:"Parameters by name: ${params.NAME} in its steps."`
	MaxParallel int        `json:"max_parallel" min:"1" doc:"How many steps run at one time."`
	Steps       Steps      `json:"steps" plan:"required" doc:"Its steps, one after another unless they say otherwise."`
}

func (p *Procedure) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.SequenceNode {
		p.Node = n
		d.into(n, &p.Steps, what)
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, what, "a list of steps, or a mapping with steps")
		return
	}
	type plain Procedure
	d.into(n, (*plain)(p), what)
}

// Param declares a parameter of a procedure.
type Param struct {
	Node        *yaml.Node   `plan:"node"`
	Type        Text         `json:"type" enum:"string,int,number,bool,duration,list" doc:"What its values are; absent: string."`
	Description Text         `json:"description" doc:"What it is for."`
	Default     *yaml.Node   `json:"default" doc:"Its value where none is given; a parameter without a default must be given one."`
	Required    bool         `json:"required" doc:"It must be given; says aloud that there is no default."`
	Enum        []*yaml.Node `json:"enum" doc:"The only values it may have."`
}

// Testing is how the plan is tested.
type Testing struct {
	Node      *yaml.Node `plan:"node"`
	Frequency Duration   `json:"frequency" doc:"How often a drill is due, such as quarterly."`
	LastTest  Date       `json:"last_test" doc:"When the last one was: YYYY-MM-DD."`
	NextTest  Date       `json:"next_test" doc:"When the next one is due: YYYY-MM-DD."`
	Scenarios []Scenario `json:"test_scenarios" doc:"The drills: a name, or an object."`
}

// Scenario is a drill.
type Scenario struct {
	Node        *yaml.Node      `plan:"node"`
	Name        Text            `json:"name" plan:"required" doc:"What it is called."`
	ID          Text            `json:"id" doc:"What it is run by; absent, made from the name."`
	Description Text            `json:"description" doc:"What it shows."`
	Procedure   Text            `json:"procedure" doc:"The recovery procedure it practises; absent, the one with the drill's id."`
	Objective   Text            `json:"objective" doc:"The row of rpo_rto it is held to; absent, the procedure's."`
	Params      Map[*yaml.Node] `json:"params" doc:"Values for the procedure's parameters."`
	Setup       Steps           `json:"setup" doc:"Before the disaster: what the drill needs."`
	Disaster    Steps           `json:"disaster" doc:"What breaks the system; the RTO clock starts here."`
	Checks      Steps           `json:"checks" doc:"After the procedure and inside the RTO clock: what proves the recovery."`
	Cleanup     Steps           `json:"cleanup" doc:"Afterwards, whatever happened: puts things back."`

	bare bool // written as a name alone
}

func (s *Scenario) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode {
		s.Node, s.bare = n, true
		s.Name.read(d, n, what)
		return
	}
	type plain Scenario
	d.into(n, (*plain)(s), what)
}

// Steps is a list of steps and groups.
type Steps []Step

// Step is one step, or a group of them.
type Step struct {
	Node            *yaml.Node `plan:"node"`
	Name            Text       `json:"step" doc:"What it does, in people's words."`
	ID              Text       `json:"id" doc:"What others call it; absent, made from the name."`
	Needs           Needs      `json:"needs" doc:"Ids of the steps that must have ended well before it begins, in place of the step above it. An empty list starts with the phase."`
	When            Text       `json:"when" doc:"An expression: where it is false, the step is skipped."`
	Timeout         Duration   `json:"timeout" doc:"The deadline over all attempts; absent, the type's own."`
	Retry           Retry      `json:"retry" doc:"How often it is tried."`
	ContinueOnError bool       `json:"continue_on_error" doc:"Its failure stops nothing."`
	Always          bool       `json:"always" doc:"It runs whatever became of the steps before it."`
	ForEach         *yaml.Node `json:"for_each" doc:"A list or a mapping, or an expression for one: the step runs once for each item, as ${item} and ${key}."`
	MaxParallel     int        `json:"max_parallel" min:"1" doc:"How many instances of a for_each run at one time."`
	Cluster         Text       `json:"cluster" doc:"The cluster it touches, by its name under clusters."`
	Host            Text       `json:"host" doc:"The host it touches, by its name under hosts."`
	Env             Map[Text]  `json:"env" doc:"Environment variables; the only place for ${secret.NAME} beside fields made for it."`
	Idempotent      bool       `json:"idempotent" doc:"Doing it twice does no harm: after a crash it is simply run again."`
	InDoubt         Text       `json:"in_doubt" enum:"stop,rerun,fail" doc:"What to do where nobody can tell after a crash whether it was done; absent: stop and ask."`
	Check           *yaml.Node `json:"check" doc:"A command that tells after a crash whether it was done: exit status 0 it was, 1 it was not."`
	Parallel        Steps      `json:"parallel" doc:"A group: these steps run at one time."`
	Steps           Steps      `json:"steps" doc:"A group: these steps run one after another, as a member of a parallel group."`
	Rest            []Pair     `plan:"rest"`
}

var stepType = reflect.TypeFor[Step]()

// Group reports whether the step is a group of steps.
func (s *Step) Group() bool { return s.Parallel != nil || s.Steps != nil }

// Retry says how often a step is tried.
type Retry struct {
	Node           *yaml.Node `plan:"node"`
	Attempts       int        `json:"attempts" min:"1" doc:"How many attempts, the first among them."`
	Backoff        Duration   `json:"backoff" doc:"How long before the second; doubles up to a minute. Absent: 1s."`
	AttemptTimeout Duration   `json:"attempt_timeout" doc:"The deadline of one attempt."`
}
