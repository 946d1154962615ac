package store

import (
	"context"
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
