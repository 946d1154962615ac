package store

import (
	"context"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/tenants"
)

// OpenTraced is Open with an eye on every statement.
func OpenTraced(ctx context.Context, url string, tracer pgx.QueryTracer) (*DB, error) {
	conf, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	conf.Tracer = tracer
	return open(ctx, conf, newClock(time.Now, time.Now))
}

// OpenOn is Open in a process that has a time of its own, on a machine with another.
func OpenOn(ctx context.Context, url string, own, host func() time.Time) (*DB, error) {
	conf, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	return open(ctx, conf, newClock(own, host))
}

// ClockOn is a process's clock, and what it hears of the database's.
func ClockOn(host func() time.Time) (now func() time.Time, heard func(said, sent time.Time)) {
	c := newClock(host, host)
	return c.now, c.heard
}

// Translate is what callers are told of an error of the database.
func Translate(err error) error { return translate(err) }

// ConstraintTexts returns what is said where a constraint refuses a value.
func ConstraintTexts() map[string]string { return maps.Clone(constraintTexts) }

// What changes may take of one process.
const (
	MaxWaiting  = maxWaiting
	MaxChanging = maxChanging
)

// Idle is a process without a database, whose turns can be taken.
func Idle() *DB { return &DB{turns: newTurns()} }

// TakeTurn takes the turn of an organization's changes.
func TakeTurn(ctx context.Context, db *DB, org tenants.ID) (end func(), err error) {
	return db.turns.take(ctx, line{org: org})
}
