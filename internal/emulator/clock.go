package emulator

import (
	"sync/atomic"
	"time"
)

// clock is real or injected time plus what Advance added.
type clock struct {
	base   func() time.Time
	offset atomic.Int64
}

// Now is the emulator's time in UTC.
func (c *clock) Now() time.Time {
	now := time.Now
	if c.base != nil {
		now = c.base
	}
	return now().Add(time.Duration(c.offset.Load())).UTC()
}

func (c *clock) reset() { c.offset.Store(0) }

// Advance moves the emulator's clock forward by d. Tokens, codes and refresh
// tokens age; nothing waits.
func (e *Emulator) Advance(d time.Duration) { e.clock.offset.Add(int64(d)) }
