// Package register keeps the list of all runs that were begun in a folder, so that
// one that was deleted leaves a gap that shows.
//
// It knows how to enter a start, how to say which run came before it, and how to
// hold a folder of runs against its register. It must not know what a record of a
// run means: what a run's first record says of its place is handed in.
//
// # Two traces of every start
//
//	RUNS/.register/journal.jsonl   a line for each start, in a chain of sums
//	RUNS/<run>/journal.jsonl       whose first record names the register, the
//	                               number of the start, and the run before it with
//	                               the sum that its journal had then
//
// A run that is deleted is missing to its line in the register. Whoever cuts the
// line out as well breaks the register's chain, and whoever writes that anew is
// contradicted by the first record of every later run, which cannot be written
// anew where the run is signed. The newest run alone has no later one: a copy of
// the register outside tells of it (package mirror keeps one object for each start).
//
// # Accounts
//
// A run may be missing for a good reason: it was archived. A run may be here that was
// entered elsewhere. A register may be damaged, and then no run can be entered any
// more. Somebody can say so, in the same chain: an account says where the run is and
// why, what was seen of its journal, who said it, and may be signed. It explains a gap
// and closes none. A journal that is another than the one that was entered cannot be
// accounted for.
//
// # Two runs at one time
//
// A start holds the register's lock from reading what came before until the run's
// folder is there, some milliseconds. So starts have an order, numbers no gaps, and
// each run one predecessor, which may itself still be going on: its sum is then
// that of the record it had reached.
//
// The register never keeps a run from beginning. Where it cannot be had, the
// run's first record says why; the run is entered, as found, by the next start.
package register
