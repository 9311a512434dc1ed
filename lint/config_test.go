package lint

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
)

// What a configuration may hold, and where what is wrong with it stands. Its schema,
// which editors read, agrees; what only the reader knows is marked.
func TestLoadConfig(t *testing.T) {
	s, err := schema.Compile(ConfigSchema())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config, want string
		more         bool // a schema cannot tell
	}{
		{config: ""},
		{config: "# nothing yet\n---\n\n"},
		{config: "lint:\n"},
		{config: "lint:\n  rules:\n"},
		{config: "lint: {rules: {backup-frequency: off, unknown-key: warning, unused-ignore: error}}\n"},
		{config: "lint: {rules: {test-overdue: {grace: 2 weeks}, single-region: {severity: error}}}\n"},
		{config: "lint: {rules: {backup-frequency: warn}}\n", want: "1:34: a severity is error, warning, info or off"},
		{config: "lint: {rules: {backup-frequency: {severity: [off]}}}\n", want: "1:45: a severity is error"},
		{config: "lint: {rules: {unknown-key: {severity: off}}}\n", want: "1:29: a severity is error"},
		{config: "lint: {rules: {backup-frequenzy: off}}\n", want: `1:16: there is no rule "backup-frequenzy"`},
		{config: "lint: {rules: {test-overdue: {grade: 1 week}}}\n", want: `1:31: the rule test-overdue has no option "grade"`},
		{config: "lint: {rules: {test-overdue: {grace: 3 parsecs}}}\n", want: "1:38: grace is a length of time", more: true},
		{config: "lint: {rules: {test-overdue: {grace: [1 week]}}}\n", want: "1:38: grace is a length of time"},
		{config: "lint: {rules: [backup-frequency]}\n", want: "1:15: this is a mapping"},
		{config: "rules: {}\n", want: `1:1: the key "rules" means nothing here`},
		{config: "- lint\n", want: "1:1: this is a mapping"},
	} {
		_, err := LoadConfig("c.yaml", []byte(c.config))
		if got := first(err); !strings.HasPrefix(got, c.want) || (c.want == "") != (err == nil) {
			t.Errorf("%q: %q, want %q", c.config, got, c.want)
		}
		if !c.more && valid(t, s.Validate, c.config) != (c.want == "") {
			t.Errorf("%q: the schema does not agree with %q", c.config, c.want)
		}
	}
}

func first(err error) string {
	if findings, ok := err.(plans.Findings); ok {
		return strings.TrimPrefix(findings[0].String(), "c.yaml:")
	}
	return ""
}

// valid is what an editor says.
func valid(t *testing.T, validate func(any) error, config string) bool {
	t.Helper()
	var v, plain any
	if err := yaml.Load([]byte(config), &v); err != nil && strings.Contains(config, "lint") {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return validate(plain) == nil
}
