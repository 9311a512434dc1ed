package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

var one = Cluster{Name: "lab", NodeName: "n1", NodeIP: "10.160.255.2", ServiceIP: "10.160.128.1", APIServerURL: "https://10.160.255.2:6443"}

func makeCluster(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "kubernetes")
	if err := MakeCluster(dir, one); err != nil {
		t.Fatal(err)
	}
	return dir
}

func certificate(t *testing.T, data []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("no certificate in %q", data)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryCertificateIsOfItsAuthorityAndForItsNames(t *testing.T) {
	dir := makeCluster(t)
	for _, c := range []struct {
		cert, ca, host, who string
		usage               x509.ExtKeyUsage
	}{
		{"pki/apiserver", "pki/ca", "10.160.128.1", "kube-apiserver", x509.ExtKeyUsageServerAuth},
		{"pki/apiserver", "pki/ca", "kubernetes.default.svc.cluster.local", "kube-apiserver", x509.ExtKeyUsageServerAuth},
		{"pki/kubelet", "pki/ca", "n1", "system:node:n1", x509.ExtKeyUsageServerAuth},
		{"pki/apiserver-kubelet-client", "pki/ca", "", "kube-apiserver-kubelet-client", x509.ExtKeyUsageClientAuth},
		{"pki/apiserver-etcd-client", "pki/etcd/ca", "", "kube-apiserver-etcd-client", x509.ExtKeyUsageClientAuth},
		{"pki/etcd/server", "pki/etcd/ca", "127.0.0.1", "n1", x509.ExtKeyUsageServerAuth},
		{"pki/etcd/peer", "pki/etcd/ca", "10.160.255.2", "n1", x509.ExtKeyUsageClientAuth},
		{"pki/etcd/healthcheck-client", "pki/etcd/ca", "", "kube-etcd-healthcheck-client", x509.ExtKeyUsageClientAuth},
		{"pki/front-proxy-client", "pki/front-proxy-ca", "", "front-proxy-client", x509.ExtKeyUsageClientAuth},
	} {
		cert := certificate(t, read(t, dir, c.cert+".crt"))
		pool := x509.NewCertPool()
		pool.AddCert(certificate(t, read(t, dir, c.ca+".crt")))
		_, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: c.host, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if err != nil || cert.Subject.CommonName != c.who {
			t.Errorf("%s for %q is of %q: %v", c.cert, c.host, cert.Subject.CommonName, err)
		}
		if _, err := tls.LoadX509KeyPair(filepath.Join(dir, c.cert+".crt"), filepath.Join(dir, c.cert+".key")); err != nil {
			t.Error(err)
		}
	}
}

func TestKubeconfigsHoldAllTheyNeed(t *testing.T) {
	dir := makeCluster(t)
	for file, group := range map[string]string{"admin.conf": "system:masters", "kubelet.conf": "system:nodes", "scheduler.conf": ""} {
		var config struct {
			Clusters []struct{ Cluster struct{ Server string } }
			Users    []struct {
				User map[string]string
			}
		}
		if err := json.Unmarshal(read(t, dir, file), &config); err != nil {
			t.Fatal(err)
		}
		if got := config.Clusters[0].Cluster.Server; got != one.APIServerURL {
			t.Errorf("%s names the server %s", file, got)
		}
		data, err := base64.StdEncoding.DecodeString(config.Users[0].User["client-certificate-data"])
		if err != nil {
			t.Fatal(err)
		}
		groups := certificate(t, data).Subject.Organization
		if group == "" && len(groups) > 0 || group != "" && (len(groups) != 1 || groups[0] != group) {
			t.Errorf("%s is of the groups %v, want %q", file, groups, group)
		}
	}
}

func TestAClusterThatIsThereKeepsItsKeys(t *testing.T) {
	dir := makeCluster(t)
	before := string(read(t, dir, "pki", "sa.key"))
	if err := MakeCluster(dir, one); err != nil {
		t.Fatal(err)
	}
	if after := string(read(t, dir, "pki", "sa.key")); after != before {
		t.Error("the key of the service accounts was made anew: every token would be void")
	}
}
