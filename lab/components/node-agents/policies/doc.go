// Package policies enforces NetworkPolicies on the lab's one node, which the
// plain CNI plugins do not.
//
// The policies that hold for a pod become a chain of the node's own iptables.
// Between the runtime and a pod's first instruction stands a CNI plugin of this
// package that waits until the pod's chain is in place: no pod ever has a moment
// without its policies. Connections that a policy once let through stay open, as
// with most enforcers.
//
// IPv4 only. Pods in the node's own network have no policies.
package policies
