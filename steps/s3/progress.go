package s3

import (
	"fmt"
	"sync"
	"time"
)

// everySo is how often a transfer tells how far it is.
const everySo = 200 * time.Millisecond

// progress tells how much of a transfer is done. Any goroutine may add.
type progress struct {
	mu          sync.Mutex
	verb        string
	done, total int64
	tell        func(string)
	told        time.Time
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += int64(n)
	if p.tell == nil || p.done < p.total && time.Since(p.told) < everySo {
		return
	}
	p.told = time.Now()
	p.tell(fmt.Sprintf("%s %s of %s", p.verb, mebi(p.done), mebi(p.total)))
}

// mebi writes a number of bytes for people.
func mebi(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
