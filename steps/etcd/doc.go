// Package etcd holds the step kinds that back up, judge and recover etcd:
//
//	etcd_snapshot        the bytes of one member, with their recovery point beside them
//	etcd_members         who answers and who does not; never fails for a dead member
//	etcd_health          one healthy cluster whose members hold the same data, or an error
//	etcd_restore         every member from one snapshot, a new cluster with the old data
//	etcd_member_replace  one failed member of a cluster that has kept its quorum
//
// The last two exclude each other. A cluster that has a quorum holds newer data
// than any snapshot, and a member restored beside running ones would be a fork
// of it; a cluster without one cannot take a new member. Each refuses what is
// the other's, before it stops anything.
//
// The package must not know of Kubernetes beyond the manifest of a static pod,
// and nothing of where snapshots are kept.
package etcd
