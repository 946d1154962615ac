package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// clock tells a process's time as the database would. What processes write down of
// when something was, they compare with what others have written; by their own clocks,
// the one that is ahead would be right.
type clock struct {
	own  func() time.Time // what the process calls now
	host func() time.Time // the machine's, which is held against the database's
	off  atomic.Int64     // by how much the machine is behind, in nanoseconds

	mu      sync.Mutex
	claimed *deviation // what the last answer said, if it was another than is known
}

// deviation is by how much the machine is behind, and how far off that may be.
type deviation struct{ off, doubt time.Duration }

// explains reports whether another may be the same.
func (d deviation) explains(other deviation) bool {
	return (d.off - other.off).Abs() <= d.doubt+other.doubt+resolution
}

func newClock(own, host func() time.Time) *clock { return &clock{own: own, host: host} }

func (c *clock) now() time.Time { return c.own().Add(time.Duration(c.off.Load())) }

// resolution is what PostgreSQL rounds, and more than anybody needs.
const resolution = time.Millisecond

// heard corrects the clock by what the database said at some time after a question was
// sent, and before now. What can be explained by the time that took is no deviation,
// and what one answer says and the next does not is none either: much would be over
// too soon, or not at all, by a time that was wrong once.
func (c *clock) heard(said, sent time.Time) {
	doubt := c.host().Sub(sent) / 2
	now := deviation{said.Sub(sent.Add(doubt)), doubt}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case now.explains(deviation{off: time.Duration(c.off.Load())}):
		c.claimed = nil
	case c.claimed != nil && now.explains(*c.claimed):
		c.off.Store(int64(now.off))
		c.claimed = nil
	default:
		c.claimed = &now
	}
}

// learn asks the database what time it is, twice.
func (c *clock) learn(ctx context.Context, db *gorm.DB) error {
	if err := c.ask(ctx, db); err != nil {
		return err
	}
	return c.ask(ctx, db)
}

func (c *clock) ask(ctx context.Context, db *gorm.DB) error {
	var said time.Time
	sent := c.host()
	if err := db.WithContext(ctx).Raw("SELECT clock_timestamp()").Row().Scan(&said); err != nil {
		return err
	}
	c.heard(said, sent)
	return nil
}

// Now is the process's time, corrected by what its machine's clock deviates from the
// database's: as Open found, and two polls of Changes one after the other do. It is the
// time of everything that another process may compare with its own. What others than
// our processes date, such as Entra's tokens, is none of that.
func (db *DB) Now() time.Time { return db.clock.now() }

// ClockAhead is how far the machine's clock is ahead of the database's, as far as is
// known: by that Now is corrected.
func (db *DB) ClockAhead() time.Duration { return -time.Duration(db.clock.off.Load()) }
