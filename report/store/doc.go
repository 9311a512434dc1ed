// Package store reads runs from where they are kept: a folder, or the copy in a
// bucket that package mirror makes.
//
// It knows what runs there are, how to get at one of them, and how to read
// thousands: several at one time, in order, no more of them in memory than are
// being read. It writes nothing: a run is driven from a folder alone. It must not
// know what is made of a run, nor how a bucket is spoken to: that is an interface
// of package mirror.
//
// # What it costs
//
// Of a folder, Header reads no more than the first line of a journal. Of a bucket,
// IDs is one request for each thousand runs, and Read two for a run that was let
// go of, whatever its length; a Header is kept, so that a Read after it costs nothing.
package store
