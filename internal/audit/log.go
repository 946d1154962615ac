package audit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/fault"
)

// Log takes the records of all organizations of a process to an Outbox: whatever
// gathered during one commit makes the next, so that many writers share it and a
// lone one waits for nobody. It is safe for concurrent use.
type Log struct {
	outbox  Outbox
	options Options
	scribe  *Scribe
	logger  *slog.Logger
	queue   queue
	waiters sync.Pool
	wake    chan struct{}
	done    chan struct{} // closed when Run has returned
}

// NewLog returns a Log that waits for Run. Options that cannot work are Invalid,
// all complaints at once.
func NewLog(outbox Outbox, options Options, scribe *Scribe, logger *slog.Logger) (*Log, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	l := &Log{
		outbox: outbox, options: options, scribe: scribe, logger: logger,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	l.queue.start(&l.options, scribe.now)
	l.waiters.New = func() any {
		timer := time.NewTimer(options.WaitTimeout)
		timer.Stop()
		return &waiter{done: make(chan error, 1), timer: timer}
	}
	return l, nil
}

// Run commits until Close, or until ctx is done: then it takes no more, commits
// what is queued and returns. It is called once.
func (l *Log) Run(ctx context.Context) error {
	defer close(l.done)
	release := context.AfterFunc(ctx, func() { l.advance(stopped) })
	defer release()
	c, commits := committer{Log: l}, context.WithoutCancel(ctx)
	for {
		if c.step(commits) {
			continue
		}
		if l.queue.finished() {
			return nil
		}
		c.idle(commits)
	}
}

// Close refuses new entries, waits until every open entry has ended and its
// record is settled, and ends Run. When ctx is done first, it commits what is
// queued without waiting for open entries and reports how many there were.
func (l *Log) Close(ctx context.Context) error {
	l.advance(closing)
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
	}
	left := l.queue.load().Rows
	l.advance(stopped)
	return fmt.Errorf("close audit log: %d records neither durable nor refused: %w", left, ctx.Err())
}

// Load tells how full the log is.
func (l *Log) Load() Load { return l.queue.load() }

func (l *Log) advance(to stage) {
	l.queue.advance(to)
	l.nudge()
}

// nudge wakes the committer; a nudge that waits already does for all.
func (l *Log) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// reserve is queue.reserve, observed.
func (l *Log) reserve(r *Record, cost int) (*lane, error) {
	room, err := l.queue.reserve(r.Org, cost)
	if err != nil {
		l.options.Observe(Observation{Signal: TurnedAway, Rows: 1, Bytes: cost})
		return nil, fmt.Errorf("reserve audit record: %w", err)
	}
	return room, nil
}

// grow is queue.grow, observed.
func (l *Log) grow(room *lane, cost int) error {
	if err := l.queue.grow(room, cost); err != nil {
		l.options.Observe(Observation{Signal: TurnedAway, Rows: 1, Bytes: cost})
		return fmt.Errorf("reserve bodies: %w", err)
	}
	return nil
}

// write reserves room for a clean record and queues it.
func (l *Log) write(r *Record, cost int, bodies []Body) (*waiter, error) {
	if err := r.validate(); err != nil {
		return nil, fault.Wrap(fault.Internal, "the audit record is not valid", err)
	}
	room, err := l.reserve(r, cost)
	if err != nil {
		return nil, err
	}
	return l.submit(r, room, cost, bodies)
}

// submit queues a record in the room reserved for it. A record that cannot be
// encoded gives its room back.
func (l *Log) submit(r *Record, room *lane, cost int, bodies []Body) (*waiter, error) {
	w := l.waiters.Get().(*waiter)
	w.lane, w.cost = room, cost
	row, err := r.row(w.row.Payload[:0])
	if err != nil {
		l.queue.giveBack(room, cost)
		l.nudge()
		return nil, fault.Wrap(fault.Internal, "the audit record is not valid", err)
	}
	w.row, w.row.Bodies = row, bodies
	if !l.queue.push(w) {
		return nil, fmt.Errorf("queue audit record: %w", errClosed)
	}
	l.nudge()
	return w, nil
}

// await returns once the record is durable, or with a fault that says why nobody
// may rely on it. A record left behind is still appended.
func (l *Log) await(ctx context.Context, w *waiter) error {
	w.timer.Reset(l.options.WaitTimeout)
	defer w.timer.Stop()
	select {
	case err := <-w.done:
		return l.answered(w, err)
	case <-w.timer.C:
		return fault.Wrap(fault.Unavailable, "the audit log is too slow; try again shortly", errWaited).RetryAfter(retryHint)
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "the request ended before its record was durable", ctx.Err()).RetryAfter(retryHint)
	}
}

// settled is await without a limit of its own: the committer answers every row,
// at the latest when Run returns.
func (l *Log) settled(w *waiter) error { return l.answered(w, <-w.done) }

// answered puts a waiter back that the committer has let go.
func (l *Log) answered(w *waiter, err error) error {
	w.row.Bodies = nil
	l.waiters.Put(w)
	if err != nil {
		return fmt.Errorf("append audit record: %w", err)
	}
	return nil
}
