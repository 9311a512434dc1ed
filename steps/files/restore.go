package files

import (
	"errors"
	"regexp"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/files/internal/seal"
)

// Restore is the kind files_restore.
func Restore() steps.Kind {
	return steps.Kind{
		Type:    "files_restore",
		Summary: "Restore files and folders from a backup of files_backup, to where they were or below another folder.",
		Doc: `Checks the file's SHA-256 against its sidecar (s3_download writes one) or ` + "`sha256`" + `, decrypts it and reads it to its end,
and looks at every place that it would write to. Until all of that holds nothing is touched: a wrong key, a damaged byte, a
name that leads elsewhere, a device, a file behind a link, a file in the way.

Then every file is written beside its place, with owner (by name where this machine knows the name, else by number), group,
mode, time of change, extended attributes, and all are renamed into place together. **Nothing is overwritten.** A file that is
there already and is the same stays; another fails the step, or is moved aside with ` + "`existing: move_aside`" + `, to
` + "`.NAME.before-RUN`" + `, whose dot hides it from the kubelet. Folders that exist keep what else is in them.

Without ` + "`into`" + ` the files go where they were; a drill may do that only on a host that the plan marks ` + "`drill: true`" + `. Below another folder, a link to a
restored file leads to the restored one, and a link out of the folder is refused.

A restored manifest of a static pod starts at once: restore etcd's data first, and the manifests by a step of their own (` + "`only`" + `).
What was restored counts for the RPO with the time of its backup, so back it up as often as the data.`,
		Example: `step: Bring back the certificates and the encryption keys
files_restore:
  from: /var/tmp/node-1.tar.gz.age
  identity: ${secret.RECOVERY_KEY}
  exclude: [/etc/kubernetes/manifests]
  existing: move_aside
`,
		ByHand: `age -d{{with .identity_file}} -i {{quote .}}{{else}}{{with .identity}} -i identity.txt{{end}}{{end}} {{quote .from}} | tar -tvz   # look at it first
age -d{{with .identity_file}} -i {{quote .}}{{else}}{{with .identity}} -i identity.txt{{end}}{{end}} {{quote .from}} | tar -xzp --xattrs --xattrs-include='*' --keep-old-files -C {{with .into}}{{quote .}}{{else}}/{{end}}`,
		New:     func() steps.Step { return &restoreStep{} },
		Timeout: 15 * time.Minute,
		Traits:  steps.Traits{Mutates: true, Restores: true, Brings: steps.Anything &^ steps.Bucket},
		Outputs: []steps.Output{
			{Name: "into", Type: steps.String, Doc: "The folder that stood for /."},
			{Name: "files", Type: steps.Int, Doc: "Files and links that are in place now."},
			{Name: "unchanged", Type: steps.Int, Doc: "Those of them that were there already, the same."},
			{Name: "moved_aside", Type: steps.List, Doc: "Where what was in the way is now."},
			{Name: "sha256", Type: steps.String, Doc: "SHA-256 of the backup, in hexadecimal."},
			{Name: "notes", Type: steps.List, Doc: "What stops nothing and should be known."},
			{Name: steps.OutDataSource, Type: steps.String, Doc: "files, or what data_source says."},
			{Name: steps.OutRecoveryPoint, Type: steps.String, Doc: "When the backup was begun; empty where no sidecar says."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "The run that made the backup; empty when it was none."},
		},
	}
}

type restoreStep struct {
	From         string       `json:"from" plan:"required" doc:"The file, as files_backup made it or s3_download brought it."`
	SHA256       string       `json:"sha256" doc:"What its SHA-256 must be, in hex. Default: what the sidecar beside it says."`
	RequireHash  bool         `json:"require_hash" default:"true" doc:"Refuse a file whose SHA-256 neither this step nor a sidecar knows."`
	IdentityFile string       `json:"identity_file" doc:"The file with the private key, as age-keygen writes it."`
	Identity     steps.Secret `json:"identity" doc:"The private key, AGE-SECRET-KEY-1…: a reference such as ${secret.RECOVERY_KEY}."`
	Passphrase   steps.Secret `json:"passphrase" doc:"The passphrase, where the backup was made with one."`
	Into         string       `json:"into" doc:"The folder that stands for /. Default: the original places."`
	Only         []string     `json:"only" doc:"Patterns of what to restore, as of exclude. Default: all."`
	Exclude      []string     `json:"exclude" doc:"Patterns of what to leave out: *.log for names; for original paths, with a slash, and all below them."`
	Existing     string       `json:"existing" default:"refuse" enum:"refuse,move_aside" doc:"What to do where another file is."`
	KeepOwner    bool         `json:"keep_owner" default:"true" doc:"Give files to their owner and group, which only root can; false: they belong to whoever runs drplan."`
	OutsideLinks string       `json:"outside_links" default:"refuse" enum:"refuse,keep" doc:"With into: links that lead out of it."`
	MaxSize      steps.Size   `json:"max_size" default:"256MiB" doc:"The most that all files may have together."`
	DataSource   string       `json:"data_source" default:"files" doc:"What reports call this data: the word of the canary that lives in it."`
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate checks the config.
func (s *restoreStep) Validate(partial bool) error {
	var errs []error
	if s.SHA256 != "" && !sha256Hex.MatchString(s.SHA256) {
		errs = append(errs, steps.Errorf("sha256", "it is not 64 lower-case hex digits"))
	}
	for name, patterns := range map[string][]string{"only": s.Only, "exclude": s.Exclude} {
		if i, err := archive.Patterns(patterns).Check(); err != nil && !partial {
			errs = append(errs, steps.Errorf(name, "item %d: %w", i+1, err))
		}
	}
	if s.MaxSize <= 0 && !partial {
		errs = append(errs, steps.Errorf("max_size", "it must be above 0"))
	}
	if s.Passphrase != "" && (s.Identity != "" || s.IdentityFile != "") {
		errs = append(errs, steps.Errorf("passphrase", "a backup is encrypted for keys or by a passphrase, not both: choose one"))
	}
	if s.OutsideLinks == "keep" && s.Into == "" && !partial {
		errs = append(errs, steps.Errorf("outside_links", "it goes with into"))
	}
	return errors.Join(errs...)
}

func (s *restoreStep) by() seal.By {
	return seal.By{Key: string(s.Identity), File: s.IdentityFile, Passphrase: string(s.Passphrase)}
}
