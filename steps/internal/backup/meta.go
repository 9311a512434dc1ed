package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// Meta is what is known of one backup. A field that was not recorded is zero.
type Meta struct {
	Kind string `json:"kind"` // what made it: "etcd_snapshot"; "file" for a file of unknown making

	// StartedAt is the wall time just before the backup was asked for. All that
	// was acknowledged before it is in the backup: it is the recovery point.
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`

	Run string `json:"run,omitempty"` // id of the drplan run that made it

	Revision int64  `json:"revision,omitempty"` // etcd: the newest revision in it
	Hash     uint32 `json:"hash,omitempty"`     // etcd: as `etcdutl snapshot status` prints it
	Keys     int64  `json:"keys,omitempty"`     // etcd: live keys

	Size   int64  `json:"size,omitempty"`   // bytes of the file
	SHA256 string `json:"sha256,omitempty"` // of the whole file, lower-case hex

	ClusterID string `json:"cluster_id,omitempty"` // etcd: hexadecimal
	Tool      string `json:"tool,omitempty"`       // version of the server that it was taken from: "etcd 3.7.3"
}

// SidecarSuffix is appended to a backup's file name to name its sidecar.
const SidecarSuffix = ".meta.json"

// WriteSidecar writes m beside file, whole or not at all, mode 0600.
func WriteSidecar(file string, m Meta) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the metadata of %s: %w", file, err)
	}
	if err := atomicfile.Write(file+SidecarSuffix, append(data, '\n')); err != nil {
		return fmt.Errorf("write the metadata of %s: %w", file, err)
	}
	return nil
}

// ReadSidecar reads what WriteSidecar wrote. A file without a sidecar is
// reported by false, not by an error.
func ReadSidecar(file string) (Meta, bool, error) {
	data, err := os.ReadFile(file + SidecarSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return Meta{}, false, nil
	}
	var m Meta
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return Meta{}, false, fmt.Errorf("read the metadata of %s: %w (remove %s to go on without it)", file, err, file+SidecarSuffix)
	}
	return m, true, nil
}
