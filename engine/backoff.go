package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// backoff is the pause after the given attempt (1, 2, …). The nominal pause
// doubles with every attempt up to MaxBackoff, or up to the configured one where
// that is longer; the result lies between 75 % and 100 % of it. The jitter is a
// hash, so that a decision taken again comes out the same.
func backoff(run string, n *Node, key string, attempt int) Span {
	nominal := n.Retry.Backoff
	if nominal == 0 {
		nominal = DefaultBackoff
	}
	ceiling := max(nominal, MaxBackoff)
	for i := 1; i < attempt && nominal < ceiling; i++ {
		nominal = min(addTime(nominal, nominal), ceiling)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", run, n.ID, key, attempt))
	share := float64(binary.BigEndian.Uint32(sum[:4])) / (1 << 32)
	return nominal - Span(float64(nominal)*0.25*share)
}

// addTime adds without wrapping around: a limit too far away to express is as
// far away as can be expressed.
func addTime(t Time, d Span) Time {
	if d > 0 && t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
