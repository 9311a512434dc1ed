package lint

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// destroying are commands that destroy data, or overwrite what is there. What needs a
// closer look than a line can say is in destructive.
var destroying = sync.OnceValue(func() deeds {
	return deedsOf(`
		dropdb
		pg_restore + -c --clean
		pg_rewind
		pgbackrest restore + --delta --force
		pgbackrest stanza-delete
		repmgr standby clone + -F --force
		patronictl reinit
		patronictl remove
		mysqladmin drop
		mariadb-backup + --force-non-empty-directories
		xtrabackup + --force-non-empty-directories
		mongorestore + --drop
		neo4j-admin database load + --overwrite-destination
		neo4j-admin database restore + --overwrite-destination
		influxd restore
		influx restore + --full
		influx delete
		nodetool assassinate
		nodetool removenode
		rabbitmqctl reset
		rabbitmqctl force_reset
		rabbitmqctl delete_vhost
		rabbitmqctl purge_queue
		kafka-topics.sh + --delete
		kafka-topics + --delete
		zkCli.sh deleteall
		gitlab-backup restore

		etcdctl del
		etcdctl member remove
		consul snapshot restore
		nomad operator snapshot restore
		vault operator raft snapshot restore
		vault operator raft remove-peer

		kubectl replace + --force
		kubectl drain + --force
		kubectl apply + --prune
		oc replace + --force
		oc adm drain + --force
		helm uninstall
		helm delete
		argocd app delete
		argocd app sync + --prune --replace --force
		flux uninstall
		flux delete
		velero backup delete
		velero delete backup
		velero restore create + --existing-resource-policy=update
		velero create restore + --existing-resource-policy=update
		kubeadm reset
		k3s server + --cluster-reset
		rke2 server + --cluster-reset
		k3s-uninstall.sh
		k3s-agent-uninstall.sh
		rke2-uninstall.sh
		k0s reset
		k0s restore
		microk8s reset
		microk8s dbctl restore
		talosctl reset
		talosctl bootstrap + --recover-from
		eksctl delete cluster
		eksctl delete nodegroup
		kops delete cluster
		kind delete cluster
		clusterctl delete
		docker volume rm
		docker volume prune
		docker system prune + --volumes
		docker compose down + -v --volumes
		docker-compose down + -v --volumes
		podman volume rm
		podman volume prune
		podman system reset

		terraform destroy
		terraform apply + -destroy --destroy
		tofu destroy
		tofu apply + -destroy --destroy
		terragrunt destroy
		pulumi destroy
		aws s3 rm
		aws s3 rb
		aws s3 sync + --delete
		aws s3api delete-object
		aws s3api delete-objects
		aws s3api delete-bucket
		aws rds delete-db-instance
		aws rds delete-db-cluster
		aws rds delete-db-snapshot
		aws rds delete-db-cluster-snapshot
		aws ec2 terminate-instances
		aws ec2 delete-volume
		aws ec2 delete-snapshot
		aws dynamodb delete-table
		aws eks delete-cluster
		aws efs delete-file-system
		aws elasticache delete-replication-group
		aws cloudformation delete-stack
		aws backup delete-recovery-point
		aws kms schedule-key-deletion
		gcloud delete
		gcloud storage rm
		gcloud storage rsync + --delete-unmatched-destination-objects
		gsutil rm
		gsutil rb
		gsutil rsync + -d
		az delete
		az delete-batch
		az purge
		openstack delete
		govc vm.destroy
		qm destroy
		qmrestore + --force
		pct destroy
		virsh undefine + --remove-all-storage
		mc rm
		mc rb
		mc mirror + --remove
		rclone sync @
		rclone delete
		rclone purge
		rsync + --delete --del --delete-before --delete-during --delete-delay --delete-after --delete-excluded @
		restic forget
		restic prune
		borg delete
		borg prune
		kopia snapshot delete
		wal-g delete
		barman delete

		wipefs
		shred
		blkdiscard
		pvremove
		vgremove
		lvremove
		lvconvert + --merge
		zfs destroy
		zfs rollback
		zfs receive + -F
		zfs recv + -F
		zpool destroy
		zpool labelclear
		btrfs subvolume delete
		mdadm + --zero-superblock
		cryptsetup luksFormat
		cryptsetup erase
		sgdisk + -Z --zap-all -o --clear
		parted mklabel
		nvme format
		drbdadm invalidate
		drbdadm create-md
		drbdadm connect + --discard-my-data
		gluster volume delete
		ceph osd purge
		ceph osd destroy
		ceph osd pool rm
		ceph osd pool delete
		ceph fs rm
		rbd rm
		rbd remove
		rbd snap rollback
		rbd snap purge
		rados purge
		rados rmpool
	`)
})

