package lint

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
