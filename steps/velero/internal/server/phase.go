package server

import velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

// Outcome is what a phase of a backup or a restore means for whoever waits.
type Outcome int

// The outcomes. Only Going is not the end.
const (
	Going   Outcome = iota // it waits its turn, works, waits for plugins or finalizes
	Good                   // Completed
	Partial                // PartiallyFailed
	Bad                    // Failed, FailedValidation, or being deleted
)

// Ended reports whether nothing more will come.
func (o Outcome) Ended() bool { return o != Going }

// OfBackup is what a backup's phase means. A phase that is not known is Going:
// whoever waits has a deadline.
func OfBackup(p velerov1.BackupPhase) Outcome {
	switch p {
	case velerov1.BackupPhaseCompleted:
		return Good
	case velerov1.BackupPhasePartiallyFailed:
		return Partial
	case velerov1.BackupPhaseFailed, velerov1.BackupPhaseFailedValidation, velerov1.BackupPhaseDeleting:
		return Bad
	}
	return Going
}

// OfRestore is what a restore's phase means.
func OfRestore(p velerov1.RestorePhase) Outcome {
	switch p {
	case velerov1.RestorePhaseCompleted:
		return Good
	case velerov1.RestorePhasePartiallyFailed:
		return Partial
	case velerov1.RestorePhaseFailed, velerov1.RestorePhaseFailedValidation:
		return Bad
	}
	return Going
}

// BackupWaits reports whether the server has not begun the backup yet.
func BackupWaits(p velerov1.BackupPhase) bool {
	switch p {
	case "", velerov1.BackupPhaseNew, velerov1.BackupPhaseQueued, velerov1.BackupPhaseReadyToStart:
		return true
	}
	return false
}

// RestoreWaits reports whether the server has not begun the restore yet.
func RestoreWaits(p velerov1.RestorePhase) bool { return p == "" || p == velerov1.RestorePhaseNew }
