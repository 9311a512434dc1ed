package engine

import "container/heap"

// place names an instance by its position: the node's in the document, the
// instance's among the node's items. Item -1 is the node itself.
type place struct{ node, item int }

func (p place) before(q place) bool {
	return p.node < q.node || p.node == q.node && p.item < q.item
}

// places is a queue in document order.
type places struct{ heap placeHeap }

func (q *places) empty() bool  { return len(q.heap) == 0 }
func (q *places) push(p place) { heap.Push(&q.heap, p) }
func (q *places) pop() place   { return heap.Pop(&q.heap).(place) }

type placeHeap []place

func (h placeHeap) Len() int           { return len(h) }
func (h placeHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h placeHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *placeHeap) Push(x any)        { *h = append(*h, x.(place)) }
func (h *placeHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// alarm is a time at which an instance is to be looked at. One that no longer
// matches what the instance waits for is ignored.
type alarm struct {
	at Time
	place
}

// alarms is a queue by time, then in document order.
type alarms struct{ heap alarmHeap }

func (q *alarms) push(a alarm) { heap.Push(&q.heap, a) }
func (q *alarms) pop()         { heap.Pop(&q.heap) }
func (q *alarms) peek() (alarm, bool) {
	if len(q.heap) == 0 {
		return alarm{}, false
	}
	return q.heap[0], true
}

type alarmHeap []alarm

func (h alarmHeap) Len() int { return len(h) }
func (h alarmHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].before(h[j].place)
}
func (h alarmHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *alarmHeap) Push(x any)   { *h = append(*h, x.(alarm)) }
func (h *alarmHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
