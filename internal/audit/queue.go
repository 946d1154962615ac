package audit

import (
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// queue holds what waits for the committer and counts what is promised to open
// entries. Room is reserved before anything runs and freed when the record is
// settled, so that a record that may be written always finds its place.
type queue struct {
	mu      sync.Mutex
	options *Options
	now     func() time.Time

	stage   stage
	failing bool
	rows    int // reserved and queued
	bytes   int
	lanes   map[tenants.ID]*lane
	trusted ring
	doubted ring
	doubts  map[tenants.ID]time.Time // organizations whose rows travel apart, until when
	spare   []*lane
}

// stage is how far a Log is on its way to its end.
type stage uint8

const (
	open    stage = iota
	closing       // takes no new entries, waits for the open ones
	stopped       // takes no rows either
)

// retryHint is how long a refused caller is asked to wait.
const retryHint = time.Second

// The refusals, made once: refusing must be cheaper than serving.
var (
	errFull    = unavailable("the audit log is full; try again shortly")
	errShare   = unavailable("the organization's share of the audit log is used up; try again shortly")
	errFailing = unavailable("the audit log is unavailable; try again shortly")
	errClosed  = unavailable("the service is stopping; try again shortly")
)

func unavailable(public string) error {
	return fault.New(fault.Unavailable, public).RetryAfter(retryHint)
}

// reserve promises room for one row of at most cost bytes, or says why not.
func (q *queue) reserve(org tenants.ID, cost int) (*lane, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[org]
	switch {
	case q.stage != open:
		return nil, errClosed
	case q.failing:
		return nil, errFailing
	case q.rows+1 > q.options.QueueRows || q.bytes+cost > q.options.QueueBytes:
		return nil, errFull
	case l != nil && (l.rows+1 > q.options.shareOf(q.options.QueueRows) || l.bytes+cost > q.options.shareOf(q.options.QueueBytes)):
		return nil, errShare
	}
	if l == nil {
		l = q.lane(org)
	}
	l.rows, l.bytes = l.rows+1, l.bytes+cost
	q.rows, q.bytes = q.rows+1, q.bytes+cost
	return l, nil
}

func (q *queue) lane(org tenants.ID) *lane {
	var l *lane
	if n := len(q.spare); n > 0 {
		l, q.spare = q.spare[n-1], q.spare[:n-1]
		*l = lane{org: org}
	} else {
		l = &lane{org: org}
	}
	q.lanes[org] = l
	return l
}

// maxSpare bounds the lanes kept for reuse.
const maxSpare = 256

// release returns a reservation. The lock is held.
func (q *queue) release(l *lane, cost int) {
	l.rows, l.bytes = l.rows-1, l.bytes-cost
	q.rows, q.bytes = q.rows-1, q.bytes-cost
	if l.rows > 0 {
		return
	}
	delete(q.lanes, l.org)
	if len(q.spare) < maxSpare {
		q.spare = append(q.spare, l)
	}
}

// push queues a row whose room is reserved. It reports false, and frees the
// room, when nobody will commit it any more.
func (q *queue) push(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stage == stopped {
		q.release(w.lane, w.cost)
		return false
	}
	l := w.lane
	if l.head == nil {
		l.head = w
		q.ringOf(l).push(l)
	} else {
		l.tail.next = w
	}
	l.tail = w
	return true
}

// ringOf returns the ring a lane belongs to now. The lock is held.
func (q *queue) ringOf(l *lane) *ring {
	if len(q.doubts) == 0 {
		return &q.trusted
	}
	until, doubted := q.doubts[l.org]
	if !doubted {
		return &q.trusted
	}
	if q.now().Before(until) {
		return &q.doubted
	}
	delete(q.doubts, l.org)
	return &q.trusted
}

// take fills a batch from the trusted lanes, one row of each in turn, so that
// the longest lane delays nobody else.
func (q *queue) take(batch []*waiter) []*waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	for bytes := 0; len(batch) < q.options.MaxBatchRows; {
		l := q.trusted.head
		if l == nil || len(batch) > 0 && bytes+l.head.row.size() > q.options.MaxBatchBytes {
			break
		}
		q.trusted.pop()
		if q.ringOf(l) == &q.doubted {
			q.doubted.push(l)
			continue
		}
		w := l.shift()
		bytes += w.row.size()
		batch = append(batch, w)
		if l.head != nil {
			q.ringOf(l).push(l)
		}
	}
	return batch
}

// doubtedRows bounds a batch of a doubted lane.
const doubtedRows = 32

// takeDoubted returns a few rows of one doubted lane, and of it alone.
func (q *queue) takeDoubted() (batch []*waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.doubted.pop()
	if l == nil {
		return nil
	}
	for l.head != nil && len(batch) < doubtedRows {
		batch = append(batch, l.shift())
	}
	if l.head != nil {
		q.ringOf(l).push(l)
	}
	return batch
}

// doubt lets an organization's rows travel apart for a while.
func (q *queue) doubt(org tenants.ID, long time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.doubts[org] = q.now().Add(long)
}

// settle frees the room of rows and answers whoever waits for them.
func (q *queue) settle(batch []*waiter, answer error) {
	q.mu.Lock()
	for _, w := range batch {
		q.release(w.lane, w.cost)
	}
	q.mu.Unlock()
	for _, w := range batch {
		w.done <- answer
	}
}

// observe notes how a commit ended and reports whether that is news.
func (q *queue) observe(signal Signal) (news bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.failing
	q.failing = signal == CommitFailed
	return q.failing != was
}

// advance moves to a later stage, never back.
func (q *queue) advance(to stage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stage = max(q.stage, to)
}

// load returns what is reserved and queued, and whether the store fails.
func (q *queue) load() Load {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Load{Rows: q.rows, Bytes: q.bytes, Failing: q.failing}
}

// finished reports whether the committer may leave, having found no row to take.
// Leaving a closing queue stops it in the same step.
func (q *queue) finished() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	idle := q.trusted.head == nil && q.doubted.head == nil
	if idle && q.stage == closing && q.rows == 0 {
		q.stage = stopped
	}
	return idle && q.stage == stopped
}

// start makes the queue ready.
func (q *queue) start(options *Options, now func() time.Time) {
	q.options, q.now = options, now
	q.lanes, q.doubts = map[tenants.ID]*lane{}, map[tenants.ID]time.Time{}
}

// enlarge adds to what a reservation holds. It never refuses: what has begun is
// recorded.
func (q *queue) enlarge(l *lane, cost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.bytes, q.bytes = l.bytes+cost, q.bytes+cost
}

// giveBack frees room that will not be used.
func (q *queue) giveBack(l *lane, cost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(l, cost)
}