// statements are what destroys in the language of a database, by its client.
var statements = sync.OnceValue(func() map[string][]string {
	sql := []string{"DROP DATABASE", "DROP SCHEMA", "DROP TABLE", "DROP KEYSPACE", "TRUNCATE ", "WITH REPLACE"}
	out := map[string][]string{
		"mongosh": {"DROPDATABASE(", ".DROP(", "DELETEMANY({})"}, "mongo": {"DROPDATABASE(", ".DROP(", "DELETEMANY({})"},
		"redis-cli": {"FLUSHALL", "FLUSHDB", "CLUSTER RESET"}, "valkey-cli": {"FLUSHALL", "FLUSHDB", "CLUSTER RESET"},
	}
	for _, client := range []string{"psql", "mysql", "mariadb", "cqlsh", "cockroach", "clickhouse-client", "sqlcmd", "sqlplus", "sqlite3"} {
		out[client] = sql
	}
	return out
})

// destructive reports whether a command destroys data, or overwrites what is there.
func destructive(c *Call) bool {
	switch c.Name {
	case "rm":
		return (c.short("r") || c.short("R") || slices.Contains(c.Args, "--recursive")) && slices.ContainsFunc(c.Words(), lasting)
	case "dd":
		return slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "of=/dev/") && a != "of=/dev/null" })
	case "find":
		return slices.Contains(c.Args, "-delete") && slices.ContainsFunc(c.Words(), lasting)
	case "kubectl", "oc":
		if c.runsAny([]string{"delete"}) && !slices.ContainsFunc(c.Words(), harmlessKind) {
			return true
		}
	}
	if list := statements()[c.Name]; list != nil {
		text := strings.ToUpper(c.String())
		return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(text, s) })
	}
	return strings.HasPrefix(c.Name, "mkfs") || destroying().have(c)
}

// harmlessKind reports whether what kubectl delete names comes back by itself, or holds
// nothing.
func harmlessKind(word string) bool {
	kind, _, _ := strings.Cut(word, "/")
	return slices.Contains([]string{"po", "pod", "pods", "job", "jobs", "event", "events", "lease", "leases", "networkpolicy", "endpoints", "backups.velero.io", "restores.velero.io",
		"validatingwebhookconfiguration", "validatingwebhookconfigurations", "mutatingwebhookconfiguration", "mutatingwebhookconfigurations"}, kind)
}

// lasting reports whether a path is one whose content somebody may miss.
func lasting(p string) bool {
	if p == "" || p == "--" || strings.HasPrefix(p, "${run.dir}") || strings.HasPrefix(p, "$DRPLAN_STEP_DIR") {
		return false
	}
	for _, temporary := range []string{"/tmp/", "/var/tmp/", "/run/", "/var/run/", "/var/cache/"} {
		if strings.HasPrefix(path.Clean(p)+"/", temporary) {
			return false
		}
	}
	base := path.Base(p)
	for _, end := range []string{".new", ".tmp", ".old", ".bak", ".part"} {
		if strings.HasSuffix(base, end) {
			return false
		}
	}
	return strings.HasPrefix(p, "/") || strings.Contains(p, "$")
}
