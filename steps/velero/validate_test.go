package velero

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

func kinds() []steps.Kind {
	return []steps.Kind{Backup(), Latest(), Schedule(), Location(), Install()}
}

func TestDescribed(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.Type, func(t *testing.T) { stepstest.Describe(t, k) })
	}
}

// TestInvalid: an error names its field.
func TestInvalid(t *testing.T) {
	location := object{"name": "l"}
	install := object{"provider": "aws", "bucket": "b"}
	for _, tt := range []struct {
		kind        steps.Kind
		input       object
		field, says string
	}{
		{Backup(), object{"include_namespaces": []string{"a", "Shop"}}, "include_namespaces[1]", "no namespace's name"},
		{Backup(), object{"include_namespaces": []string{"a"}, "exclude_namespaces": []string{"a"}}, "include_namespaces[0]", "in exclude_namespaces too"},
		{Backup(), object{"selector": "app in"}, "selector", "no label selector"},
		{Backup(), object{"ttl": "-1h"}, "ttl", ""},
		{Backup(), object{"from_schedule": "night", "volumes": "none"}, "volumes", "schedule night says"},
		{Backup(), object{"velero_namespace": "A"}, "velero_namespace", "no namespace's name"},
		{Latest(), object{"namespace": "A"}, "namespace", "no namespace's name"},
		{Latest(), object{"selector": "a=b=c"}, "selector", ""},
		{Latest(), object{"before": "2026-03-01T00:00:00Z", "not_before": "2026-03-02T00:00:00Z"}, "before", "later than not_before"},
		{Schedule(), object{"action": "pause"}, "name", "which schedule"},
		{Schedule(), object{"action": "pause", "name": "a", "all": true}, "all", "which one already"},
		{Schedule(), object{"action": "run_now", "all": true}, "all", "for one schedule"},
		{Schedule(), object{"action": "create", "name": "a"}, "cron", "create needs it"},
		{Schedule(), object{"action": "create", "name": "a", "cron": "6 hours"}, "cron", "no cron expression"},
		{Schedule(), object{"action": "pause", "name": "a", "cron": "@daily"}, "cron", "pause does not take it"},
		{Schedule(), object{"action": "run_now", "name": "a", "ttl": "1h"}, "ttl", "run_now does not take it"},
		{Location(), object{"name": "l", "bucket": "b"}, "provider", "needs it"},
		{Location(), object{"name": "l", "config": object{"a": "b"}}, "config", "needs a bucket"},
		{Location(), object{"name": "l", "credential": object{"secret": "s"}}, "credential", "needs a bucket"},
		{Location(), object{"name": "l", "access_mode": "ReadOnly"}, "access_mode", ""},
		{Install(), object{"provider": "aws", "bucket": "b", "extra_args": []string{"--features=x", "--bucket=c"}}, "extra_args[1]", "the field bucket"},
		{Install(), object{"provider": "aws", "bucket": "b", "backup_location_config": object{"a": "b,c"}}, "backup_location_config.a", "velero_location"},
	} {
		raw, _ := json.Marshal(tt.input)
		_, err := tt.kind.Decode(raw)
		if err == nil || !strings.Contains(err.Error(), tt.field+": ") || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s %s: %v", tt.kind.Type, raw, err)
		}
	}
	for _, good := range []struct {
		kind  steps.Kind
		input object
	}{
		{Backup(), object{}}, {Backup(), object{"include_namespaces": []string{"*"}, "exclude_namespaces": []string{"kube-*"}}},
		{Latest(), object{}}, {Location(), location}, {Install(), install},
		{Schedule(), object{"action": "create", "name": "a", "cron": "CRON_TZ=Europe/Berlin 0 */6 * * *"}},
	} {
		stepstest.Decode(t, good.kind, good.input)
	}
}

