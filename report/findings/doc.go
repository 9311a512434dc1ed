// Package findings keeps corrective actions in one YAML file beside the runs, so
// that they are tracked to closure from quarter to quarter.
//
// The file, RUNS/findings.yaml, is for people first: it can be written by hand, is
// read strictly, and every error has its line and column. A change by a command
// keeps comments and order, holds a lock against another command, and appears whole
// or not at all.
//
//	findings:
//	  - id: F-1
//	    title: The restore needs a longer timeout
//	    run: 20261124T125243Z-folder_loss-t2te   # none: it is of no single run
//	    step: restore
//	    severity: high        # low, medium, high, critical
//	    owner: ann
//	    due: 2026-12-15
//	    state: open           # or closed, with a day and how
//	    created: 2026-11-24
//	    note: seen on the slow disk only
//
// The package must not know what a run is: whether there is one with an id is the
// caller's to ask. It has no clock.
package findings
