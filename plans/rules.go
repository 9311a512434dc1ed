package plans

// Rules name what a finding is about. They are stable: people filter by them.
const (
	RuleYAML         = "yaml"            // the bytes are not one YAML document
	RuleTooLarge     = "too-large"       // over MaxBytes, or more edges than MaxEdges
	RuleAlias        = "alias"           // an alias that contains itself, or expands without measure
	RuleTag          = "tag"             // a YAML tag that a plan has no use for
	RuleDuplicateKey = "duplicate-key"   // a key stands twice in one mapping
	RuleUnknownKey   = "unknown-key"     // a key that means nothing here
	RuleRequired     = "required"        // a key is missing
	RuleType         = "type"            // a string where a list should be, and so on
	RuleValue        = "value"           // outside the values that are allowed
	RuleDuration     = "duration"        // not a length of time
	RuleDate         = "date"            // not a date
	RuleName         = "name"            // an id or a name that breaks the rule for names
	RuleStepType     = "step-type"       // a step with no type, or with several
	RuleField        = "field"           // a step's own fields do not hold
	RuleDuplicateID  = "duplicate-id"    // two steps, or two drills, with one id
	RuleUnknownID    = "unknown-id"      // needs or a reference that names no step
	RuleCycle        = "cycle"           // steps that wait for each other
	RulePhase        = "phase"           // a reference to a step of a later phase
	RuleExpression   = "expression"      // a ${…} that does not parse or type-check
	RuleSecret       = "secret"          // a secret where it would be seen
	RuleScript       = "script"          // an expression pasted into a shell script
	RuleReference    = "unknown-name"    // a cluster, host, procedure or objective that is not in the plan
	RuleParameter    = "parameter"       // a parameter's declaration or value does not hold
	RuleNoProcedure  = "no-procedure"    // a drill that names no procedure: it cannot run
	RulePlaceholder  = "placeholder"     // <backup-name>, or a trailing "..."
	RuleIsolation    = "isolation"       // a drill that would change what is not marked drill: true
	RuleUnproven     = "unproven-canary" // a drill that could pass without restoring anything
	RuleEmptyPlan    = "empty-plan"      // nothing to recover with
)

// Rules lists them all.
var Rules = []string{
	RuleYAML, RuleTooLarge, RuleAlias, RuleTag, RuleDuplicateKey, RuleUnknownKey, RuleRequired,
	RuleType, RuleValue, RuleDuration, RuleDate, RuleName, RuleStepType, RuleField, RuleDuplicateID,
	RuleUnknownID, RuleCycle, RulePhase, RuleExpression, RuleSecret, RuleScript, RuleReference,
	RuleParameter, RuleNoProcedure, RulePlaceholder, RuleIsolation, RuleUnproven, RuleEmptyPlan,
}
