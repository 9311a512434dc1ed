package expr

import (
	"encoding/json"
	"time"
)

// scope and vars are what most tests read: a drill as plans have it.
func scope() Scope {
	return Scope{
		Params: map[string]Type{
			"namespace": String, "replicas": Int, "ratio": Number, "fast": Bool, "since": Time,
			"regions": List, "labels": Map, "extra": Any, "from-backup": String,
		},
		Steps: map[string]Outputs{
			"find": {Types: map[string]Type{
				"backup": String, "revision": Int, "age": Number, "good": Bool, "started_at": Time, "members": List, "meta": Map,
			}},
			"skipped": {Types: map[string]Type{"out": String}},
			"partial": {Types: map[string]Type{"out": String, "other": String}},
			"restore": {Types: map[string]Type{"name": String, "items": Int}, ForEach: true},
			"unknown": {},
		},
	}
}

func itemScope() Scope {
	s := scope()
	s.Item = true
	return s
}

func vars() Vars {
	return Vars{
		Params: map[string]any{
			"namespace": "shop", "replicas": 3, "ratio": 2, "fast": true, "since": "2026-01-02T03:04:05Z",
			"regions": []string{"eu", "us"}, "labels": map[string]any{"b": 2.0, "a": json.Number("1")}, "extra": nil, "from-backup": "b0",
		},
		Steps: map[string]json.RawMessage{
			"find": json.RawMessage(`{"backup":"b-7","revision":9007199254740993,"age":12,"good":true,
				"started_at":"2026-01-02T03:00:05.5Z","members":["m1","m2"],"meta":{"size":1,"half":0.5}}`),
			"partial": json.RawMessage(`{"other":"x"}`),
			"restore": json.RawMessage(`{"eu":{"name":"r-eu","items":4},"us":{"name":"r-us","items":5},"af":{}}`),
			"unknown": json.RawMessage(`{"n":1,"s":"t"}`),
		},
		Run: map[string]any{
			"id": "20260102-x", "mode": "drill", "scenario": "s", "procedure": "p", "dir": "/runs/x",
			"started_at": time.Date(2026, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600)),
		},
		Item: json.RawMessage(`{"name":"m1","port":2379}`),
		Key:  "eu",
	}
}
