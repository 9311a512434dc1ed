// Package datadir exchanges a folder for another one that was made beside it,
// and back: by rename, never by deleting what was there. What is a mount point,
// and cannot be renamed, is exchanged within the mount. The new folder gets the
// owner, mode and SELinux label of the old; how much room is left is known, and
// what would keep the exchange from being made.
//
// The package must not know what is in the folders.
package datadir
