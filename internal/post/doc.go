// Package post sends a body to an HTTP server and does not give up at once: it tries
// again after what passes by itself, waits longer each time, and bounds everything.
//
// Where it sends may be a secret, as a webhook's address is: no error names more of a
// URL than its host. It follows no redirect, for that would send the body, and a
// token with it, to somebody else.
//
// The package knows nothing of runs.
package post
