// Package mirror keeps a second copy of a run's journal where another operator
// can reach it when the first one's machine is gone, and takes the run up from
// there.
//
// It knows how to lay a run out in a store of objects, how to follow a journal
// that grows, and who may drive the run. It must not know what a record means,
// nor what a store is made of: that is an interface, which a bucket satisfies.
//
// # A run in the store
//
//	RUN/files/plan.yaml                            what the run was made from
//	RUN/files/params.json
//	RUN/journal/00000001-00000001.jsonl            records 1 to 1
//	RUN/journal/00000002-00000007.jsonl            records 2 to 7
//	RUN/whole/00000007.jsonl                       the same in one object, once a driver let go
//	RUN/files/checkpoint-7-1a2b3c4d.note           who signed it, once it was closed
//	RUN/lock.json                                  who drives it
//	.register/RUN.json                             that it was begun, also when the rest is gone
//
// A segment holds whole batches and is named by its first and last record. It is
// written once, on the condition that it does not exist, and never changed;
// concatenated in order the segments are the journal, byte for byte, so the
// chain of sums proves the copy as it proves the original.
//
// Who reads thousands of runs takes the object that holds all records, of which the
// lock says whether it is there: two requests a run, whatever its length. It proves
// no more than the segments do, and who verifies reads both.
//
// The lock is written on the condition that it is what was read, so of two
// drivers one wins. It is renewed while the run goes on; its age tells a driver
// that is gone from one that is slow, but nothing is taken over without a
// person's reason: a driver that cannot reach the store may still be at work.
package mirror
