// Package stuck says why a restore does not move: whom it waits behind, which
// volume is not written because of which pod, claim or node, and what the
// cluster itself says about these. Velero says nothing of it, and waits for hours.
//
// It reads only, and knows nothing of steps.
package stuck
