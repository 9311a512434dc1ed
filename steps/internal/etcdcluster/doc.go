// Package etcdcluster looks at an etcd cluster from outside: who answers, who
// leads, whether all members hold the same data. It changes nothing.
//
// An [Observation] is what was seen; [Observation.Problems] is the judgement.
// The two are apart so that a step which only wants to know who is down uses
// the same eyes as one which insists that nobody is.
//
// The package must not know what a step does with what was seen.
package etcdcluster
