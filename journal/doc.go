// Package journal is an append-only log of opaque records, one folder a run.
//
// It knows how to make a record durable, how to tell that a record is the one
// that was written, and how to keep a second writer out. It must not know what
// a record means: the engine owns the codec, and a record is to this package
// one JSON value on one line, given back byte for byte.
//
// # A run's folder
//
//	RUNS/<run id>/            0700
//	    journal.jsonl  0600   the log; the only name here that begins with "journal"
//	    lock           0600   flock(2)ed by the one writer, which says in it who it is
//	    inbox/         0700   people's answers, one file each, until the writer has taken them
//	    …              0600   what Create was given: the plan's bytes, the parameters
//
// The folder appears under its name by rename(2), complete and synced.
//
// # The file, format 1
//
// One JSON object a line, its bytes fixed to the last one (no spaces, keys in
// this order, numbers without leading zeros, the hash in lower case):
//
//	{"format":1,"seq":1,"batch":1,"commit":true,"sum":"<64 hex>","rec":<header>}
//	{"seq":2,"batch":2,"sum":"<64 hex>","rec":<record>}
//	{"seq":3,"batch":2,"commit":true,"sum":"<64 hex>","rec":<record>}
//
// What the keys say:
//
//   - format stands in the first line only. A reader refuses a newer one with
//     [*FormatError] before it looks at anything else.
//   - seq counts records, and lines, from 1.
//   - batch counts batches from 1. A batch is written by one write(2) and synced
//     by one fdatasync(2). The header is a batch of its own.
//   - commit marks the last line of a batch. Records without one after them
//     were never promised to anybody.
//   - sum is SHA-256, in hex, over the sum of the line before (as its 64 hex
//     digits; 64 zeros for the first line) followed by the line itself without
//     its newline and without the 64 digits of its own sum.
//   - rec is the record, byte for byte as it was given.
//
// The file only grows, and what is committed never changes; only an unfinished
// batch is ever cut off. Segments of it, concatenated, are the file.
//
// The chain can be checked without drplan:
//
//	prev=$(printf '%064d' 0)
//	while IFS= read -r line; do
//	  rest=${line#*'"sum":"'}
//	  sum=$(printf '%.64s' "$rest")
//	  body=${line%%'"sum":"'*}'"sum":"'${rest#"$sum"}
//	  [ "$(printf '%s' "$prev$body" | sha256sum | cut -c1-64)" = "$sum" ] || exit 1
//	  prev=$sum
//	done <journal.jsonl
//	echo "$prev"
//
// The last sum is the run's fingerprint: it depends on every byte before it.
//
// # Damage
//
// The committed prefix ends at the last commit mark that an unbroken chain
// reaches. What follows is the tail. A crash leaves at most one batch there,
// partly written, and nobody acted on it: such a tail is ignored by readers and
// cut by [Open], which says so in [Cut]. A tail that is more than that was
// committed once and is damaged now; that, like a damaged header, is
// [*CorruptError], and nothing is cut.
//
// A tail is more than one batch when, anywhere in it, a line claims a batch
// other than the next one (hence the number on every line: the damage may have
// hit a commit mark, or the newline between two batches), when anything follows
// a line that carries a commit mark, or when it is longer than a batch can be.
// In doubt it is damage: a refused resume can be helped, a step run twice cannot.
//
// What no log can see alone: a file cut off exactly after a commit mark, and a
// last batch damaged after it was synced, which looks like one that a crash
// tore. The first shows as a journal without its closing record ([Verify]), the
// second is told apart as far as it can be by [Cut.Marked].
package journal
