package wait

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func TestConform(t *testing.T) {
	for _, k := range []steps.Kind{Timer(), Duration(), Approval()} {
		t.Run(k.Type, func(t *testing.T) { stepstest.Conform(t, k, stepstest.Case{}) })
	}
}

func TestShorthand(t *testing.T) {
	tests := []struct {
		kind   steps.Kind
		value  string
		want   time.Duration
		prompt string
		err    string
	}{
		{kind: Timer(), value: `"90s"`, want: 90 * time.Second},
		{kind: Timer(), value: `"0s"`},
		{kind: Timer(), value: `{"duration":"1 hour"}`, want: time.Hour},
		{kind: Timer(), value: `30`, err: "30 minutes"},
		{kind: Timer(), value: `["30s"]`, err: "duration"},
		{kind: Duration(), value: `"30 minutes"`, want: 30 * time.Minute},
		{kind: Duration(), value: `{"duration":"PT1H","prompt":"Rack it"}`, want: time.Hour, prompt: "Rack it"},
		{kind: Approval(), value: `"Go on?"`, prompt: "Go on?"},
		{kind: Approval(), value: `""`, err: "must not be empty"},
	}
	for _, tt := range tests {
		t.Run(tt.kind.Type+tt.value, func(t *testing.T) {
			got, prompt, err := wait(tt.kind, tt.value)
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("want an error with %q, got %v", tt.err, err)
				}
			case err != nil || got != tt.want || prompt != tt.prompt:
				t.Errorf("got %s, %q, %v", got, prompt, err)
			}
		})
	}
}

func wait(k steps.Kind, value string) (time.Duration, string, error) {
	input, err := k.Normalize(json.RawMessage(value))
	if err != nil {
		return 0, "", err
	}
	step, err := k.Decode(input)
	if err != nil {
		return 0, "", err
	}
	d, prompt := step.(steps.Waiter).Wait()
	return d, prompt, nil
}
