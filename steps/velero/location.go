package velero

import (
	"errors"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Access modes as a plan has them.
const (
	readWrite = "read_write"
	readOnly  = "read_only"
)

// Location is the kind velero_location.
func Location() steps.Kind {
	return steps.Kind{
		Type:    "velero_location",
		Summary: "Create or change a storage location of Velero, and wait until it is Available",
		Doc: `
With ` + "`bucket`" + ` the BackupStorageLocation is applied on the server's side; without it, it must be there, and only what is given is
changed: access_mode, default. Making one the default takes that from the others.

The step ends when Velero has looked into the location after the change and found it Available. Until then it says what Velero
says; a location that stays Unavailable fails at the deadline with that message.

The credentials are a key of a Secret beside the server. With ` + "`credential.content`" + `, which takes a ` + "`${secret.NAME}`" + `, the Secret is
written first.`,
		Example: `step: Restore from the other region
velero_location:
  name: secondary
  provider: aws
  bucket: backups-west
  config: {region: us-west-2}
  credential: {secret: cloud-credentials, key: cloud}
  access_mode: read_only
  default: true
`,
		ByHand: `{{if .bucket}}velero backup-location create {{quote .name}} --provider {{quote .provider}} --bucket {{quote .bucket}}{{with .prefix}} --prefix {{quote .}}{{end -}}
{{range $k, $v := .config}} --config {{$k}}={{quote $v}}{{end}}{{with .credential}} --credential {{.secret}}={{.key}}{{end -}}
{{if eq .access_mode "read_only"}} --access-mode ReadOnly{{end}}{{if .default}} --default{{end}}
{{else -}}
{{if .default}}velero backup-location set {{quote .name}} --default
{{end -}}
{{with .access_mode}}kubectl -n {{with $.velero_namespace}}{{.}}{{else}}velero{{end}} patch backupstoragelocation {{quote $.name}} --type merge -p '{"spec":{"accessMode":"{{if eq . "read_only"}}ReadOnly{{else}}ReadWrite{{end}}"}}'
{{end}}{{end}}velero backup-location get {{quote .name}}`,
		New:     func() steps.Step { return &locationStep{} },
		Timeout: 10 * time.Minute,
		Traits:  steps.Traits{Mutates: true, Cluster: true, WorldTells: true, Brings: steps.Velero},
		Outputs: []steps.Output{
			{Name: "location", Type: steps.String, Doc: "Its name."},
			{Name: "phase", Type: steps.String, Doc: "Available; with wait: false as it is."},
			{Name: "access_mode", Type: steps.String, Doc: "read_write or read_only."},
			{Name: "default", Type: steps.Bool, Doc: "Whether it is the default location."},
			{Name: "provider", Type: steps.String, Doc: "Its provider, such as aws."},
			{Name: "bucket", Type: steps.String, Doc: "Its bucket."},
			{Name: "prefix", Type: steps.String, Doc: "Its prefix in the bucket."},
			{Name: "changed", Type: steps.Bool, Doc: "Whether the step made it or changed anything in it."},
		},
	}
}

type locationStep struct {
	Name       string            `json:"name" plan:"required" doc:"The BackupStorageLocation."`
	Provider   string            `json:"provider" doc:"The provider whose plugin Velero has, such as aws."`
	Bucket     string            `json:"bucket" doc:"The bucket. Without it, the location must be there."`
	Prefix     string            `json:"prefix" doc:"The folder in the bucket."`
	Config     map[string]string `json:"config" doc:"The provider's settings, such as region, s3Url, publicUrl."`
	CACert     string            `json:"ca_cert" doc:"Certificates in PEM that the bucket's server is trusted by."`
	Credential *credential       `json:"credential" doc:"The Secret with the credentials; without it, those of the server."`
	AccessMode string            `json:"access_mode" enum:"read_write,read_only" doc:"Whether Velero may write there. Before Velero 1.18.1 a cluster's first restore of volumes' files needs read_write."`
	Default    bool              `json:"default" doc:"Make it the default location."`
	SyncPeriod steps.Duration    `json:"sync_period" doc:"How often Velero looks for backups there that the cluster does not know."`
	Wait       bool              `json:"wait" default:"true" doc:"Wait until it is Available."`
	server.Where
}

type credential struct {
	Secret  string       `json:"secret" plan:"required" doc:"The Secret, in the namespace of Velero."`
	Key     string       `json:"key" default:"cloud" doc:"The key in it that holds the file of the provider."`
	Content steps.Secret `json:"content" doc:"What to write there first: a credentials file as the provider has it."`
}

// Validate checks what the types cannot.
func (s *locationStep) Validate(partial bool) error {
	errs := []error{s.Where.Validate()}
	if s.Bucket != "" && s.Provider == "" && !partial {
		errs = append(errs, steps.Errorf("provider", "a location with a bucket needs it"))
	}
	if s.Bucket == "" && !partial {
		for _, f := range s.ofNew() {
			errs = append(errs, steps.Errorf(f, "it is for a new location, which needs a bucket"))
		}
		if s.Credential != nil {
			errs = append(errs, steps.Errorf("credential", "it is for a new location, which needs a bucket"))
		}
	}
	if s.SyncPeriod < 0 {
		errs = append(errs, steps.Errorf("sync_period", "it must be above 0"))
	}
	return errors.Join(errs...)
}

// ofNew are the fields given that only a location that is applied has.
func (s *locationStep) ofNew() []string {
	var fields []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"provider", s.Provider != ""}, {"prefix", s.Prefix != ""}, {"config", len(s.Config) > 0},
		{"ca_cert", s.CACert != ""}, {"sync_period", s.SyncPeriod != 0},
	} {
		if f.set {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// accessModes are Velero's words; "" is for one that is not given.
func (s *locationStep) accessMode() string {
	return map[string]string{readWrite: "ReadWrite", readOnly: "ReadOnly"}[s.AccessMode]
}
