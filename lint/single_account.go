package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var singleAccount = Rule{
	ID: "single-account", Severity: plans.SeverityInfo,
	Summary: "All backups are where the disaster strikes.",
	Why: "A backup on the machine's own disk, or in a store that runs in the cluster, is lost with it, whatever other rows have elsewhere. One in the account of the cluster is lost with the account: to a stolen key, or to a mistake of its owner. " +
		"AWS's prescriptive guidance on backups and the rule of 3-2-1 (CISA, \"Data Backup Options\") both want a copy elsewhere. " +
		"Most locations do not tell their account, and of those this rule says nothing. A path that looks like a mount of another machine's disk (`/mnt/…`, `nas`, `nfs`) counts as elsewhere.",
	Check: func(p *Pass) {
		var first plans.Text
		accounts := map[string]bool{}
		near, all := 0, 0
		for _, b := range p.Plan().Backups {
			l := b.Value.Location
			if l.Value == "" {
				continue
			}
			if all++; first.Node == nil {
				first = l
			}
			at := placeOf(l.Value)
			if at.near {
				near++
			}
			accounts[at.account] = true
		}
		switch {
		case all == 0:
		case near == all:
			p.Report(first.Node, "copy them to a store outside", "all backups are on the machine or in the cluster that may be lost")
		case near > 0:
			p.nearOnly()
		case len(accounts) == 1 && !accounts[""] && p.ownsCluster(accounts):
			p.Report(first.Node, "copy them to a store of another account", "all backups are in the account of the cluster: who loses the account loses both")
		}
	},
}

// nearOnly reports the rows whose only copy is near.
func (p *Pass) nearOnly() {
	for _, b := range p.Plan().Backups {
		l := b.Value.Location
		if l.Value != "" && placeOf(l.Value).near && !p.elsewhere(b) {
			p.Report(l.Node, "copy it to a store outside", "the backup of %s is only on the machine or in the cluster that may be lost", b.Key.Value)
		}
	}
}

// elsewhere reports whether a row of the same data, or of copies of all, is not near,
// or a step carries the folder away.
func (p *Pass) elsewhere(near plans.Entry[plans.Backup]) bool {
	for _, b := range p.Plan().Backups {
		l := b.Value.Location.Value
		same := common(wordsOf(near.Key.Value), subjectOrProduct(b.Key.Value)) || named(b.Key.Value, "offsite", "copy", "copies", "replica", "mirror", "remote", "all", "everything")
		if same && l != "" && !placeOf(l).near {
			return true
		}
	}
	folder := strings.TrimSuffix(strings.TrimPrefix(near.Value.Location.Value, "file://"), "/")
	return slices.ContainsFunc(p.Steps(), func(st *plans.OutlineStep) bool {
		carries := st.Kind.Type == "s3_upload" || slices.ContainsFunc(p.CallsOf(st), func(c *Call) bool {
			return slices.Contains([]string{"aws", "rclone", "rsync", "scp", "restic", "gsutil", "gcloud", "az", "azcopy", "mc", "s3cmd", "borg", "kopia"}, c.Name)
		})
		return carries && holds([]*plans.OutlineStep{st}, folder)
	})
}

// subjectOrProduct are the words of a row's name that say what is in it.
func subjectOrProduct(name string) []string {
	return slices.DeleteFunc(wordsOf(name), func(w string) bool { return slices.Contains(anyWords, w) || slices.Contains(baseWords, w) })
}

// ownsCluster reports whether a cluster's context names one of the accounts, as those
// of EKS do.
func (s *Subject) ownsCluster(accounts map[string]bool) bool {
	for _, c := range s.Plan().Clusters {
		if m := arn().FindStringSubmatch(c.Value.Context.Value); m != nil && accounts[m[2]] {
			return true
		}
	}
	return false
}
