package membership

import (
	"context"
	"errors"
	"log/slog"

	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
)

// maxBehind bounds the refreshes that run behind answers at a time. One that
// finds no place is left to the next answer.
const maxBehind = 16

// refreshBehind asks Graph without making anybody wait, unless that is being
// done for this person, cannot be done, or has just failed.
func (r *Resolver) refreshBehind(ctx context.Context, q Question) {
	if !q.mayAsk() || r.failedLately(q, unwaited) != nil || !r.begin(q.key()) {
		return
	}
	detached := context.WithoutCancel(ctx)
	go func() {
		defer r.end(q.key())
		_, err, _ := r.flights.Do(q.flight(), func() (any, error) { return r.ask(detached, q, graph.Low) })
		if err != nil && !errors.Is(err, graph.ErrBudget) { // the next answer tries again
			r.opts.Logger.WarnContext(detached, "membership not refreshed",
				slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
		}
	}()
}

// begin takes a place for a refresh of the person.
func (r *Resolver) begin(k key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.refreshing[k] {
		return false
	}
	select {
	case r.slots <- struct{}{}:
	default:
		return false
	}
	r.refreshing[k] = true
	r.behind.Add(1)
	return true
}

func (r *Resolver) end(k key) {
	r.mu.Lock()
	delete(r.refreshing, k)
	r.mu.Unlock()
	<-r.slots
	r.behind.Done()
}

// Close starts no further refresh and waits for those that run, or for ctx.
// Resolve keeps answering.
func (r *Resolver) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		r.behind.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
