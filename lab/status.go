package lab

import (
	"context"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// quietLogger keeps the client library from writing to the screen: what it has
// to say comes back as errors.
var quietLogger = zap.NewNop()

// ServerStatus is how one server of the lab is.
type ServerStatus struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	PID      int    `json:"pid"` // 0: it does not run
	Healthy  bool   `json:"healthy"`
	Revision int64  `json:"revision,omitempty"` // members only, as the rest
	DBBytes  int64  `json:"db_bytes,omitempty"`
	Keys     int64  `json:"keys,omitempty"`
	Leader   bool   `json:"leader,omitempty"`
	Error    string `json:"error,omitempty"`
}

// Status asks every server of the lab; of one without a cluster, the S3 server
// last.
func (l *Lab) Status(ctx context.Context) ([]ServerStatus, error) {
	if l.Cluster != nil {
		return l.clusterStatus(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	all := make([]ServerStatus, 0, members+1)
	for _, m := range l.Etcd.Members {
		all = append(all, ServerStatus{Name: m.Name, URL: m.ClientURL})
	}
	all = append(all, ServerStatus{Name: "s3", URL: l.S3.Endpoint})
	var group errgroup.Group
	for i := range all {
		group.Go(func() error { return l.observe(ctx, &all[i]) })
	}
	return all, group.Wait()
}

// observe fills in s. A server that is not well is no error.
func (l *Lab) observe(ctx context.Context, s *ServerStatus) error {
	server, err := l.Server(s.Name)
	if err != nil {
		return err
	}
	pid, alive := server.PID()
	if !alive {
		s.Error = "does not run"
		return nil
	}
	s.PID = pid
	if s.Name == "s3" {
		err = l.S3.healthy(ctx)
	} else {
		err = l.observeMember(ctx, s)
	}
	s.Healthy = err == nil
	if err != nil {
		s.Error = err.Error()
	}
	return nil
}

// observeMember reads the member's own numbers, then proves with a linearizable
// read that it can reach a quorum.
func (l *Lab) observeMember(ctx context.Context, s *ServerStatus) error {
	client, err := l.client(s.URL)
	if err != nil {
		return err
	}
	defer client.Close()
	status, err := client.Status(ctx, s.URL)
	if err != nil {
		return err
	}
	s.Revision, s.DBBytes = status.Header.Revision, status.DbSize
	s.Leader = status.Leader == status.Header.MemberId
	count, err := client.Get(ctx, "", clientv3.WithPrefix(), clientv3.WithCountOnly(), clientv3.WithSerializable())
	if err != nil {
		return err
	}
	s.Keys = count.Count
	_, err = client.Get(ctx, "health")
	return err
}
