// Package archive turns files and folders into a tar and back, with all that an
// owner would miss: owner, group, mode, time of change, symbolic links, extended
// attributes with SELinux's label. GNU tar reads it: tar -xzp --xattrs.
//
// Reading distrusts the archive: a name that leads elsewhere, a file behind a
// link, a device, more bytes than allowed are refused before anything is
// written. Writing back never replaces what is there: see Plan.
//
// The package must not know of encryption, of S3 and of what the files are for.
package archive
