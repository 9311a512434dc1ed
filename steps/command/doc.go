// Package command is the step kind that runs a program or a script.
//
// The program must neither run twice by accident nor be forgotten, also when
// drplan is killed while it runs. So drplan starts itself again as a small
// wrapper, in a session of its own, which
//
//  1. claims the attempt: a folder renamed into place, which fails when there
//     is one; in it a locked file that tells as long as the wrapper lives;
//  2. starts the program in a process group of its own, its output in files;
//  3. leaves the program's exit status in a file renamed into place.
//
// A drplan that comes back reads where that got to (Reconcile), and waits for
// the wrapper when it is still there (Run with Attach).
//
// A program that uses the kind calls WrapperMain first in its main. The package
// knows nothing of engines, journals and plans.
package command
