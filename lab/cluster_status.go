package lab

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// check is one thing that Status looks at.
type check struct {
	name, url string
	server    bool // it is a process of the lab
	look      func(context.Context) error
}

// clusterStatus looks at the lab's processes and then at what runs in the
// cluster, in the order in which a recovery brings them up.
func (l *Lab) clusterStatus(ctx context.Context) ([]ServerStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	checks := l.checks()
	all := make([]ServerStatus, len(checks))
	var group errgroup.Group
	for i, c := range checks {
		all[i] = ServerStatus{Name: c.name, URL: c.url}
		group.Go(func() error { return l.observeCheck(ctx, c, &all[i]) })
	}
	return all, group.Wait()
}

func (l *Lab) checks() []check {
	runs := func(context.Context) error { return nil }
	own := l.S3Of == ""
	return []check{
		{"s3", l.S3.Endpoint, own, l.S3.healthy},
		{s3Secondary, l.S3Secondary.Endpoint, own, l.S3Secondary.healthy},
		{"containerd", "unix://" + l.Cluster.ContainerdSocket, true, l.containerdAnswers},
		{"kubelet", "", true, runs},
		{"kube-proxy", "", true, runs},
		{"local-volumes", "", true, runs},
		{"network-policies", "", true, runs},
		{"api-server", l.Cluster.APIServer, false, l.apiReady},
		{"node", "", false, l.nodeReady},
		{"velero", "", false, l.veleroReady},
	}
}

func (l *Lab) observeCheck(ctx context.Context, c check, s *ServerStatus) error {
	if c.server {
		server, err := l.Server(c.name)
		if err != nil {
			return err
		}
		pid, alive := server.PID()
		if !alive {
			s.Error = "does not run"
			return nil
		}
		s.PID = pid
	}
	err := c.look(ctx)
	s.Healthy = err == nil
	if err != nil {
		s.Error = err.Error()
	}
	return nil
}
