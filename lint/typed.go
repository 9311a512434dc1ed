package lint

import (
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/drplan/drplan/steps"
)

// typedStep is the step that does what a command does, and says so to drplan.
type typedStep struct {
	Type   string
	Fields string // a flow mapping
	// Timeout is the command's own, which becomes the step's; "": it has none.
	Timeout string
	Context string // of kubectl and velero; "": the current one
	// Safe: it does what the command does, and stops where the command would go on.
	Safe bool
	Note string // what else to know
	// Name is what the command calls what it makes, and the step does not.
	Name string
}

// YAML is the step's type in one line.
func (t *typedStep) YAML() string { return t.Type + ": " + t.Fields }

// Hint tells people what to write.
func (t *typedStep) Hint() string {
	hint := "write `" + t.YAML() + "`"
	if t.Timeout != "" {
		hint += " with `timeout: " + t.Timeout + "`"
	}
	if t.Note != "" {
		hint += "; " + t.Note
	}
	return hint
}

// fields writes a flow mapping, in the order in which it is told.
type fields struct{ parts []string }

// text adds a field, unless it is empty.
func (f *fields) text(name, value string) *fields {
	if value != "" {
		f.parts = append(f.parts, name+": "+scalar(value))
	}
	return f
}

// raw adds a field whose value is YAML, unless it is empty.
func (f *fields) raw(name, value string) *fields {
	if value != "" {
		f.parts = append(f.parts, name+": "+value)
	}
	return f
}

// list adds a list of what commas part.
func (f *fields) list(name, values string) *fields {
	if values == "" {
		return f
	}
	parts := strings.Split(values, ",")
	for i, v := range parts {
		parts[i] = scalar(v)
	}
	return f.raw(name, "["+strings.Join(parts, ", ")+"]")
}

// pairs adds a mapping of a=b,c=d, whatever joins them.
func (f *fields) pairs(name, values, joint string) *fields {
	if values == "" {
		return f
	}
	var m fields
	for _, pair := range strings.Split(values, ",") {
		k, v, _ := strings.Cut(pair, joint)
		m.parts = append(m.parts, scalar(k)+": "+scalar(v))
	}
	return f.raw(name, m.String())
}

// flag adds a field that is true or false.
func (f *fields) flag(name string, on bool) *fields {
	if on {
		f.raw(name, "true")
	}
	return f
}

func (f *fields) String() string { return "{" + strings.Join(f.parts, ", ") + "}" }

var plainScalar = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z./_][A-Za-z0-9._/@+=-]*(:[A-Za-z0-9._/@+=-]+)*$`)
})

// scalar is a string as YAML in a flow collection.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n", ".", ".inf", ".nan":
	default:
		if plainScalar().MatchString(s) {
			return s
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// flags are a call's, as a program with these flags reads them.
type flags struct {
	values map[string]string // by the first of the flag's names; "true" of a bare one
	words  []string          // what is no flag and no flag's value
	whole  bool              // every flag is known, and every word is what it says
}

// parse reads a call's flags. Names lists those that take a value, switches those
// that do not; a|b is one flag with two names.
func parse(c *Call, names, switches string) flags {
	f := flags{values: map[string]string{}, whole: true}
	takes, bare := flagNames(names), flagNames(switches)
	for i := 0; i < len(c.Args); i++ {
		a := c.Args[i]
		if a == "-" || !strings.HasPrefix(a, "-") {
			f.words = append(f.words, a)
			f.whole = f.whole && sayable(a)
			continue
		}
		name, value, joined := strings.Cut(a, "=")
		switch {
		case takes[name] != "" && !joined && i+1 < len(c.Args):
			i++
			value = c.Args[i]
			fallthrough
		case takes[name] != "":
			f.values[takes[name]] = value
			f.whole = f.whole && sayable(value)
		case bare[name] != "":
			f.values[bare[name]] = orTrue(value)
		default:
			f.whole = false
		}
	}
	return f
}

func orTrue(v string) string {
	if v == "" {
		return "true"
	}
	return v
}

// flagLists are the lists of flags that were read, by their text: they are constants.
var flagLists sync.Map

func flagNames(list string) map[string]string {
	if known, ok := flagLists.Load(list); ok {
		return known.(map[string]string)
	}
	out := map[string]string{}
	for _, f := range strings.Fields(list) {
		names := strings.Split(f, "|")
		for _, n := range names {
			out[n] = names[0]
		}
	}
	flagLists.Store(list, out)
	return out
}

func (f flags) on(name string) bool { return f.values[name] == "true" }

// sayable reports whether a step's field can say what a command's word says: it is
// literal, or an expression of the plan.
func sayable(word string) bool {
	rest := maskExpressions(word)
	return !strings.ContainsAny(rest, "$`*?{") && !strings.HasPrefix(word, "~")
}

