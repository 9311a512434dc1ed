package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// FormatVersion is the version of lab.json that this package writes and reads.
const FormatVersion = 1

// Lab is a lab as its lab.json describes it. All paths are absolute. The file
// holds secrets and has mode 0600.
type Lab struct {
	FormatVersion int    `json:"format_version"`
	Name          string `json:"name"`
	Dir           string `json:"dir"`
	Etcd          Etcd   `json:"etcd"`
	S3            S3     `json:"s3"`
	// S3Secondary stands for another region: a server of its own with the same
	// keys. Labs with a cluster have one.
	S3Secondary *S3 `json:"s3_secondary,omitempty"`
	// S3Of is the folder of the lab whose S3 servers these are; empty: its own.
	S3Of    string   `json:"s3_of,omitempty"`
	Cluster *Cluster `json:"cluster,omitempty"` // nil: a lab of etcd alone
	Fill    Fill     `json:"fill"`
}

// Etcd is the lab's etcd cluster, and what a client of it needs.
type Etcd struct {
	Endpoints      []string `json:"endpoints"`       // client URLs of all members
	CACert         string   `json:"cacert"`          // authority of all certificates
	Cert           string   `json:"cert"`            // a client's certificate …
	Key            string   `json:"key"`             // … and key
	InitialCluster string   `json:"initial_cluster"` // as etcd's flag of that name
	Token          string   `json:"token"`           // as --initial-cluster-token
	Etcd           string   `json:"etcd"`            // the binaries
	Etcdctl        string   `json:"etcdctl"`
	Etcdutl        string   `json:"etcdutl"`
	Members        []Member `json:"members"`
}

// Member is one member of the etcd cluster.
type Member struct {
	Name      string `json:"name"`
	ClientURL string `json:"client_url"`
	PeerURL   string `json:"peer_url"`
	DataDir   string `json:"data_dir"` // made by etcd; missing before the first start
	// ArgsFile holds further etcd arguments, one a line, for every start from
	// then on; a later flag overrides an earlier one. It need not exist.
	ArgsFile string `json:"args_file"`
	Process
}

// S3 is the lab's S3 server, and what a client of it needs. Clients must use
// path-style addressing.
type S3 struct {
	Endpoint  string `json:"endpoint"`
	Region    string `json:"region"`
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	Bucket    string `json:"bucket"`
	// VeleroBucket holds Velero's location, which tolerates nothing else in it.
	VeleroBucket string `json:"velero_bucket,omitempty"`
	DataDir      string `json:"data_dir"`   // each bucket is a folder of it
	AccessLog    string `json:"access_log"` // one line a request
	Process
}

// Process is where one server of the lab leaves its traces, and the programs
// that act on it. None of the programs takes an argument.
type Process struct {
	PIDFile   string `json:"pid_file"`   // its first line is the number
	LogFile   string `json:"log_file"`   // standard output and error
	StartsLog string `json:"starts_log"` // one line for every start
	Start     string `json:"start"`      // returns when the server runs, which is before it serves
	Stop      string `json:"stop"`       // asks, after ten seconds kills; returns when it is gone
	Kill      string `json:"kill"`       // SIGKILL; returns when it is gone
}

// Fill says what etcd was last filled with.
type Fill struct {
	Keys       int `json:"keys"`
	ValueBytes int `json:"value_bytes"`
}

const (
	lockName   = ".drplan-lab.lock" // also marks the folder as a lab's
	configName = "lab.json"
)

// DefaultDir is the folder of the lab called name, unless its user names another:
// $XDG_STATE_HOME/drplan-lab/NAME, else ~/.local/state/drplan-lab/NAME.
func DefaultDir(name string) (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no place for the lab, give --dir: %w", err)
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "drplan-lab", name), nil
}

// Load reads the lab.json of the folder dir. A folder without one is
// fs.ErrNotExist.
func Load(dir string) (*Lab, error) {
	data, err := os.ReadFile(filepath.Join(dir, configName))
	if err != nil {
		return nil, fmt.Errorf("no lab in %s (lab up makes one): %w", dir, err)
	}
	var l Lab
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s in %s does not hold, lab down and lab up make it anew: %w", configName, dir, err)
	}
	if l.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("the lab in %s has format %d, this command reads %d: use the command that made it", dir, l.FormatVersion, FormatVersion)
	}
	return &l, nil
}

// save writes lab.json, whole or not at all.
func (l *Lab) save() error {
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(l.Dir, configName), append(data, '\n'), 0o600)
}

// writeFile replaces path in one step.
func writeFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
