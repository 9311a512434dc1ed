package files

import (
	"errors"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/files/internal/archive"
	"github.com/drplan/drplan/steps/files/internal/seal"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// backupKind is also what the metadata of its backups says made them.
const backupKind = "files_backup"

// dataSource is the word for such data in reports: that of a canary in a folder.
const dataSource = "files"

// Backup is the kind files_backup. upload is the kind s3_upload, by which a
// backup goes to S3.
func Backup(upload steps.Kind) steps.Kind {
	return steps.Kind{
		Type:    backupKind,
		Summary: "Back up files and folders, encrypted with age: certificates, keys, configuration.",
		Doc: `An etcd is of no use without the keys that its secrets are encrypted with, nor a cluster without its certificate
authority. This step keeps them: files, and folders with all that is in them, as a tar.gz encrypted with [age](https://age-encryption.org),
with owner, group, mode, time of change, symbolic links and extended attributes (SELinux's label among them).

Give ` + "`recipients`" + `, the public keys of those who may restore. Their private keys belong where the disaster does not reach, and
not on this machine, which needs none. ` + "`encrypt: none`" + ` wants a reason. Nothing is written to a disk unencrypted.

` + "`kubeadm: /etc/kubernetes`" + ` adds what a control plane node of kubeadm's cannot be made again without: its PKI, the ` + "`*.conf`" + ` and
` + "`*.yaml`" + ` beside it, the manifests of the static pods, every file that a flag in these manifests names (the EncryptionConfiguration,
the audit policy, certificates elsewhere, as the host has them), and of the kubelet its configuration, flags and certificates. A
node without a key for service accounts or without the encryption keys that its API server names fails the step.

The files are small, and their sum is limited by ` + "`max_size`" + `. One that changes while it is read fails the attempt. With
` + "`to: s3://bucket/key`" + ` the encrypted file is made in the run's folder and sent as s3_upload sends it.`,
		Example: `step: Back up what etcd is of no use without
files_backup:
  kubeadm: /etc/kubernetes
  paths: [/etc/kubernetes/kubeadm-config.yaml]
  to: s3://backups/control-plane/node-1.tar.gz.age
  recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
`,
		ByHand: `tar -cz --xattrs -f -{{range .exclude}} --exclude={{quote .}}{{end}}{{range .paths}} {{quote .}}{{end}}{{with .kubeadm}} {{quote .}}{{end}}{{if .recipients}} | age{{range .recipients}} -r {{quote .}}{{end}}{{else if .recipients_file}} | age -R {{quote .recipients_file}}{{else if .passphrase}} | age -p{{end}} > backup.tar.gz.age
{{if eq (printf "%.5s" .to) "s3://"}}aws s3 cp backup.tar.gz.age {{quote .to}}{{else}}mv backup.tar.gz.age {{quote .to}}{{end}}`,
		New:     func() steps.Step { return &backupStep{upload: upload} },
		Timeout: 15 * time.Minute,
		Traits:  steps.Traits{Mutates: true},
		Outputs: []steps.Output{
			{Name: "path", Type: steps.String, Doc: "The file, as an absolute path, or s3://bucket/key."},
			{Name: "sha256", Type: steps.String, Doc: "SHA-256 of the encrypted file, in hexadecimal."},
			{Name: "size", Type: steps.Int, Doc: "Bytes of the encrypted file."},
			{Name: "files", Type: steps.Int, Doc: "Files and links in it."},
			{Name: "bytes", Type: steps.Int, Doc: "Bytes of these files."},
			{Name: "encrypted", Type: steps.Bool, Doc: "Whether it is."},
			{Name: "started_at", Type: steps.Time, Doc: "When the first file was looked at."},
			{Name: steps.OutRecoveryPoint, Type: steps.Time, Doc: "The same: what was written before is in the backup."},
			{Name: steps.OutBackupRun, Type: steps.String, Doc: "This run."},
			{Name: steps.OutDataSource, Type: steps.String, Doc: "files."},
			{Name: "notes", Type: steps.List, Doc: "What stops nothing and should be known, such as links that lead out of the backup."},
		},
	}
}

type backupStep struct {
	Paths          []string       `json:"paths" doc:"Files and folders, or patterns such as /etc/etcd/*.crt; each must find something."`
	Kubeadm        string         `json:"kubeadm" doc:"The folder of a control plane node that kubeadm made, such as /etc/kubernetes: adds what such a node needs."`
	KubeletDir     string         `json:"kubelet_dir" default:"/var/lib/kubelet" doc:"With kubeadm: the kubelet's folder."`
	Exclude        []string       `json:"exclude" doc:"Patterns of what to leave out: *.log for names; for paths, with a slash, and all below them."`
	To             string         `json:"to" plan:"required" doc:"The file to write, whose folder must exist, or s3://bucket/key."`
	S3             *s3client.Conn `json:"s3" doc:"How to reach S3, with the fields of s3_upload; without it, by the environment."`
	Recipients     []string       `json:"recipients" doc:"Public keys of age, age1…: any one of their private keys decrypts."`
	RecipientsFile string         `json:"recipients_file" doc:"A file of such keys, one a line."`
	Passphrase     steps.Secret   `json:"passphrase" doc:"Instead of recipients: a reference such as ${secret.BACKUP_PASSPHRASE}."`
	Encrypt        string         `json:"encrypt" default:"age" enum:"age,none" doc:"none leaves the backup readable to whoever reads its file or its bucket; it wants a reason."`
	Reason         string         `json:"reason" doc:"Of encrypt: none: why that is right."`
	MaxSize        steps.Size     `json:"max_size" default:"256MiB" doc:"The most that all files may have together."`
	Overwrite      bool           `json:"overwrite" doc:"Replace a backup that stands there already. One that this run made is always replaced."`

	upload steps.Kind
}

// Validate checks the config.
func (s *backupStep) Validate(partial bool) error {
	errs := []error{s.validateTarget(), s.validateSeal(partial)}
	if i, err := archive.Patterns(s.Exclude).Check(); err != nil {
		errs = append(errs, steps.Errorf("exclude", "item %d: %w", i+1, err))
	}
	if len(s.Paths) == 0 && s.Kubeadm == "" && !partial {
		errs = append(errs, steps.Errorf("paths", "there is nothing to back up: give paths, kubeadm, or both"))
	}
	if s.MaxSize <= 0 && !partial {
		errs = append(errs, steps.Errorf("max_size", "it must be above 0"))
	}
	if s.S3 != nil {
		errs = append(errs, steps.Under("s3", s.S3.Validate(partial)))
	}
	return errors.Join(errs...)
}

func (s *backupStep) toS3() bool { return strings.HasPrefix(s.To, "s3://") }

func (s *backupStep) validateTarget() error {
	if !s.toS3() {
		return nil
	}
	if _, err := s3client.ParseObject(s.To); err != nil {
		return steps.Errorf("to", "%w", err)
	}
	return nil
}

func (s *backupStep) to() seal.To {
	return seal.To{Keys: s.Recipients, File: s.RecipientsFile, Passphrase: string(s.Passphrase)}
}

func (s *backupStep) validateSeal(partial bool) error {
	keys := len(s.Recipients) > 0 || s.RecipientsFile != ""
	switch {
	case s.Encrypt == "none" && !s.to().Empty():
		return steps.Errorf("encrypt", "none, and yet there are recipients or a passphrase: choose one")
	case s.Encrypt == "none" && strings.TrimSpace(s.Reason) == "" && !partial:
		return steps.Errorf("reason", "an unencrypted backup of keys is readable to whoever reads its place: say why that is right, or give recipients")
	case s.Encrypt != "none" && s.Reason != "":
		return steps.Errorf("reason", "it belongs to encrypt: none")
	case keys && s.Passphrase != "":
		return steps.Errorf("passphrase", "age encrypts for recipients or by a passphrase, not both: choose one")
	case s.Encrypt != "none" && s.to().Empty() && !partial:
		return steps.Errorf("recipients", "say who may decrypt it: recipients (age-keygen makes a pair), recipients_file or passphrase; or encrypt: none with a reason")
	}
	return s.validateKeys(partial)
}

// validateKeys: an item that is still an expression is empty.
func (s *backupStep) validateKeys(partial bool) error {
	var errs []error
	for i, key := range s.Recipients {
		if key == "" && partial {
			continue
		}
		if _, err := seal.Key(key); err != nil {
			errs = append(errs, steps.Errorf("recipients", "item %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}
