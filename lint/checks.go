package lint

import "github.com/drplan/drplan/plans"

// unreadableID is what a finding is about whose plan was never seen.
const unreadableID = "unreadable"

// Checks are the words for what makes no rule of ours: plans.Document.Check and
// plans.Load find it. Their examples lie in checks/, and a test holds the list to
// plans.Rules.
var Checks = Group{"Validity", []*Rule{
	check(plans.RuleYAML, plans.SeverityError, "The bytes are not one YAML document.",
		"A plan is UTF-8 text with one YAML document in it. A tab as indentation, a quote that is not closed, a second document behind `---` and another encoding, such as UTF-16, are refused where they stand: a plan that was half read would be half a recovery."),
	check(plans.RuleTooLarge, plans.SeverityError, "The plan is larger than what is read.",
		"A plan of more than 8 MiB, or whose steps have more than two million needs, was generated. Split it by procedure; between large groups that follow each other put one step that waits for the first."),
	check(plans.RuleAlias, plans.SeverityError, "A YAML alias contains itself, or expands without measure.",
		"An anchor (`&name`) may be used again as `*name`, but not inside itself, and not so often that a small file becomes gigabytes of plan."),
	check(plans.RuleTag, plans.SeverityError, "A YAML tag has no meaning in a plan.",
		"Tags such as `!date` or `!!binary` promise a type to some other reader. Here every key has its type: write the value alone."),
	check(plans.RuleDuplicateKey, plans.SeverityError, "A key stands twice in one mapping.",
		"YAML readers keep one of the two, and which one differs from reader to reader: a step could lose half of what it says."),
	check(plans.RuleUnknownKey, plans.SeverityError, "A key means nothing where it stands.",
		"A mistyped key (`timout:`) would be passed over, and the step would run without what was meant. Keys that begin with `x-` are yours."),
	check(plans.RuleRequired, plans.SeverityError, "A key that must be there is missing.",
		"What is missing cannot be guessed during a disaster. The message names the key; `drplan explain TYPE` lists those of a step."),
	check(plans.RuleType, plans.SeverityError, "A value has another type than its key wants.",
		"A string stands where a list should, or a list where a string should. The message says which is wanted."),
	check(plans.RuleValue, plans.SeverityError, "A value is outside of those that are allowed.",
		"The message or its hint lists what is allowed."),
	check(plans.RuleDuration, plans.SeverityError, "A value is not a length of time.",
		"Write `90s`, `5m`, `1 hour` or, where something is repeated, `every 6 hours` or `daily`."),
	check(plans.RuleDate, plans.SeverityError, "A value is not a date.",
		"Write `2026-01-31`: other orders of day and month are read differently by different people."),
	check(plans.RuleName, plans.SeverityError, "An id or a name breaks the rule for names.",
		"Ids stand in expressions and in file names: lower-case letters, digits and underscores, and no digit first."),
	check(plans.RuleStepType, plans.SeverityError, "A step has no type, or several.",
		"A step does one thing, named by one key such as `command:`. A group is `parallel:` or `steps:`, not both. `drplan explain` lists the types."),
	check(plans.RuleField, plans.SeverityError, "A step's own fields do not hold.",
		"Each type of step has rules about its fields beyond their types, such as two of which one must be given. `drplan explain TYPE` shows a step that holds."),
	check(plans.RuleDuplicateID, plans.SeverityError, "Two steps, or two drills, have one id.",
		"`needs:`, `${steps.ID…}`, the journal and `drplan resume` find a step by its id."),
	check(plans.RuleUnknownID, plans.SeverityError, "A step is named that is not there.",
		"`needs:` must name steps of the same procedure, by id, or the order that was meant is not kept."),
	check(plans.RuleCycle, plans.SeverityError, "Steps wait for each other.",
		"None of them could ever begin. The message lists the circle; an expression that reads a step's output waits for that step, too."),
	check(plans.RulePhase, plans.SeverityError, "A step refers to one of a later phase.",
		"A drill runs setup, disaster, procedure, checks and cleanup in this order: what runs later has no output yet."),
	check(plans.RuleExpression, plans.SeverityError, "A `${…}` does not parse, or its types do not fit.",
		"Expressions are checked before a run, so that no recovery stops in the middle over a mistyped name. A `$` of your own is written `$$`."),
	check(plans.RuleSecret, plans.SeverityError, "A secret stands where it would be seen.",
		"Arguments of programs are seen by every process of a machine and kept in the journal. Secrets go into `env:` and into fields that are made for them."),
	check(plans.RuleScript, plans.SeverityError, "An expression is pasted into a shell script.",
		"A value with a quote or a `;` in it would be run as commands. Give it as `env:`, or write the command as a list."),
	check(plans.RuleReference, plans.SeverityError, "A cluster, host, procedure or objective is named that the plan does not have.",
		"The step would reach nothing, or the drill practise nothing. The hint has the nearest name."),
	check(plans.RuleParameter, plans.SeverityError, "A parameter's declaration or value does not hold.",
		"A default must fit its type and its `enum:`; one that is required has none. Info, where a drill leaves a parameter to whoever starts it."),
	check(plans.RuleNoProcedure, plans.SeverityInfo, "A drill names no procedure: it cannot run.",
		"A drill in the short form practises the procedure of its own name. Where there is none, it is a wish, not a test: add `procedure:`."),
	check(plans.RulePlaceholder, plans.SeverityWarning, "A placeholder was never filled in.",
		"`<backup-name>`, or a trailing `...`, stands for what somebody was to write. `drplan run` refuses such a step; in a disaster nobody remembers what it was."),
	check(plans.RuleIsolation, plans.SeverityWarning, "A drill would change what is not marked `drill: true`.",
		"A drill destroys on purpose. It may do so only to clusters and hosts that the plan marks, and whose identity it pins with `uid:`. `drplan run` refuses the drill; the recovery is not affected."),
	check(plans.RuleUnproven, plans.SeverityError, "A drill could pass without restoring anything.",
		"A canary that is still there was not recovered. A step of `disaster:` must prove it gone before the procedure brings it back."),
	check(plans.RuleEmptyPlan, plans.SeverityError, "The plan has nothing to recover with.",
		"Without a procedure there is nothing to run or to practise. `drplan init` writes a plan to start from."),
	check(unreadableID, plans.SeverityError, "A file could not be read.",
		"It is not there, it may not be read, or it is in an encoding that no plan is in. It is an error in every form of the findings, for a plan that nobody looked at must not pass unseen."),
}}

func check(id, severity, summary, why string) *Rule {
	return &Rule{ID: id, Severity: severity, Summary: summary, Why: why}
}

// Describe returns the words for every id that a finding may have: of a rule, or of
// a check that is none of ours.
func Describe(id string) (*Rule, bool) {
	if r, ok := Find(id); ok {
		return r, true
	}
	for _, r := range Checks.Rules {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}

// DescribedIDs lists all that Describe has words for.
func DescribedIDs() []string {
	out := IDs()
	for _, r := range Checks.Rules {
		out = append(out, r.ID)
	}
	return out
}
