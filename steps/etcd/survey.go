package etcd

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/datadir"
	"github.com/drplan/drplan/steps/etcd/internal/process"
	"github.com/drplan/drplan/steps/etcd/internal/snapfile"
	"github.com/drplan/drplan/steps/internal/etcdclient"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
)

// survey is what the members say, running or dead, before anything is stopped.
type survey struct {
	known  int64 // the highest revision that any of them is known to have reached
	listed []etcdcluster.Listed
}

// surveyMembers asks the members that run, and reads the databases of those
// that do not. What cannot be read tells nothing, and is logged.
func surveyMembers(ctx context.Context, auth etcdclient.Auth, members []member, in *steps.Run) survey {
	var s survey
	for _, m := range members {
		if listens, _ := process.Listens(ctx, m.ClientURL); listens {
			s.ask(ctx, auth, m, in)
		} else {
			s.read(m, in)
		}
	}
	return s
}

func (s *survey) ask(ctx context.Context, auth etcdclient.Auth, m member, in *steps.Run) {
	conn := etcdclient.Conn{Endpoints: []string{m.ClientURL}, Auth: auth}
	client, err := conn.Dial(ctx)
	if err != nil {
		in.Log.Warn("a running member does not say how new its data are", "member", m.Name, "error", err.Error())
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, conn.Timeout())
	defer cancel()
	if status, err := client.Status(ctx, m.ClientURL); err == nil {
		s.known = max(s.known, status.Header.Revision)
	}
	if listed, err := etcdcluster.ListMembers(ctx, conn, client); err == nil {
		s.listed = append(s.listed, listed...)
	}
}

func (s *survey) read(m member, in *steps.Run) {
	record, err := snapfile.ReadRecord(m.database())
	if err != nil {
		in.Log.Debug("the member's database tells nothing", "member", m.Name, "error", err.Error())
		return
	}
	s.known = max(s.known, record.Revision)
	s.listed = append(s.listed, listedIn(record)...)
}

// checkExisting refuses data that nobody said may be moved aside.
func (s *restoreStep) checkExisting(members []member) error {
	if s.ExistingData == "move_aside" {
		return nil
	}
	var errs []error
	for _, m := range members {
		for _, dir := range []string{m.DataDir, m.WALDir} {
			if dir == "" {
				continue
			}
			empty, err := datadir.Empty(dir)
			if err == nil && !empty {
				err = fmt.Errorf("%s: %s holds data: set existing_data: move_aside, or move it yourself", m.Name, dir)
			}
			errs = append(errs, err)
		}
	}
	return steps.Final(errors.Join(errs...))
}

// walRoom is what a new member takes beside its database: two preallocated
// segments of its write-ahead log, 64 MiB each.
const walRoom = 128 << 20

func checkRoom(members []member, snapshotSize int64) (string, error) {
	var needs []datadir.Need
	for _, m := range members {
		wal := m.WALDir
		if wal == "" {
			wal = m.DataDir
		}
		needs = append(needs, datadir.Need{Path: m.DataDir, Bytes: snapshotSize}, datadir.Need{Path: wal, Bytes: walRoom})
	}
	return datadir.CheckSpace(needs)
}
