package snapshot

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/telemetry"
)

// Run polls until ctx ends. It returns nil then, and never earlier.
func (l *Leases) Run(ctx context.Context) error {
	go l.listen(ctx)
	poll, evict := time.NewTicker(PollEvery), time.NewTicker(time.Minute)
	defer poll.Stop()
	defer evict.Stop()
	var since Position
	for {
		since = l.poll(ctx, since)
		select {
		case <-ctx.Done():
			return nil
		case <-evict.C:
			l.evict()
		case <-l.hint:
		case <-poll.C:
		}
	}
}

// poll asks once and returns where to go on from. The lease counts from before
// the question, because the answer is no newer than that.
func (l *Leases) poll(ctx context.Context, since Position) Position {
	asked := l.now()
	timed, cancel := context.WithTimeout(ctx, LeaseLife)
	defer cancel()
	changes, next, err := l.source.Changes(timed, since)
	if err != nil {
		if ctx.Err() == nil && l.complain(asked) {
			l.build.Logger.LogAttrs(ctx, slog.LevelWarn, "poll of changed organizations failed", telemetry.Err(err))
		}
		return since
	}
	for _, c := range changes {
		l.Heard(c)
	}
	l.polled.Store(asked.UnixNano())
	return next
}

// complainEvery keeps an outage from filling the process's log.
const complainEvery = 30 * time.Second

// complain reports whether a failure is worth a line: the first one, and one
// every now and then.
func (l *Leases) complain(now time.Time) bool {
	if now.Sub(l.complained) < complainEvery {
		return false
	}
	l.complained = now
	return true
}

// listen turns notifications into early polls. Losing the connection costs only
// promptness.
func (l *Leases) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.source.Listen(ctx, func() {
			select {
			case l.hint <- struct{}{}:
			default:
			}
		})
		if err != nil && ctx.Err() == nil {
			l.build.Logger.LogAttrs(ctx, slog.LevelWarn, "listening for changes stopped; polling goes on", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}
