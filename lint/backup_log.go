package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/plans"
)

var (
	logWords = []string{"wal", "wals", "log", "logs", "binlog", "binlogs", "oplog", "redo", "archivelog", "archivelogs", "incremental", "incrementals", "changes"}
	// The words of what a log goes on from.
	baseWords = []string{"base", "basebackup", "full", "dump", "dumps", "snapshot", "snapshots", "mysqldump", "pgdump", "mongodump", "basebackups"}
	// Words that say of no backup what it is of.
	anyWords = []string{"backup", "backups", "archive", "archives", "archiving", "db", "database", "databases", "data", "prod", "production",
		"staging", "primary", "main", "daily", "hourly", "weekly", "nightly", "pitr", "continuous"}
	// What a word says of the product whose data it is.
	products = map[string]string{
		"postgres": "postgres", "postgresql": "postgres", "pg": "postgres", "pgsql": "postgres", "pgdump": "postgres", "pgbackrest": "postgres",
		"barman": "postgres", "cnpg": "postgres", "timescale": "postgres", "timescaledb": "postgres", "wal": "postgres", "wals": "postgres",
		"mysql": "mysql", "mariadb": "mysql", "percona": "mysql", "xtrabackup": "mysql", "mysqldump": "mysql", "binlog": "mysql", "binlogs": "mysql",
		"mongo": "mongodb", "mongodb": "mongodb", "mongodump": "mongodb", "oplog": "mongodb",
		"oracle": "oracle", "rman": "oracle", "redo": "oracle", "archivelog": "oracle", "archivelogs": "oracle", "mssql": "mssql", "sqlserver": "mssql",
		"redis": "redis", "elasticsearch": "elasticsearch", "opensearch": "elasticsearch", "cassandra": "cassandra", "clickhouse": "clickhouse",
		"etcd": "etcd", "vault": "vault", "consul": "consul", "velero": "kubernetes", "kubernetes": "kubernetes", "k8s": "kubernetes",
		"cluster": "kubernetes", "namespace": "kubernetes", "namespaces": "kubernetes", "volume": "volumes", "volumes": "volumes", "pvc": "volumes",
		"pvcs": "volumes", "ebs": "volumes", "disks": "volumes", "config": "config", "configs": "config", "configuration": "config",
	}
	// Those that have no log in the sense of this rule; a database's is not theirs.
	logless = []string{"etcd", "vault", "consul", "kubernetes", "volumes", "config"}
)

// continued reports whether a log that is backed up often enough goes on from a
// base backup.
func (s *Subject) continued(base plans.Entry[plans.Backup], rpo time.Duration) bool {
	for _, log := range s.Plan().Backups {
		if named(log.Key.Value, logWords...) && log.Key.Value != base.Key.Value && log.Value.Frequency.Node != nil && log.Value.Frequency.Value <= rpo && together(base, log) {
			return true
		}
	}
	return false
}

// together reports whether a log is of a base backup's data: its name says so, or
// they stand where one database's backups do, and nothing says that they are of two.
func together(base, log plans.Entry[plans.Backup]) bool {
	at, other := base.Value.Location.Value, log.Value.Location.Value
	if !oneProduct(productOf(base), productOf(log), base.Key.Value, log.Key.Value) {
		return false
	}
	of, its := subjectOf(base.Key.Value), subjectOf(log.Key.Value)
	switch {
	case common(of, its):
		return true
	case len(of) > 0 && len(its) > 0:
		return false // orders_base beside users_wal
	case common(of, wordsOf(folderOf(other))) || common(its, wordsOf(folderOf(at))):
		return true
	}
	isBase := named(base.Key.Value, baseWords...) || named(lastFolder(at), baseWords...) || productOf(base) != "" && productOf(base) == productOf(log)
	return isBase && near(at, other)
}

// oneProduct reports whether two backups may be of one product.
func oneProduct(base, log, baseName, logName string) bool {
	if slices.Contains(logless, base) {
		return common(wordsOf(baseName), wordsFor(logName, base)) // etcd_snapshot and etcd_log
	}
	return base == "" || log == "" || base == log
}

// wordsFor are the words of a name that stand for a product.
func wordsFor(name, product string) (out []string) {
	for _, w := range wordsOf(name) {
		if products[w] == product {
			out = append(out, w)
		}
	}
	return out
}

// productOf is whose data a backup holds, of what its name says, else its folder,
// the last first; empty: neither says it.
func productOf(b plans.Entry[plans.Backup]) string {
	for _, w := range wordsOf(b.Key.Value) {
		if p := products[w]; p != "" {
			return p
		}
	}
	for _, w := range slices.Backward(wordsOf(folderOf(b.Value.Location.Value))) { // a bucket holds anything
		if p := products[w]; p != "" {
			return p
		}
	}
	return ""
}

// subjectOf are the words of a name that say what is backed up: no kind of backup,
// no product.
func subjectOf(name string) []string {
	return slices.DeleteFunc(wordsOf(name), func(w string) bool {
		return slices.Contains(logWords, w) || slices.Contains(baseWords, w) || slices.Contains(anyWords, w) || products[w] != ""
	})
}

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(w string) bool { return slices.Contains(b, w) })
}

// near reports whether two locations are in one bucket, or of a disk in one folder
// or one below the other.
func near(a, b string) bool {
	bucket, path := cutBucket(a)
	other, its := cutBucket(b)
	if bucket != other || a == "" || b == "" {
		return false
	}
	return bucket != "" || path == its || parentOf(path) != "" && parentOf(path) == parentOf(its) || under(path, its) || under(its, path)
}

func under(path, folder string) bool { return folder != "" && strings.HasPrefix(path, folder+"/") }

// cutBucket cuts a location behind its scheme and bucket; a path has neither.
func cutBucket(location string) (bucket, path string) {
	scheme, rest, ok := strings.Cut(location, "://")
	if !ok {
		return "", strings.TrimSuffix(location, "/")
	}
	bucket, path, _ = strings.Cut(rest, "/")
	return scheme + "://" + bucket, strings.TrimSuffix(path, "/")
}

func folderOf(location string) string { _, path := cutBucket(location); return path }

func lastFolder(location string) string {
	path := folderOf(location)
	return path[strings.LastIndexByte(path, '/')+1:]
}

func parentOf(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }
