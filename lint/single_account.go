package lint

import (
	"github.com/drplan/drplan/plans"
)

var singleAccount = Rule{
	ID: "single-account", Severity: plans.SeverityInfo,
	Summary: "All backups are where the disaster strikes.",
	Why: "A backup on the machine's own disk, or in a store that runs in the cluster, is lost with it. One in the account of the cluster is lost with the account: to a stolen key, or to a mistake of its owner. " +
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
		case len(accounts) == 1 && !accounts[""] && p.ownsCluster(accounts):
			p.Report(first.Node, "copy them to a store of another account", "all backups are in the account of the cluster: who loses the account loses both")
		}
	},
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
