package steps

import (
	"context"
	"encoding/json"
	"testing"
)

type needy struct {
	Plain string `json:"plain" doc:"Needs none."`
	Pods  string `json:"pods" plan:"cluster" doc:"Needs one."`
}

func (*needy) Run(context.Context, *Run) (Outputs, error) { return nil, nil }

func TestNeedsCluster(t *testing.T) {
	byField := Kind{Type: "needy", New: func() Step { return new(needy) }}
	always := byField
	always.Cluster = true
	for _, tt := range []struct {
		kind  Kind
		input string
		want  bool
	}{
		{byField, `{}`, false},
		{byField, `{"plain":"x"}`, false},
		{byField, `{"pods":"${params.x}"}`, true},
		{byField, ``, false},
		{always, `{}`, true},
		{always, ``, true},
	} {
		if got := tt.kind.NeedsCluster(json.RawMessage(tt.input)); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.input, got, tt.want)
		}
	}
}
