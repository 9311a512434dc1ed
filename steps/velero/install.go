package velero

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Install is the kind velero_install.
func Install() steps.Kind {
	return steps.Kind{
		Type:    "velero_install",
		Summary: "Install Velero with its own command, so that old backups can be restored, and wait until it runs",
		Doc: `
Runs ` + "`velero install`" + ` with the fields as flags, against the step's cluster, and waits until the server is ready and answers, the
agent on every node, with node_agent, is ready, and the storage location is Available. What is there already stays as it is, but must
answer too: a restored etcd remembers servers as ready that have not run since. The step says which pod is not ready, and why.

Before the server first runs, the Secret velero-repo-credentials is written: backups of volumes' files are encrypted with the
password in it, and a Velero that finds none makes its own up and cannot read them. Velero's own default, where nobody has set
another, is static-passw0rd.

Schedules that a restored etcd has brought back are paused before the server runs: it would make backups of a cluster that is
being recovered, and delete old ones. velero_schedule lets them go on.`,
		Example: `step: Install Velero
velero_install:
  provider: aws
  bucket: my-velero-backups
  plugins: [velero/velero-plugin-for-aws:v1.14.3]
  backup_location_config: {region: us-east-1}
  credentials: ${secret.VELERO_CREDENTIALS}
  repo_password: ${secret.VELERO_REPO_PASSWORD}
  node_agent: true
`,
		ByHand: `{{$ns := "velero"}}{{with .velero_namespace}}{{$ns = .}}{{end}}kubectl create namespace {{$ns}}
{{if .repo_password}}kubectl -n {{$ns}} create secret generic velero-repo-credentials --from-file=repository-password=FILE
{{end -}}
velero install --namespace {{$ns}} --provider {{quote .provider}} --bucket {{quote .bucket}}{{with .prefix}} --prefix {{quote .}}{{end -}}
{{with .plugins}} --plugins {{join . ","}}{{end}}{{if .credentials}} --secret-file FILE{{else}} --no-secret{{end -}}
{{if .backup_location_config}} --backup-location-config {{range $k, $v := .backup_location_config}}{{$k}}={{$v}},{{end}}{{end -}}
{{if .node_agent}} --use-node-agent{{end}}{{with .extra_args}} {{join . " "}}{{end}} --wait
velero schedule pause --all`,
		New:     func() steps.Step { return &installStep{} },
		Timeout: 20 * time.Minute,
		Traits:  steps.Traits{Mutates: true, Cluster: true, WorldTells: true, Brings: steps.Velero},
		Outputs: []steps.Output{
			{Name: "version", Type: steps.String, Doc: "The version that the running server says it is, such as v1.18.3."},
			{Name: "image", Type: steps.String, Doc: "The server's image."},
			{Name: "location", Type: steps.String, Doc: "The default BackupStorageLocation; empty when none was made."},
			{Name: "paused_schedules", Type: steps.List, Doc: "Schedules that the step has paused."},
			{Name: "installed", Type: steps.Bool, Doc: "False when the server was there already."},
		},
	}
}

type installStep struct {
	Provider               string            `json:"provider" plan:"required" doc:"The object storage's provider, such as aws."`
	Bucket                 string            `json:"bucket" plan:"required" doc:"The bucket that holds the backups."`
	Prefix                 string            `json:"prefix" doc:"The folder in the bucket."`
	Plugins                []string          `json:"plugins" doc:"Images of the plugins."`
	Image                  string            `json:"image" doc:"The server's image; without it, that of the command's own version."`
	BackupLocationConfig   map[string]string `json:"backup_location_config" doc:"The provider's settings of the storage location, such as region, s3Url."`
	SnapshotLocationConfig map[string]string `json:"snapshot_location_config" doc:"The provider's settings of the place for volumes' snapshots. Without it, none is made."`
	Credentials            steps.Secret      `json:"credentials" doc:"The credentials file as the provider has it; without it, the pods' own identity counts."`
	RepoPassword           steps.Secret      `json:"repo_password" doc:"The password of the repositories with volumes' files, from the lost cluster's Secret velero-repo-credentials."`
	NodeAgent              bool              `json:"node_agent" doc:"Install the agent that backs up and restores volumes' files."`
	VolumesToFSBackup      bool              `json:"default_volumes_to_fs_backup" doc:"Back up volumes by their files unless a backup says otherwise."`
	PauseSchedules         bool              `json:"pause_schedules" default:"true" doc:"Leave all schedules paused."`
	ExtraArgs              []string          `json:"extra_args" doc:"More arguments of velero install."`
	Command                string            `json:"command" default:"velero" doc:"Velero's command: a path, or a name on the PATH."`
	server.Where
}

