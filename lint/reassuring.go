package lint

import "sync"

// looking are commands that find, bring, make or check a backup, or look at what is
// broken: a reason to go on.
var looking = sync.OnceValue(func() deeds {
	return deedsOf(`
		sha256sum
		sha512sum
		md5sum
		pg_verifybackup
		restic
		rsync
		scp
		gpg
		age
		pg_dump
		pg_dumpall
		mysqldump
		mongodump
		velero get
		velero describe
		velero backup create
		aws s3 cp
		aws s3 sync
		aws s3 ls
		aws s3api head-object
		mc cp
		mc stat
		mc ls
		gsutil cp
		gsutil ls
		gcloud storage cp
		gcloud storage ls
		az storage blob download
		az storage blob download-batch
		azcopy copy
		s3cmd get
		curl + -o --output -O --remote-name
		rclone copy
		rclone copyto
		rclone check
		rclone lsf
		etcdutl snapshot status
		etcdctl snapshot save
		etcdctl snapshot status
		etcdctl endpoint
		etcdctl member list
		kubectl get
		kubectl describe
		kubectl wait
		kubectl rollout status
		argocd app wait
		argocd app get
		argocd app diff
		flux get
		flux check
		helm status
		helm test
		vault operator raft snapshot inspect
		vault operator raft snapshot save
		consul snapshot inspect
		consul snapshot save
		pgbackrest info
		pgbackrest verify
		pgbackrest check
		pgbackrest backup
		barman check
		barman check-backup
		barman show-backup
		wal-g backup-list
		wal-g backup-show
		borg check
		borg list
		kopia snapshot verify
		gzip + -t --test
		zstd + -t --test
		xz + -t --test
		zfs snapshot
		zfs list
		rbd snap create
		terraform plan
		tofu plan
		test + -s -f -e -r -d
		[ + -s -f -e -r -d
		[[ + -s -f -e -r -d
	`)
})

// reassuring reports whether a command looks at a backup, brings one or checks something.
func reassuring(c *Call) bool { return looking().have(c) }
