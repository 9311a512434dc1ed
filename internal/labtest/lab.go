package labtest

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Lab is a running lab, as its lab.json describes it.
type Lab struct {
	Dir         string      `json:"dir"`
	Etcd        EtcdCluster `json:"etcd"`
	S3          S3Server    `json:"s3"`
	S3Secondary S3Server    `json:"s3_secondary"` // beside a Cluster only
	Cluster     Kubernetes  `json:"cluster"`      // of a lab that has one
}

// EtcdCluster is the lab's etcd.
type EtcdCluster struct {
	Endpoints      []string `json:"endpoints"` // https://
	CACert         string   `json:"cacert"`
	Cert           string   `json:"cert"`
	Key            string   `json:"key"`
	InitialCluster string   `json:"initial_cluster"`
	Token          string   `json:"token"`
	Etcd           string   `json:"etcd"` // paths of the programs
	Etcdctl        string   `json:"etcdctl"`
	Etcdutl        string   `json:"etcdutl"`
	Members        []Member `json:"members"`
}

// Member is one server of etcd. Start, Stop and Kill are scripts without arguments.
type Member struct {
	Name      string `json:"name"`
	ClientURL string `json:"client_url"`
	PeerURL   string `json:"peer_url"`
	DataDir   string `json:"data_dir"`
	ArgsFile  string `json:"args_file"`
	PidFile   string `json:"pid_file"`
	LogFile   string `json:"log_file"`
	StartsLog string `json:"starts_log"` // one line for each start of a process
	Start     string `json:"start"`
	Stop      string `json:"stop"`
	Kill      string `json:"kill"`
}

// S3Server is the lab's S3 server.
type S3Server struct {
	Endpoint  string `json:"endpoint"`
	Region    string `json:"region"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	Bucket    string `json:"bucket"`
	Velero    string `json:"velero_bucket"` // Velero's own, of a lab with a cluster
	DataDir   string `json:"data_dir"`
	AccessLog string `json:"access_log"` // one line for each request
	PidFile   string `json:"pid_file"`
	LogFile   string `json:"log_file"`
	StartsLog string `json:"starts_log"`
	Start     string `json:"start"`
	Stop      string `json:"stop"`
	Kill      string `json:"kill"`
}

// Environ is what a client of the server finds in its environment.
func (s S3Server) Environ() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint, "AWS_ACCESS_KEY_ID=" + s.AccessKey,
		"AWS_SECRET_ACCESS_KEY=" + s.SecretKey, "AWS_REGION=" + s.Region,
	}
}

// Client connects to the lab's etcd, and is closed when the test ends.
func (c EtcdCluster) Client(t testing.TB) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{
		Endpoints: c.Endpoints, TLS: c.TLS(t), DialTimeout: 5 * time.Second, Logger: zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// TLS is what a client of the lab's etcd presents and trusts.
func (c EtcdCluster) TLS(t testing.TB) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(c.CACert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatalf("no certificate in %s", c.CACert)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}
}

// Conn is the connection's part of a step's input: endpoints and tls.
func (c EtcdCluster) Conn() map[string]any {
	return map[string]any{
		"endpoints": c.Endpoints,
		"tls":       map[string]any{"ca": c.CACert, "cert": c.Cert, "key": c.Key},
	}
}

// Sh runs one of the lab's scripts, such as Member.Kill.
func Sh(t testing.TB, script string) {
	t.Helper()
	if err := perform(exec.Command(script)); err != nil {
		t.Fatal(err)
	}
}

// Starts counts the processes that a server's starts_log knows.
func Starts(t testing.TB, log string) int {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}