// Validate checks what the types cannot.
func (s *installStep) Validate(bool) error {
	errs := []error{s.Where.Validate()}
	for i, arg := range s.ExtraArgs {
		if flag := ownFlag(arg); flag != "" {
			errs = append(errs, steps.Errorf(fmt.Sprintf("extra_args[%d]", i), "%s is what the field %s is for", arg, flag))
		}
	}
	for _, m := range []struct {
		field  string
		config map[string]string
	}{{"backup_location_config", s.BackupLocationConfig}, {"snapshot_location_config", s.SnapshotLocationConfig}} {
		for k, v := range m.config {
			if strings.ContainsAny(k+v, ",=\n") {
				errs = append(errs, steps.Errorf(m.field+"."+k, "the command takes no comma or = in it: make the location with velero_location"))
			}
		}
	}
	return errors.Join(errs...)
}

// ownFlag is the field that a flag of the command belongs to, "" for others.
func ownFlag(arg string) string {
	name, _, _ := strings.Cut(arg, "=")
	return map[string]string{
		"--namespace": "velero_namespace", "-n": "velero_namespace", "--provider": "provider", "--bucket": "bucket", "--prefix": "prefix",
		"--plugins": "plugins", "--image": "image", "--secret-file": "credentials", "--no-secret": "credentials",
		"--backup-location-config": "backup_location_config", "--snapshot-location-config": "snapshot_location_config",
		"--use-node-agent": "node_agent", "--default-volumes-to-fs-backup": "default_volumes_to_fs_backup",
		"--kubeconfig": "cluster", "--kubecontext": "cluster", "--dry-run": "command", "--wait": "timeout",
	}[name]
}

// args are those of the command; secretFile is "" without credentials.
func (s *installStep) args(in *steps.Run, namespace, secretFile string) []string {
	args := []string{"install", "--namespace", namespace, "--provider", s.Provider, "--bucket", s.Bucket}
	if c := in.Cluster; c != nil {
		args = flag(args, "--kubeconfig", c.Kubeconfig)
		args = flag(args, "--kubecontext", c.Context)
	}
	args = flag(args, "--prefix", s.Prefix)
	args = flag(args, "--image", s.Image)
	args = flag(args, "--plugins", strings.Join(s.Plugins, ","))
	args = flag(args, "--backup-location-config", pairs(s.BackupLocationConfig))
	args = flag(args, "--snapshot-location-config", pairs(s.SnapshotLocationConfig))
	if secretFile != "" {
		args = append(args, "--secret-file", secretFile)
	} else {
		args = append(args, "--no-secret")
	}
	if len(s.SnapshotLocationConfig) == 0 {
		args = append(args, "--use-volume-snapshots=false")
	}
	if s.NodeAgent {
		args = append(args, "--use-node-agent")
	}
	if s.VolumesToFSBackup {
		args = append(args, "--default-volumes-to-fs-backup")
	}
	return append(args, s.ExtraArgs...)
}

func flag(args []string, name, value string) []string {
	if value == "" {
		return args
	}
	return append(args, name, value)
}

func pairs(m map[string]string) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, k+"="+m[k])
	}
	return strings.Join(all, ",")
}