// duration is a length of time as a plan has it; "" where it is none.
func duration(s string) string {
	d, err := steps.ParseDuration(s)
	if err != nil || d == 0 {
		return ""
	}
	return span(d)
}

// typedFor finds the step that a call could be; nil: there is none, or nobody can
// tell.
func typedFor(c *Call) *typedStep {
	if c.Within {
		return nil
	}
	switch c.Name {
	case "velero":
		return typedVelero(c)
	case "aws", "mc":
		return typedS3(c)
	case "etcdctl":
		return typedEtcd(c)
	case "kubectl":
		return typedKube(c)
	}
	return nil
}

const veleroFlags = "--kubecontext --kubeconfig -n|--namespace "

func typedVelero(c *Call) *typedStep {
	switch {
	case c.Runs("velero", "restore", "create"), c.Runs("velero", "create", "restore"):
		return typedVeleroRestore(c)
	case c.Runs("velero", "backup", "create"), c.Runs("velero", "create", "backup"):
		return typedVeleroBackup(c)
	case c.Runs("velero", "backup", "get"), c.Runs("velero", "get", "backups"):
		f := parse(c, veleroFlags+"-l|--selector -o|--output", "")
		if len(f.words) > 2 || !f.whole {
			return nil
		}
		return &typedStep{Type: "velero_latest", Fields: new(fields).text("selector", f.values["-l"]).text("velero_namespace", f.values["-n"]).String(), Context: f.values["--kubecontext"],
			Note: "`namespace:` and `max_age:` say which backup, and how old it may be"}
	case c.Runs("velero", "schedule"):
		return typedVeleroSchedule(c)
	case c.Runs("velero", "install"):
		return typedVeleroInstall(c)
	case c.Runs("velero", "backup-location"):
		return typedVeleroLocation(c)
	}
	return nil
}

func typedVeleroRestore(c *Call) *typedStep {
	f := parse(c, veleroFlags+"--from-backup --include-namespaces --exclude-namespaces --include-resources --exclude-resources --namespace-mappings "+
		"-l|--selector --existing-resource-policy --item-operation-timeout --include-cluster-resources", "-w|--wait --restore-volumes")
	if f.values["--from-backup"] == "" || !f.whole {
		return nil
	}
	cluster := map[string]string{"true": "all", "false": "none"}[f.values["--include-cluster-resources"]]
	existing := map[string]string{"none": "keep", "update": "update"}[f.values["--existing-resource-policy"]]
	out := new(fields).text("from_backup", f.values["--from-backup"]).list("include_namespaces", f.values["--include-namespaces"]).
		list("exclude_namespaces", f.values["--exclude-namespaces"]).list("include_resources", f.values["--include-resources"]).
		list("exclude_resources", f.values["--exclude-resources"]).raw("cluster_resources", cluster).
		pairs("namespace_mappings", f.values["--namespace-mappings"], ":").text("selector", f.values["-l"]).raw("existing", existing).
		text("item_timeout", duration(f.values["--item-operation-timeout"])).text("velero_namespace", f.values["-n"])
	if f.values["--restore-volumes"] == "false" {
		out.raw("restore_pvs", "false")
	}
	t := &typedStep{Type: "velero_restore", Fields: out.String(), Context: f.values["--kubecontext"], Safe: true}
	if len(f.words) > 2 {
		t.Name = f.words[2]
	}
	return t
}

