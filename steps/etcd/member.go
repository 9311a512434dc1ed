package etcd

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// member is a member of etcd on this machine, as a plan describes it.
type member struct {
	Name      string `json:"name" doc:"Its --name. With static_pod the manifest knows it, and the fields below."`
	DataDir   string `json:"data_dir" doc:"Its --data-dir."`
	WALDir    string `json:"wal_dir" doc:"Its --wal-dir, where it has one."`
	PeerURL   string `json:"peer_url" doc:"Its --initial-advertise-peer-urls: one URL."`
	ClientURL string `json:"client_url" doc:"One of its --advertise-client-urls: it shows that the member runs, and how new its data are."`
	Owner     string `json:"owner" doc:"user:group of its files; without it, that of the old data directory."`
	process.Control
}

// validate checks one member; path is where it stands.
func (m member) validate(path string, partial bool) error {
	var errs []error
	at := func(field string, err error) {
		if err != nil {
			errs = append(errs, &steps.FieldError{Path: path + "." + field, Err: err})
		}
	}
	var field *steps.FieldError
	if err := m.Control.Validate(partial); errors.As(err, &field) {
		at(field.Path, field.Err)
	}
	at("peer_url", checkURL(m.PeerURL))
	at("client_url", checkURL(m.ClientURL))
	if rel, err := filepath.Rel(m.DataDir, m.WALDir); m.DataDir != "" && m.WALDir != "" && err == nil && !strings.HasPrefix(rel, "..") {
		at("wal_dir", errors.New("it lies in data_dir: leave it out when it is member/wal, or move it"))
	}
	if !partial && m.StaticPod == "" {
		errs = append(errs, m.complete(path))
	}
	return errors.Join(errs...)
}

// complete checks that what every member needs is given.
func (m member) complete(path string) error {
	var errs []error
	for _, f := range []struct{ name, value string }{{"name", m.Name}, {"data_dir", m.DataDir}, {"peer_url", m.PeerURL}} {
		if f.value == "" {
			errs = append(errs, steps.Errorf(path+"."+f.name, "it is required, unless static_pod names a manifest that says it"))
		}
	}
	return errors.Join(errs...)
}

func checkURL(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" {
		return fmt.Errorf("%q is not a URL such as https://10.0.0.1:2380", raw)
	}
	return nil
}

// resolve fills in what the manifest of a static pod knows, and makes folders
// absolute.
func (m member) resolve() (member, error) {
	if m.StaticPod != "" {
		manifest, err := m.ReadManifest()
		if err != nil {
			return m, steps.Final(err)
		}
		fill(&m.Name, manifest.Flag("--name"))
		fill(&m.DataDir, manifest.HostPath(manifest.Flag("--data-dir")))
		fill(&m.WALDir, manifest.HostPath(manifest.Flag("--wal-dir")))
		fill(&m.PeerURL, first(manifest.Flag("--initial-advertise-peer-urls")))
		fill(&m.ClientURL, first(manifest.Flag("--advertise-client-urls")))
		if err := m.complete(m.StaticPod); err != nil {
			return m, steps.Final(err)
		}
	}
	return m.absolute()
}

func (m member) absolute() (member, error) {
	for _, dir := range []*string{&m.DataDir, &m.WALDir} {
		if *dir == "" {
			continue
		}
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return m, err
		}
		*dir = abs
	}
	return m, nil
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func first(urls string) string {
	one, _, _ := strings.Cut(urls, ",")
	return one
}

// database is where a stopped member's data can be read.
func (m member) database() string { return filepath.Join(m.DataDir, "member", "snap", "db") }

func (m member) traces() process.Traces {
	t := process.Traces{PIDFile: m.PIDFile, LockFile: m.database(), Folders: []string{m.DataDir}, Unit: m.SystemdUnit}
	if m.WALDir != "" {
		t.Folders = append(t.Folders, m.WALDir)
	}
	for _, u := range []string{m.ClientURL, m.PeerURL} {
		if u != "" {
			t.URLs = append(t.URLs, u)
		}
	}
	return t
}

// dependent is a server that must not run while etcd is restored: it holds what
// it has read, and would go on with it.
type dependent struct {
	Name string `json:"name" plan:"required" doc:"What to call it, such as kube-apiserver."`
	URL  string `json:"url" doc:"Where it listens: one proof that it is dead."`
	process.Control
}

func (d dependent) validate(path string, partial bool) error {
	var errs []error
	var field *steps.FieldError
	if err := d.Control.Validate(partial); errors.As(err, &field) {
		errs = append(errs, &steps.FieldError{Path: path + "." + field.Path, Err: field.Err})
	}
	if err := checkURL(d.URL); err != nil {
		errs = append(errs, &steps.FieldError{Path: path + ".url", Err: err})
	}
	if !partial && d.URL == "" && d.PIDFile == "" && d.SystemdUnit == "" {
		errs = append(errs, steps.Errorf(path+".url", "give url or pid_file: nothing else can prove that it is dead"))
	}
	if !partial && !d.CanStop() {
		errs = append(errs, &steps.FieldError{Path: path + ".stop", Err: process.ErrNoControl})
	}
	return errors.Join(errs...)
}

func (d dependent) traces() process.Traces {
	t := process.Traces{PIDFile: d.PIDFile, Unit: d.SystemdUnit}
	if d.URL != "" {
		t.URLs = []string{d.URL}
	}
	return t
}
