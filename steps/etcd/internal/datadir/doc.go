// Package datadir exchanges a folder for another one that was made beside it,
// and back: by rename, never by deleting what was there. It gives the new one
// the owner, mode and SELinux label of the old, and knows how much room is left.
//
// The package must not know what is in the folders.
package datadir