// TestPartialValidation: fields that hold expressions are empty while a plan is
// checked, and nothing is said of them.
func TestPartialValidation(t *testing.T) {
	hole := func(s string) bool { return strings.HasPrefix(s, "${") }
	for _, tt := range []struct {
		kind  steps.Kind
		input string
	}{
		{Backup(), `{"include_namespaces":["${x}"],"selector":"${x}","ttl":"${x}","from_schedule":"${x}","velero_namespace":"${x}"}`},
		{Latest(), `{"namespace":"${x}","selector":"${x}","max_age":"${x}","before":"${x}"}`},
		{Schedule(), `{"action":"${x}","name":"${x}","cron":"${x}"}`},
		{Schedule(), `{"action":"create","name":"${x}","cron":"${x}"}`},
		{Location(), `{"name":"${x}","bucket":"${x}","provider":"${x}","credential":{"secret":"${x}","content":"${x}"}}`},
		{Install(), `{"provider":"${x}","bucket":"${x}","credentials":"${x}","extra_args":["${x}"],"backup_location_config":{"a":"${x}"}}`},
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

func TestInstallArgs(t *testing.T) {
	step := stepstest.Decode(t, Install(), object{
		"provider": "aws", "bucket": "b", "prefix": "p", "plugins": []string{"x", "y"}, "node_agent": true,
		"backup_location_config": object{"s3Url": "http://h", "region": "r"}, "credentials": "hunter2", "extra_args": []string{"--features=EnableCSI"},
	}).(*installStep)
	in := &steps.Run{Cluster: &steps.Cluster{Context: "prod", Kubeconfig: "/k"}}
	got := strings.Join(step.args(in, "velero", "/dir/credentials"), " ")
	want := "install --namespace velero --provider aws --bucket b --kubeconfig /k --kubecontext prod --prefix p --plugins x,y " +
		"--backup-location-config region=r,s3Url=http://h --secret-file /dir/credentials --use-volume-snapshots=false --use-node-agent --features=EnableCSI"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(step.args(&steps.Run{}, "velero", ""), " "); strings.Contains(got, "kubeco") || !strings.Contains(got, "--no-secret") {
		t.Error(got)
	}
}

// TestByHand: the commands of the least that a plan may say, and of other forms
// than the examples'.
func TestByHand(t *testing.T) {
	for _, tt := range []struct {
		kind        steps.Kind
		input, want string
	}{
		{Backup(), `{}`, "velero backup create NAME --wait\nvelero backup describe NAME --details"},
		{Backup(), `{"from_schedule":"night"}`, "velero backup create --from-schedule night --wait\nvelero backup describe NAME --details"},
		{Backup(), `{"selector":"app in (a)","volumes":"none"}`, "velero backup create NAME --selector 'app in (a)' --default-volumes-to-fs-backup=false --snapshot-volumes=false --wait\nvelero backup describe NAME --details"},
		{Latest(), `{"schedule":"night","velero_namespace":"v"}`, "velero backup get --selector velero.io/schedule-name=night\nkubectl -n v get backups.velero.io --sort-by=.status.startTimestamp"},
		{Schedule(), `{"action":"create","name":"n","cron":"0 1 * * *","include_namespaces":["a","b"],"paused":true}`, "velero schedule create n --schedule '0 1 * * *' --include-namespaces a,b --paused"},
		{Schedule(), `{"action":"run_now","name":"n"}`, "velero backup create --from-schedule n --wait"},
		{Schedule(), `{"action":"unpause","name":"n"}`, "velero schedule unpause n"},
		{Location(), `{"name":"l","access_mode":"read_only"}`, `kubectl -n velero patch backupstoragelocation l --type merge -p '{"spec":{"accessMode":"ReadOnly"}}'` + "\nvelero backup-location get l"},
		{Location(), `{"name":"l","default":true}`, "velero backup-location set l --default\nvelero backup-location get l"},
		{Install(), `{"provider":"aws","bucket":"b"}`, "kubectl create namespace velero\nvelero install --namespace velero --provider aws --bucket b --no-secret --wait\nvelero schedule pause --all"},
	} {
		got, err := tt.kind.Commands(json.RawMessage(tt.input))
		if err != nil || got != tt.want {
			t.Errorf("%s %s: %v\n%s\nwant\n%s", tt.kind.Type, tt.input, err, got, tt.want)
		}
	}
}
