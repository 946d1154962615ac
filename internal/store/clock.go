package store

import (
	"context"
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
}

func newClock(own, host func() time.Time) *clock { return &clock{own: own, host: host} }

func (c *clock) now() time.Time { return c.own().Add(time.Duration(c.off.Load())) }

// resolution is what PostgreSQL rounds, and more than anybody needs.
const resolution = time.Millisecond

// heard corrects the clock by what the database said at some time after a question was
// sent, and before now. What can be explained by the time that took is no deviation.
func (c *clock) heard(said, sent time.Time) {
	doubt := c.host().Sub(sent) / 2
	off := said.Sub(sent.Add(doubt))
	if known := time.Duration(c.off.Load()); (off - known).Abs() > doubt+resolution {
		c.off.Store(int64(off))
	}
}

// ask asks the database what time it is.
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
// database's: as Open found, and every poll of Changes does. It is the time of
// everything that another process may compare with its own.
func (db *DB) Now() time.Time { return db.clock.now() }