// ofBackup are the flags that say what goes into a backup.
const ofBackup = "--include-namespaces --exclude-namespaces --include-resources --exclude-resources -l|--selector --ttl --storage-location --item-operation-timeout --labels " +
	"--include-cluster-resources "

const volumesOfBackup = "--default-volumes-to-fs-backup --snapshot-volumes --snapshot-move-data "

func (f flags) backup(out *fields) *fields {
	volumes := ""
	switch {
	case f.on("--default-volumes-to-fs-backup"):
		volumes = "fs_backup"
	case f.on("--snapshot-move-data"):
		volumes = "snapshot_moved"
	case f.on("--snapshot-volumes"):
		volumes = "snapshot"
	case f.values["--snapshot-volumes"] == "false":
		volumes = "none"
	}
	return out.list("include_namespaces", f.values["--include-namespaces"]).list("exclude_namespaces", f.values["--exclude-namespaces"]).
		list("include_resources", f.values["--include-resources"]).list("exclude_resources", f.values["--exclude-resources"]).
		text("selector", f.values["-l"]).raw("volumes", volumes).text("ttl", duration(f.values["--ttl"])).text("storage_location", f.values["--storage-location"]).
		text("item_timeout", duration(f.values["--item-operation-timeout"])).pairs("labels", f.values["--labels"], "=").
		raw("cluster_resources", map[string]string{"true": "all", "false": "none"}[f.values["--include-cluster-resources"]]).text("velero_namespace", f.values["-n"])
}

func typedVeleroBackup(c *Call) *typedStep {
	f := parse(c, veleroFlags+ofBackup+"--from-schedule", volumesOfBackup+"-w|--wait")
	if !f.whole {
		return nil
	}
	return &typedStep{Type: "velero_backup", Fields: f.backup(new(fields).text("from_schedule", f.values["--from-schedule"])).String(), Context: f.values["--kubecontext"],
		Note: "the backup's name is then its output `backup`"}
}

func typedVeleroSchedule(c *Call) *typedStep {
	f := parse(c, veleroFlags+ofBackup+"--schedule", volumesOfBackup)
	if !f.whole || len(f.words) != 3 {
		return nil
	}
	action := f.words[1]
	t := &typedStep{Type: "velero_schedule", Context: f.values["--kubecontext"]}
	out := new(fields).text("action", action).text("name", f.words[2])
	switch action {
	case "pause", "unpause":
		t.Safe = true
		out.text("velero_namespace", f.values["-n"])
	case "create":
		f.backup(out.text("cron", f.values["--schedule"]))
	default:
		return nil
	}
	t.Fields = out.String()
	return t
}

func typedVeleroInstall(c *Call) *typedStep {
	f := parse(c, veleroFlags+"--provider --bucket --prefix --plugins --image --backup-location-config --snapshot-location-config --secret-file",
		"--use-node-agent --default-volumes-to-fs-backup --wait --no-secret --use-volume-snapshots")
	if !f.whole || f.values["--provider"] == "" || f.values["--bucket"] == "" {
		return nil
	}
	out := new(fields).text("provider", f.values["--provider"]).text("bucket", f.values["--bucket"]).text("prefix", f.values["--prefix"]).
		list("plugins", f.values["--plugins"]).text("image", f.values["--image"]).pairs("backup_location_config", f.values["--backup-location-config"], "=").
		pairs("snapshot_location_config", f.values["--snapshot-location-config"], "=").flag("node_agent", f.on("--use-node-agent")).
		flag("default_volumes_to_fs_backup", f.on("--default-volumes-to-fs-backup")).text("velero_namespace", f.values["-n"])
	t := &typedStep{Type: "velero_install", Context: f.values["--kubecontext"], Note: "add `repo_password:`, or volumes' files in old backups cannot be read"}
	if f.values["--secret-file"] != "" {
		out.text("credentials", "${secret.VELERO_CREDENTIALS}")
	}
	t.Fields = out.String()
	return t
}

