package store

import (
	"context"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
)

// OpenTraced is Open with an eye on every statement.
func OpenTraced(ctx context.Context, url string, tracer pgx.QueryTracer) (*DB, error) {
	conf, err := connConfig(url)
	if err != nil {
		return nil, err
	}
	conf.Tracer = tracer
	return open(ctx, conf, time.Now)
}

// Translate is what callers are told of an error of the database.
func Translate(err error) error { return translate(err) }

// ConstraintTexts returns what is said where a constraint refuses a value.
func ConstraintTexts() map[string]string { return maps.Clone(constraintTexts) }
