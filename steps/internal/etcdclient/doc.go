// Package etcdclient connects to etcd: the fields by which a plan says where and
// as whom, a client from them, and errors that say which certificate is wrong
// instead of "context deadline exceeded".
//
// The package must not know what a step does with the client.
package etcdclient
