// Package gitref says from which commit a file comes that lies in a git work tree.
//
// It reads HEAD and what that names by itself, for a file has a commit whether or not
// git is installed where it is run. Whether the work tree differs from the commit only git
// can tell, and is asked where there is one. It writes nothing, and whatever it cannot
// find out it leaves out: it must never keep anybody from anything.
package gitref
