package certs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// Cluster names a cluster of one node for its certificates.
type Cluster struct {
	Name         string // in kubeconfigs
	NodeName     string
	NodeIP       string // every server of the control plane listens there
	ServiceIP    string // the first of the service network: the API server's own
	APIServerURL string
}

// Folders and files that MakeCluster makes, as kubeadm names them below
// /etc/kubernetes.
const (
	PKIDir     = "pki"
	AdminConf  = "admin.conf"
	KubeletCrt = "pki/kubelet.crt"
	KubeletKey = "pki/kubelet.key"
)

// MakeCluster fills the folder dir as kubeadm fills /etc/kubernetes: the
// certificates below pki, and a kubeconfig for the administrator and for each
// component. dir appears by rename; one that exists is left as it is.
func MakeCluster(dir string, c Cluster) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	return makeFolder(dir, func(dir string) error {
		pki := filepath.Join(dir, PKIDir)
		if err := os.MkdirAll(filepath.Join(pki, "etcd"), 0o700); err != nil {
			return err
		}
		return errors.Join(c.makeCA(dir, pki), c.makeEtcd(pki), makeFrontProxy(pki), makeServiceAccount(pki))
	})
}

// makeCA makes the cluster's own authority and what it signs.
func (c Cluster) makeCA(dir, pki string) error {
	ca, err := authority("kubernetes")
	if err != nil {
		return err
	}
	apiserver := names{
		dns: []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost", c.NodeName},
		ips: []string{c.ServiceIP, c.NodeIP, "127.0.0.1"},
	}
	node := names{dns: []string{c.NodeName}, ips: []string{c.NodeIP, "127.0.0.1"}}
	err = errors.Join(
		ca.save(pki, "ca.crt", "ca.key"),
		saveNew(ca, pki, "apiserver", request{name: "kube-apiserver", names: apiserver, server: true}),
		saveNew(ca, pki, "apiserver-kubelet-client", request{name: "kube-apiserver-kubelet-client", group: masters}),
		saveNew(ca, pki, "kubelet", request{name: "system:node:" + c.NodeName, group: "system:nodes", names: node, server: true}),
	)
	for conf, who := range map[string]request{
		AdminConf:                 {name: "kubernetes-admin", group: masters},
		"controller-manager.conf": {name: "system:kube-controller-manager"},
		"scheduler.conf":          {name: "system:kube-scheduler"},
		"proxy.conf":              {name: "system:kube-proxy"},
		"kubelet.conf":            {name: "system:node:" + c.NodeName, group: "system:nodes"},
	} {
		err = errors.Join(err, c.saveKubeconfig(ca, filepath.Join(dir, conf), who))
	}
	return err
}

// masters may do everything, whatever the cluster's roles say.
const masters = "system:masters"

// makeEtcd makes etcd's authority and what it signs.
func (c Cluster) makeEtcd(pki string) error {
	ca, err := authority("etcd-ca")
	if err != nil {
		return err
	}
	dir := filepath.Join(pki, "etcd")
	member := names{dns: []string{c.NodeName, "localhost"}, ips: []string{c.NodeIP, "127.0.0.1", "::1"}}
	return errors.Join(
		ca.save(dir, "ca.crt", "ca.key"),
		saveNew(ca, dir, "server", request{name: c.NodeName, names: member, server: true}),
		saveNew(ca, dir, "peer", request{name: c.NodeName, names: member, server: true}),
		saveNew(ca, dir, "healthcheck-client", request{name: "kube-etcd-healthcheck-client"}),
		saveNew(ca, pki, "apiserver-etcd-client", request{name: "kube-apiserver-etcd-client"}),
	)
}

func makeFrontProxy(pki string) error {
	ca, err := authority("front-proxy-ca")
	if err != nil {
		return err
	}
	return errors.Join(
		ca.save(pki, "front-proxy-ca.crt", "front-proxy-ca.key"),
		saveNew(ca, pki, "front-proxy-client", request{name: "front-proxy-client"}),
	)
}

// makeServiceAccount makes the key that signs service accounts' tokens. kubeadm
// makes it RSA.
func makeServiceAccount(pki string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(pki, "sa.key"), encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), 0o600),
		os.WriteFile(filepath.Join(pki, "sa.pub"), encode("PUBLIC KEY", public), 0o644),
	)
}

// request says whom a certificate is for; all may be clients.
type request struct {
	name, group string
	names       names
	server      bool
}

func (r request) issue(ca pair) (pair, error) {
	who := subject(r.name)
	if r.group != "" {
		who = subject(r.name, r.group)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if r.server {
		usages = slices.Insert(usages, 0, x509.ExtKeyUsageServerAuth)
	}
	return ca.issue(who, r.names, usages...)
}

func saveNew(ca pair, dir, file string, r request) error {
	p, err := r.issue(ca)
	if err != nil {
		return err
	}
	return p.save(dir, file+".crt", file+".key")
}
