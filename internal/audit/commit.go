package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// errWaited is the private cause of a wait that took too long.
var errWaited = errors.New("audit: wait timeout")

// doubtFor is how long an organization's rows travel apart after one of them was
// refused for its data.
const doubtFor = time.Minute

// committer is the one goroutine that appends. Batches and pieces alternate, so
// that finding a poisoned row costs everybody else one commit in two at most.
type committer struct {
	*Log
	batch  []*waiter
	rows   []Row
	pieces [][]*waiter // parts of refused batches, the next one last
}

// step appends one batch and one piece and reports whether there was either.
func (c *committer) step(ctx context.Context) bool {
	c.batch = c.queue.take(c.batch[:0])
	if len(c.batch) > 0 {
		c.commit(ctx, c.batch)
	}
	piece := c.piece()
	if len(piece) > 0 {
		c.commit(ctx, piece)
	}
	return len(c.batch)+len(piece) > 0
}

func (c *committer) piece() []*waiter {
	if n := len(c.pieces) - 1; n >= 0 {
		piece := c.pieces[n]
		c.pieces = c.pieces[:n]
		return piece
	}
	return c.queue.takeDoubted()
}

// commit appends the records and answers their writers; or, when the store
// refuses their data, halves the batch to find whose.
func (c *committer) commit(ctx context.Context, batch []*waiter) {
	c.rows = c.rows[:0]
	for _, w := range batch {
		c.rows = append(c.rows, w.row)
	}
	err := c.append(ctx, c.rows)
	poison, refused := errors.AsType[*PoisonError](err)
	switch {
	case err == nil:
		c.queue.settle(batch, nil)
	case !refused:
		c.queue.settle(batch, fault.Wrap(fault.Unavailable, "the audit log is unavailable; try again shortly", err).RetryAfter(retryHint))
	case len(batch) == 1:
		c.reject(ctx, batch[0], poison)
	default:
		c.halve(batch)
	}
}

// halve keeps both halves for later, an organization's rows side by side: the
// rows of one that sends many bad ones are found together.
func (c *committer) halve(batch []*waiter) {
	batch = slices.Clone(batch)
	slices.SortStableFunc(batch, func(a, b *waiter) int {
		x, y := a.row.Org.Bytes(), b.row.Org.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	middle := len(batch) / 2
	c.pieces = append(c.pieces, batch[middle:], batch[:middle])
}

// reject puts a record in the place of one whose data the store refuses, and
// only then tells the writer.
func (c *committer) reject(ctx context.Context, w *waiter, poison *PoisonError) {
	c.queue.doubt(w.row.Org, doubtFor)
	c.logger.LogAttrs(ctx, slog.LevelError, "audit record refused by the store",
		slog.String(telemetry.LogOrg, w.row.Org.String()), slog.String(telemetry.LogRecord, w.row.ID.String()),
		slog.String("kind", string(w.row.Kind)), telemetry.Err(poison))
	row, err := c.scribe.rejection(w.row, poison.Code)
	if err == nil {
		err = c.append(ctx, []Row{row})
	}
	signal := Rejected
	if err != nil {
		signal = Lost
		c.logger.LogAttrs(ctx, slog.LevelError, "audit record lost",
			slog.String(telemetry.LogOrg, w.row.Org.String()), slog.String(telemetry.LogRecord, w.row.ID.String()), telemetry.Err(err))
	}
	c.options.Observe(Observation{Signal: signal, Rows: 1, Bytes: len(w.row.Payload)})
	c.queue.settle([]*waiter{w}, fault.Wrap(fault.Internal, "the audit log refused the record", poison))
}

// append calls the store once and keeps account of its health.
func (c *committer) append(ctx context.Context, rows []Row) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.AppendTimeout)
	defer cancel()
	began := c.scribe.now()
	err := c.outbox.Append(ctx, rows)
	seen := Observation{Signal: Committed, Rows: len(rows), Took: c.scribe.now().Sub(began)}
	for i := range rows {
		seen.Bytes += len(rows[i].Payload)
	}
	_, refused := errors.AsType[*PoisonError](err)
	switch {
	case refused:
		seen.Signal = Poisoned
	case err != nil:
		seen.Signal = CommitFailed
	}
	c.options.Observe(seen)
	c.health(ctx, err, seen.Signal)
	return err
}

// health notes whether the store answers and logs when that changes.
func (c *committer) health(ctx context.Context, err error, signal Signal) {
	if !c.queue.observe(signal) {
		return
	}
	if signal == CommitFailed {
		c.logger.LogAttrs(ctx, slog.LevelError, "audit log unavailable: calls are refused until it answers", telemetry.Err(err))
		return
	}
	c.logger.LogAttrs(ctx, slog.LevelWarn, "audit log available again")
}

// idle waits for a row, for the end, or, while the store fails, for the time to
// ask it again.
func (c *committer) idle(ctx context.Context) {
	if !c.queue.load().Failing {
		<-c.wake
		return
	}
	timer := time.NewTimer(c.options.ProbeInterval)
	defer timer.Stop()
	select {
	case <-c.wake:
	case <-timer.C:
		_ = c.append(ctx, nil) // health has noted the answer
	}
}
