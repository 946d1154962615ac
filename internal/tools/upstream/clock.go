package upstream

import (
	"context"
	"errors"
	"time"
)

// clock ends a request that takes too long. It begins anew with every sign of
// life that matters, within a limit for the whole.
type clock struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
	ends   time.Time
	each   time.Duration
}

// longest is how long one request may take in all, people who are asked included.
const longest = 15 * time.Minute

// errSilent is why a request was given up that got no answer in time.
var errSilent = errors.New("no answer in time")

func startClock(ctx context.Context, each time.Duration) (context.Context, *clock) {
	ctx, cancel := context.WithCancelCause(ctx)
	c := &clock{cancel: cancel, each: each, ends: time.Now().Add(longest)}
	c.timer = time.AfterFunc(each, func() { cancel(errSilent) })
	return ctx, c
}

// again starts the time anew.
func (c *clock) again() { c.timer.Reset(min(c.each, time.Until(c.ends))) }

// wait stops the time, because somebody else has to act; the limit for the whole
// remains.
func (c *clock) wait() { c.timer.Reset(time.Until(c.ends)) }

func (c *clock) end() {
	c.timer.Stop()
	c.cancel(context.Canceled)
}
