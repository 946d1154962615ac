package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// What changes may take of one process.
const (
	// maxChanging is how many changes have a connection at once. The other
	// connections are left to what only reads: versions, snapshots, sessions.
	maxChanging = maxConnections / 2

	maxWaiting = 16             // changes of one line that wait for their turn
	turnLimit  = statementLimit // how long one of them waits

	turnRetry = time.Second // when another try may find room
)

// line is the changes that take turns. Each has the organization's row to itself
// while it runs, so that more than one at a time would only keep connections
// waiting. What leaves that row alone has lines of its own, so that an
// organization's people take one connection with each of these: those who use it
// and those who administer it do not wait for each other.
type line struct {
	org   tenants.ID
	about about
}

// about says what a line of changes is about.
type about uint8

const (
	ofOrganization about = iota // its row
	ofSessions                  // MCP sessions that end
	ofStrangers                 // AI clients that register, or that nobody has listed
)

// turns lets one change of each line at a time have a connection, in the order
// in which they came, and keeps the changes of all lines to a share of the pool.
// Whoever waits does so without a connection.
type turns struct {
	mu       sync.Mutex
	waiting  map[line][]chan struct{} // a line is there while one of it has the turn
	changing chan struct{}
}

func newTurns() *turns {
	return &turns{waiting: map[line][]chan struct{}{}, changing: make(chan struct{}, maxChanging)}
}

// take waits for the turn and returns what ends it. Where too many wait, or the
// wait is too long, the fault is Limited.
func (t *turns) take(ctx context.Context, l line) (end func(), err error) {
	limit := time.NewTimer(turnLimit)
	defer limit.Stop()
	if err := t.queue(ctx, l, limit.C); err != nil {
		return nil, err
	}
	select {
	case t.changing <- struct{}{}:
		return func() { <-t.changing; t.next(l) }, nil
	case <-limit.C:
		err = errManyChanges
	case <-ctx.Done():
		err = translate(ctx.Err())
	}
	t.next(l)
	return nil, err
}

// queue waits for the line's other changes.
func (t *turns) queue(ctx context.Context, l line, limit <-chan time.Time) error {
	mine, err := t.join(l)
	if mine == nil {
		return err
	}
	select {
	case <-mine:
		return nil
	case <-limit:
		err = errManyWait
	case <-ctx.Done():
		err = translate(ctx.Err())
	}
	t.leave(l, mine)
	return err
}

// join stands in line; without anybody there it returns nil, and the turn is the
// caller's.
func (t *turns) join(l line) (chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, busy := t.waiting[l]
	switch {
	case !busy:
		t.waiting[l] = nil
		return nil, nil
	case len(before) >= maxWaiting:
		return nil, errManyWait
	}
	mine := make(chan struct{})
	t.waiting[l] = append(before, mine)
	return mine, nil
}

// leave gives up a place in line, or the turn if it has come meanwhile.
func (t *turns) leave(l line, mine chan struct{}) {
	t.mu.Lock()
	at := slices.Index(t.waiting[l], mine)
	if at >= 0 {
		t.waiting[l] = slices.Delete(t.waiting[l], at, at+1)
	}
	t.mu.Unlock()
	if at < 0 {
		t.next(l)
	}
}

// next gives the turn to the first in line.
func (t *turns) next(l line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.waiting[l]
	if len(before) == 0 {
		delete(t.waiting, l)
		return
	}
	close(before[0])
	t.waiting[l] = before[1:]
}

var (
	errManyWait = fault.New(fault.Limited, "many changes of this organization are under way; make them one after the other, "+
		"or all of them in one document").RetryAfter(turnRetry)
	errManyChanges = fault.New(fault.Limited, "many organizations are being changed; try again shortly").RetryAfter(turnRetry)
)
