package platform

import (
	"context"
	"log/slog"
	"time"

	"gatehouse/internal/audit/proof"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// Sink is where the operator wants the platform's checkpoints.
type Sink interface {
	Platform(ctx context.Context, c proof.Checkpoint, note []byte) error
}

// Courier brings them there: the newest that has not arrived, at least once.
type Courier struct {
	Store  Store
	Sink   Sink
	Now    func() time.Time
	Logger *slog.Logger
}

// The pace of a Courier.
const (
	firstRetry   = time.Minute
	longestRetry = time.Hour
)

// Run brings checkpoints until ctx ends.
func (c Courier) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var next time.Time
	failures := 0
	for {
		if !c.Now().Before(next) {
			next = time.Time{}
			err := c.Bring(ctx)
			if err == nil {
				failures = 0
			} else if ctx.Err() == nil {
				next = c.Now().Add(max(min(firstRetry<<min(failures, 8), longestRetry), fault.RetryAfter(err)))
				failures++
				c.Logger.LogAttrs(ctx, slog.LevelError, "the platform's checkpoint does not arrive at the operator's sink", telemetry.Err(err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Bring brings the newest checkpoint, unless the sink has it.
func (c Courier) Bring(ctx context.Context) error {
	head, err := c.Store.PlatformLog(ctx)
	if err != nil || head.Size <= head.Sent {
		return err
	}
	point, err := proof.ReadCheckpoint(head.Checkpoint)
	if err != nil {
		return err
	}
	if err := c.Sink.Platform(ctx, point, head.Checkpoint); err != nil {
		return err
	}
	return c.Store.PlatformLogSent(ctx, head.Size)
}
