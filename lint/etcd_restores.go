package lint

import (
	"path"
	"strings"

	"github.com/drplan/drplan/plans"
)

// etcdRestore is a command that restores a member of etcd from a snapshot.
type etcdRestore struct {
	*Call
	Section *plans.Section
	At      int // its step's place in the section
	File    string
	Name    string // --name; "default" where it is not given
	DataDir string // --data-dir; "" where it is not given
	Peers   []string
	Several bool // the section restores members of other names, too
	Cleared bool // something before it may have emptied its directory
	Joined  bool // something before it has taken a member into or out of a cluster that runs
}

// etcdRestores lists the commands of a section that restore etcd.
func (s *Subject) etcdRestores(sec *plans.Section) []*etcdRestore {
	if out, known := s.restores[sec]; known {
		return out
	}
	var out []*etcdRestore
	cleared, joined := false, false
	for i, st := range sec.Steps {
		cleared = cleared || s.readiesMachine(st)
		for _, c := range s.CallsOf(st) {
			cleared = cleared || clearsEtcd(c)
			joined = joined || c.Runs("etcdctl", "member", "add") || c.Runs("etcdctl", "member", "remove")
			if !restoresEtcd(c) {
				continue
			}
			f := parse(c, "--data-dir --wal-dir --name --initial-cluster --initial-cluster-token --initial-advertise-peer-urls --bump-revision --endpoints --cacert --cert --key -w|--write-out", "--skip-hash-check --mark-compacted")
			r := &etcdRestore{Call: c, Section: sec, At: i, Name: "default", DataDir: f.values["--data-dir"], Cleared: cleared, Joined: joined}
			if len(f.words) > 2 {
				r.File = f.words[len(f.words)-1]
			}
			if n := f.values["--name"]; n != "" {
				r.Name = n
			}
			if peers := f.values["--initial-cluster"]; peers != "" {
				r.Peers = strings.Split(peers, ",")
			}
			out = append(out, r)
		}
	}
	names := map[string]bool{}
	for _, r := range out {
		if !r.Unfinished() {
			names[r.Name] = true
		}
	}
	for _, r := range out {
		r.Several = len(names) > 1
	}
	if s.restores == nil {
		s.restores = map[*plans.Section][]*etcdRestore{}
	}
	s.restores[sec] = out
	return out
}

// eachRestore visits every command of a procedure that restores etcd.
func (p *Pass) eachRestore(visit func(r *etcdRestore, all []*etcdRestore)) {
	for _, sec := range p.Procedures {
		all := p.etcdRestores(sec)
		for _, r := range all {
			visit(r, all)
		}
	}
}

// Unfinished reports whether the command is not written out yet.
func (r *etcdRestore) Unfinished() bool { return r.File == "..." || r.File == "…" || r.File == "" }

// bumps reports whether the revision is raised.
func (r *etcdRestore) bumps() bool {
	_, bump := r.Flag("--bump-revision")
	return bump || r.On("--mark-compacted")
}

// alone reports whether this one of several members is restored, and the others are
// not: the section restores no other, or has taken the member out of a cluster that
// runs. To restore one as a cluster of its own and to add the others then is right.
func (r *etcdRestore) alone(all []*etcdRestore) bool {
	return r.Joined || len(all) == 1 && len(r.Peers) > 1 && literal(r.Name) && !r.Looped && r.Step.ForEach == nil && r.Step.Host.Node == nil && literal(strings.Join(r.Peers, ",")) && (!r.Within || r.Remote != "" && literal(r.Remote))
}

// copiedDB reports whether a path is the database file of a running member.
func copiedDB(p string) bool { return strings.HasSuffix(path.Clean(p), "member/snap/db") }

// restoresEtcd reports whether a command restores a member of etcd.
func restoresEtcd(c *Call) bool {
	return c.Runs("etcdutl", "snapshot", "restore") || c.Runs("etcdctl", "snapshot", "restore")
}
