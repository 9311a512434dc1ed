package drilltest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOfOthers: what another run has made on the same lab is not ours to clear away.
func TestOfOthers(t *testing.T) {
	runs := t.TempDir()
	if err := os.Mkdir(filepath.Join(runs, "20261124T140705Z-accidental_deletion-ab12"), 0o700); err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadDir(runs)
	if err != nil {
		t.Fatal(err)
	}
	for item, others := range map[string]bool{
		"Backup velero/20261124t140705z-accidental-deletion-first-backup-16ec09-1": false,
		"Backup velero/20261124t140706z-accidental-deletion-first-backup-16ec09-1": true,
		"velero-east/backups/20261124t140706z-accidental-deletion-1/x.gz":          true,
		"Namespace /drill-shop of 20261124T140705Z-accidental_deletion-ab12":       false,
		"Namespace /drill-shop of 20261124T140706Z-accidental_deletion-ab12":       true,
		"ConfigMap velero/kube-root-ca.crt":                                        false,
		"PersistentVolume /pvc-aee40cc0-7bd2-40ad-8722-c10e0d4e33e3":               false,
	} {
		if got := ofOthers(item, own); got != others {
			t.Errorf("%s: %v", item, got)
		}
	}
}