func typedVeleroLocation(c *Call) *typedStep {
	f := parse(c, veleroFlags+"--access-mode", "--default")
	if !f.whole || len(f.words) != 3 || f.words[1] != "set" {
		return nil
	}
	mode := map[string]string{"ReadOnly": "read_only", "ReadWrite": "read_write"}[f.values["--access-mode"]]
	out := new(fields).text("name", f.words[2]).raw("access_mode", mode).flag("default", f.on("--default")).text("velero_namespace", f.values["-n"])
	return &typedStep{Type: "velero_location", Fields: out.String(), Context: f.values["--kubecontext"]}
}

func typedS3(c *Call) *typedStep {
	names, switches := "--region --endpoint-url --profile", "--only-show-errors --no-progress --quiet --recursive --human-readable -q -r"
	f := parse(c, names, switches)
	w := f.words
	if c.Name == "aws" && len(w) > 0 && w[0] == "s3" {
		w = w[1:]
	} else if c.Name == "aws" {
		return nil
	}
	if len(w) < 2 || !f.whole {
		return nil
	}
	out := new(fields)
	t := &typedStep{}
	switch {
	case w[0] == "ls" && len(w) == 2:
		t.Type = "s3_latest"
		out.text("prefix", s3URL(c, w[1]))
		t.Note = "`pattern:` and `max_age:` say which object, and how old it may be"
	case w[0] == "cp" && len(w) == 3 && isS3(c, w[1]) && !isS3(c, w[2]) && !f.on("--recursive") && w[2] != "-":
		t.Type = "s3_download"
		to := w[2]
		if strings.HasSuffix(to, "/") || to == "." {
			to = strings.TrimSuffix(to, "/") + "/" + path.Base(w[1])
		}
		out.text("from", s3URL(c, w[1])).text("to", to)
		t.Note = "it checks a SHA-256, which `s3_upload` stores; for another's object give `sha256:`"
	case w[0] == "cp" && len(w) == 3 && !isS3(c, w[1]) && isS3(c, w[2]) && !f.on("--recursive") && w[1] != "-":
		t.Type = "s3_upload"
		out.text("from", w[1]).text("to", s3URL(c, w[2]))
	default:
		return nil
	}
	t.Fields = out.text("endpoint", f.values["--endpoint-url"]).text("region", f.values["--region"]).text("profile", f.values["--profile"]).String()
	return t
}

// isS3 reports whether a word names an object: an URL of aws, or mc's alias/bucket/key.
func isS3(c *Call, word string) bool {
	if c.Name == "mc" {
		return !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, ".") && strings.Contains(word, "/")
	}
	return strings.HasPrefix(word, "s3://")
}

func s3URL(c *Call, word string) string {
	if c.Name == "mc" {
		_, key, _ := strings.Cut(word, "/")
		return "s3://" + key
	}
	if !strings.HasPrefix(word, "s3://") {
		return "s3://" + word
	}
	return word
}

func typedEtcd(c *Call) *typedStep {
	f := parse(c, "--endpoints --cacert --cert --key --command-timeout --dial-timeout -w|--write-out", "--cluster --insecure-skip-tls-verify")
	if !f.whole || f.on("--insecure-skip-tls-verify") {
		return nil
	}
	tls := new(fields).text("ca", f.values["--cacert"]).text("cert", f.values["--cert"]).text("key", f.values["--key"])
	out := new(fields).list("endpoints", etcdURLs(f.values["--endpoints"], len(tls.parts) > 0))
	if len(tls.parts) > 0 {
		out.raw("tls", tls.String())
	}
	switch {
	case c.Runs("etcdctl", "snapshot", "save") && len(f.words) == 3:
		return &typedStep{Type: "etcd_snapshot", Fields: out.text("to", f.words[2]).String(), Note: "`to:` can be s3://bucket/key too"}
	case c.Runs("etcdctl", "endpoint", "health"):
		return &typedStep{Type: "etcd_health", Fields: out.String(), Timeout: duration(f.values["--command-timeout"])}
	}
	return nil
}

// etcdURLs are endpoints as URLs; without any, etcdctl's own default.
func etcdURLs(list string, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	if list == "" {
		return scheme + "127.0.0.1:2379"
	}
	all := strings.Split(list, ",")
	for i, e := range all {
		if !strings.Contains(e, "://") && !strings.HasPrefix(e, "$") {
			all[i] = scheme + e
		}
	}
	return strings.Join(all, ",")
}
