package sources

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools/upstream"
)

// The bounds of what is written about turns, however often a source turns.
const (
	turnEvery = 30 * time.Second // between two writes about one source
	mostTurns = 100              // writes with one look
)

// turns are the sources that calls have found well or unwell, and that other
// replicas do not know of.
type turns struct {
	waiting map[target]func() upstream.Health
	written map[target]time.Time
}

// Turned is told of a source that calls have found well or unwell, and that was not
// known to be. How it is at the next look is noted for all replicas, once in a while
// however often it turns. It returns at once.
func (r *Refresher) Turned(org tenants.ID, source tenants.GUID, health func() upstream.Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := (target{org, source}); len(r.turns.waiting) < maxTried || r.turns.waiting[at] != nil {
		r.turns.waiting[at] = health
	}
}

// noteTurns writes what is due. What cannot be written now is with a later look.
func (r *Refresher) noteTurns(ctx context.Context) {
	due := r.dueTurns()
	for at, health := range due {
		err := r.noteTurn(ctx, at, health())
		if err != nil && fault.KindOf(err) != fault.NotFound {
			r.o.Logger.LogAttrs(ctx, slog.LevelWarn, "health of a source could not be noted",
				slog.String(telemetry.LogOrg, at.org.String()), slog.String(telemetry.LogSource, at.source.String()), telemetry.Err(err))
			break
		}
		delete(due, at) // also of a source that was removed meanwhile
	}
	for at, health := range due {
		r.Turned(at.org, at.source, health)
	}
}

func (r *Refresher) noteTurn(ctx context.Context, at target, h upstream.Health) error {
	ctx, cancel := context.WithTimeout(ctx, noteLimit)
	defer cancel()
	return r.o.Store.NoteTurn(ctx, authz.SystemCaller(at.org, job), Turn{Source: at.source, At: h.At, Trouble: printable(h.LastError, maxReason)})
}

// dueTurns takes what may be written now.
func (r *Refresher) dueTurns() map[target]func() upstream.Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, due := r.o.Now(), map[target]func() upstream.Health{}
	for at, health := range r.turns.waiting {
		if len(due) == mostTurns {
			break
		}
		if now.Sub(r.turns.written[at]) < turnEvery {
			continue
		}
		if len(r.turns.written) >= maxTried {
			clear(r.turns.written)
		}
		r.turns.written[at], due[at] = now, health
		delete(r.turns.waiting, at)
	}
	return due
}
