package s3

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
)

// invalid decodes a step whose validation must fail and say why.
func invalid(t *testing.T, kind steps.Kind, input map[string]any, want string) {
	t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	step, err := kind.Decode(raw)
	if err == nil {
		err = step.(steps.Validator).Validate(false)
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want %q in it", raw, err, want)
	}
}

// TestPartialValidation: fields that hold expressions are empty while a plan
// is checked, and nothing is said of them.
func TestPartialValidation(t *testing.T) {
	hole := func(s string) bool { return strings.HasPrefix(s, "${") }
	for _, tt := range []struct {
		kind  steps.Kind
		input string
	}{
		{Upload(), `{"from":"${x}","to":"${x}","part_size":"${x}","concurrency":"${x}","access_key":"${x}"}`},
		{Download(), `{"from":"${x}","to":"${x}","part_size":"${x}","concurrency":"${x}","stall_timeout":"${x}","sha256":"${x}"}`},
		{Latest(), `{"prefix":"${x}","pattern":"${x}","max_age":"${x}","before":"${x}"}`},
		{Prune(), `{"prefix":"${x}","pattern":"${x}","older_than":"${x}","keep_min":"${x}"}`},
	} {
		step, err := tt.kind.DecodePartial(json.RawMessage(tt.input), hole)
		if err != nil {
			t.Errorf("%s: %v", tt.kind.Type, err)
			continue
		}
		if err := step.(steps.Validator).Validate(true); err != nil {
			t.Errorf("%s: %v", tt.kind.Type, err)
		}
	}
}
