package etcddrill

import (
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestDrill runs the drill, and once more on what the first one left: a cluster
// that was restored, and a backup in the drills' folder.
func TestDrill(t *testing.T) {
	d := drill(t)
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
	once(t, d.Lab)
	d.Run().Succeeded(t)
}

// TestRefused: nothing is begun, not even the canary, when the backups could not be
// stored, or the cluster be lost. By the S3 server's access log nothing was even
// tried there.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ env, param, says string }{
		"wrong credentials": {env: "AWS_SECRET_ACCESS_KEY=wrong", says: "SignatureDoesNotMatch"},
		"no such bucket":    {param: "backups=s3://no-such-bucket/drill/", says: "no-such-bucket"},
		"no etcd there":     {param: "port=1", says: "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := drill(t)
			d.Env = append(d.Env, c.env)
			for i, arg := range d.Args {
				if name, _, _ := strings.Cut(c.param, "="); strings.HasPrefix(arg, name+"=") {
					d.Args[i] = c.param
				}
			}
			asked := d.Lab.S3.AccessSize(t)
			d.Run().Refused(t, c.says)
			if keys, err := d.Lab.Etcd.Client(t).Get(t.Context(), "/drplan/", clientv3.WithPrefix()); err != nil || keys.Count != 0 {
				t.Errorf("etcd has %d keys of the drill, %v", keys.Count, err)
			}
			all := d.Lab.S3.Requests(t, asked)
			if len(all) == 0 {
				t.Error("S3 was not asked for anything: its access log proves nothing")
			}
			for _, r := range all {
				if r.Changes() {
					t.Errorf("S3 was asked to change something: %+v", r)
				}
			}
		})
	}
}
