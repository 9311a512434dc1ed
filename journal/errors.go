package journal

import (
	"errors"
	"fmt"
	"time"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrCorrupt is what every [*CorruptError] is.
	ErrCorrupt = errors.New("journal is damaged")
	// ErrLocked is what every [*LockedError] is.
	ErrLocked = errors.New("run is in use")
	// ErrRecord is wrapped when a record cannot be logged as it is.
	ErrRecord = errors.New("not a record")
	// ErrRunID is wrapped when a run id cannot be a folder's name.
	ErrRunID = errors.New("not a run id")
)

// CorruptError says where a journal stops being what was committed.
type CorruptError struct {
	Path   string // of the journal's file
	Line   int64  // first faulty line, from 1
	Offset int64  // where that line begins, in bytes
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s:%d: %s at byte %d: %s; nothing was changed, restore the file from a copy or begin a new run",
		e.Path, e.Line, ErrCorrupt, e.Offset, e.Reason)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// FormatError refuses a journal that a later version wrote.
type FormatError struct {
	Path   string
	Format int64 // what the file says
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s has journal format %d, this version reads up to %d: use the drplan that wrote it, or a later one",
		e.Path, e.Format, Format)
}

// LockedError says who has the run. Its fields are zero when the holder has
// taken the lock but not yet written its name.
type LockedError struct {
	Dir   string
	PID   int
	Host  string
	Since time.Time
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s: %s by another process: wait for it", e.Dir, ErrLocked)
	}
	return fmt.Sprintf("%s: %s by process %d on %s since %s: wait for it, or stop it first",
		e.Dir, ErrLocked, e.PID, e.Host, e.Since.Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrLocked) true.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }
