package demo

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/audit"
)

// pastClock is a clock that only moves when it is told to.
type pastClock struct {
	mu sync.Mutex
	at time.Time
}

// Now returns its time.
func (c *pastClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// reach moves it on to a time; it never goes back.
func (c *pastClock) reach(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}

func (c *pastClock) pass(d time.Duration) { c.reach(c.Now().Add(d)) }

// pile is an audit.Outbox that holds records back until there are enough for one trip
// to the database.
type pile struct {
	mu   sync.Mutex
	rows []audit.Row
}

// Append implements audit.Outbox.
func (p *pile) Append(_ context.Context, batch []audit.Row) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, row := range batch {
		row.Payload = append([]byte(nil), row.Payload...) // whoever appends keeps the bytes
		p.rows = append(p.rows, row)
	}
	return nil
}

func (p *pile) take() []audit.Row {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows := p.rows
	p.rows = nil
	return rows
}

// pastLog is the log that a history is written with: the one that endpoints write with,
// by another clock.
func pastLog(c *pastClock, p *pile, logger *slog.Logger) (*audit.Log, error) {
	return audit.NewLog(p, audit.Defaults(func(audit.Observation) {}), audit.NewScribe(c.Now), logger)
}
