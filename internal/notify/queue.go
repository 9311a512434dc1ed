package notify

import "sync"

// queue holds what waits for one channel. Putting never waits: over the limit the
// oldest goes, for the newest is what people need.
type queue struct {
	mu     sync.Mutex
	wake   chan struct{}
	list   []letter
	closed bool
}

// letter is a message for one channel.
type letter struct {
	m  Message
	to []Person
}

// backlog is how many messages may wait for one channel.
const backlog = 64

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put adds a letter and returns the one that had to go.
func (q *queue) put(l letter) (gone *letter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) >= backlog {
		gone = &q.list[0]
		q.list = append([]letter{}, q.list[1:]...)
	}
	q.list = append(q.list, l)
	q.ring()
	return gone
}

// close says that there will be no more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ring()
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for the next letter; false: there is none any more.
func (q *queue) take() (letter, bool) {
	for {
		q.mu.Lock()
		if len(q.list) > 0 {
			l := q.list[0]
			q.list = q.list[1:]
			q.mu.Unlock()
			return l, true
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return letter{}, false
		}
		<-q.wake
	}
}
