package lab

import (
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/drplan/drplan/lab/internal/certs"
)

// extraArgsVariable holds further etcd arguments for one start, split at blanks.
const extraArgsVariable = "ETCD_EXTRA_ARGS"

// etcdArgs are honest settings: every write is synced, and what differs from
// etcd's defaults are limits alone.
func (l *Lab) etcdArgs(m Member) []string {
	ca, cert, key := l.Etcd.CACert, l.path("certs", certs.ServerCert), l.path("certs", certs.ServerKey)
	return []string{
		l.Etcd.Etcd,
		"--name", m.Name,
		"--data-dir", m.DataDir,
		"--listen-client-urls", m.ClientURL, "--advertise-client-urls", m.ClientURL,
		"--listen-peer-urls", m.PeerURL, "--initial-advertise-peer-urls", m.PeerURL,
		"--initial-cluster", l.Etcd.InitialCluster, "--initial-cluster-token", l.Etcd.Token,
		"--initial-cluster-state", "new",
		"--trusted-ca-file", ca, "--cert-file", cert, "--key-file", key, "--client-cert-auth",
		"--peer-trusted-ca-file", ca, "--peer-cert-file", cert, "--peer-key-file", key, "--peer-client-cert-auth",
		"--quota-backend-bytes", "2147483648", // 2 GiB
		"--max-txn-ops", "1024",
		"--max-request-bytes", "10485760", // 10 MiB
		"--log-level", "info",
	}
}

// extraArgs are those of the member's file, then those of the environment.
func extraArgs(m Member) ([]string, error) {
	data, err := os.ReadFile(m.ArgsFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var args []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			args = append(args, line)
		}
	}
	return append(args, strings.Fields(os.Getenv(extraArgsVariable))...), nil
}

// withoutEtcd drops what etcd would take for its flags: a shell that sourced
// the lab's env file has some set.
func withoutEtcd(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "ETCD_") })
}

// stores are the S3 servers that the lab runs itself, by name.
func (l *Lab) stores() map[string]S3 {
	if l.S3Of != "" {
		return nil
	}
	all := map[string]S3{"s3": l.S3}
	if l.S3Secondary != nil {
		all[s3Secondary] = *l.S3Secondary
	}
	return all
}

func (l *Lab) s3Args(name string, s S3) []string {
	address := s.Endpoint
	if u, err := url.Parse(address); err == nil {
		address = u.Host
	}
	return []string{
		l.path("bin", "versitygw"),
		"-address", address,
		"-region", s.Region,
		"-data", s.DataDir,
		"-sidecar", l.path(name, "metadata"),
		"-versioning", l.path(name, "versions"),
		"-access-log", s.AccessLog,
	}
}

func s3Env(s S3) []string {
	return append(os.Environ(), "ROOT_ACCESS_KEY="+s.AccessKey, "ROOT_SECRET_KEY="+s.SecretKey)
}
