package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
)

// Both ways of writing have this many writers, each of which waits for its
// record; the plain one has this many connections for them.
const (
	auditWriters     = 64
	plainConnections = 16
)

// groupCommit compares the log's shared commits with one INSERT a record: the
// same bytes into the same table under the same role, from the same number of
// writers. Each side starts every round with an empty table.
type groupCommit struct {
	log   *audit.Log
	plain *pgxpool.Pool
	owner *pgxpool.Pool
	seen  *watched
	stop  []func() error // in the order they were opened
}

func openGroupCommit(ctx context.Context, in database) (g *groupCommit, err error) {
	g = &groupCommit{}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close())
		}
	}()
	outbox, err := store.OpenOutbox(ctx, in.audit)
	if err != nil {
		return g, err
	}
	g.stop = append(g.stop, func() error { outbox.Close(); return nil })
	if g.plain, err = g.pool(ctx, in.audit, plainConnections); err != nil {
		return g, err
	}
	if g.owner, err = g.pool(ctx, in.owner, 1); err != nil {
		return g, err
	}
	g.seen = &watched{to: outbox}
	g.log, err = audit.NewLog(g.seen, audit.Defaults(func(audit.Observation) {}), audit.NewScribe(time.Now), slog.New(slog.DiscardHandler))
	if err != nil {
		return g, err
	}
	ended := make(chan error, 1)
	go func() { ended <- g.log.Run(context.WithoutCancel(ctx)) }()
	g.stop = append(g.stop, func() error {
		return errors.Join(g.log.Close(context.WithoutCancel(ctx)), <-ended)
	})
	return g, nil
}

func (g *groupCommit) pool(ctx context.Context, url string, size int32) (*pgxpool.Pool, error) {
	conf, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	conf.MaxConns, conf.MinConns = size, size
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("open connections: %w", err)
	}
	g.stop = append(g.stop, func() error { pool.Close(); return nil })
	return pool, nil
}

func (g *groupCommit) close() error {
	var errs []error
	for i := len(g.stop) - 1; i >= 0; i-- {
		errs = append(errs, g.stop[i]())
	}
	return errors.Join(errs...)
}

// watched is an outbox that notes how long a record is, so that the plain side
// writes records of that length, and how many share a commit.
type watched struct {
	to            audit.Outbox
	size          atomic.Int64
	rows, commits atomic.Int64
}

// Append implements audit.Outbox.
func (o *watched) Append(ctx context.Context, batch []audit.Row) error {
	if len(batch) > 0 {
		o.size.Store(int64(len(batch[0].Payload)))
		o.rows.Add(int64(len(batch)))
		o.commits.Add(1)
	}
	return o.to.Append(ctx, batch)
}

// compare returns the rates of both sides, round by round, in records a second.
func (g *groupCommit) compare(ctx context.Context, rounds int, lasts time.Duration) (single, grouped []float64, err error) {
	callers, err := auditCallers()
	if err != nil {
		return nil, nil, err
	}
	if err := g.call(ctx, callers[0]); err != nil { // tells the size of a record
		return nil, nil, err
	}
	for range rounds {
		for _, side := range []struct {
			rates *[]float64
			write func(context.Context, authz.Caller) error
		}{{&single, g.insert}, {&grouped, g.call}} {
			if _, err := g.owner.Exec(ctx, "TRUNCATE audit_outbox"); err != nil {
				return nil, nil, fmt.Errorf("empty the table: %w", err)
			}
			if _, err := together(ctx, callers, warmUp, side.write); err != nil {
				return nil, nil, err
			}
			rate, err := together(ctx, callers, lasts, side.write)
			if err != nil {
				return nil, nil, err
			}
			*side.rates = append(*side.rates, rate)
		}
	}
	return single, grouped, nil
}

// together has everybody write until the time is over, and returns how many writes a
// second became durable.
func together[T any](ctx context.Context, writers []T, lasts time.Duration, write func(context.Context, T) error) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begin := time.Now()
	var written atomic.Int64
	var all sync.WaitGroup
	for _, by := range writers {
		all.Go(func() {
			for ctx.Err() == nil && time.Since(begin) < lasts {
				if err := write(ctx, by); err != nil {
					cancel(err)
					return
				}
				written.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(begin)
	return float64(written.Load()) / took.Seconds(), context.Cause(ctx)
}

// call leaves the record of a call of a reading tool, the way the host does.
func (g *groupCommit) call(ctx context.Context, by authz.Caller) error {
	entry, err := g.log.Begin(ctx, by, audit.Attempt{
		Kind: audit.ToolCall, Endpoint: "/t/benchmark/mcp", Method: "tools/call", Source: "127.0.0.0/24",
		Tool: "whoami", Arguments: []byte("{}"), TraceID: "0af7651916cd43dd8448eb211c80319c", Policy: 1,
	})
	if err != nil {
		return err
	}
	intended := entry.Intend(ctx, audit.Read)
	return errors.Join(intended, entry.End(ctx, audit.Ending{Outcome: audit.OK}))
}

// insert stores one record in a statement of its own.
func (g *groupCommit) insert(ctx context.Context, by authz.Caller) error {
	id, err := uuid.NewV7() // ascending, as the log's are: random ones make an index slower
	if err != nil {
		return fmt.Errorf("name record: %w", err)
	}
	_, err = g.plain.Exec(ctx, "INSERT INTO audit_outbox (id, org_id, at, kind, payload) VALUES ($1, $2, $3, $4, $5)",
		[16]byte(id), by.Org().Bytes(), time.Now(), string(audit.ToolCall), make([]byte, g.seen.size.Load()))
	if err != nil {
		return fmt.Errorf("insert record: %w", err)
	}
	return nil
}

// auditCallers returns the writers, four to an organization.
func auditCallers() ([]authz.Caller, error) {
	policy, err := authz.Compile(authz.Rules{Scope: "access_as_user"}, []string{"whoami"})
	if err != nil {
		return nil, fmt.Errorf("compile rules: %w", err)
	}
	callers := make([]authz.Caller, auditWriters)
	org := tenants.NewID()
	for i := range callers {
		if i%4 == 0 {
			org = tenants.NewID()
		}
		callers[i] = policy.Admit(authz.Identity{
			Org: org, TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Kind: authz.User, Delegated: true,
			Name: "Alice Benchmark", Client: "aebc6443-996d-45c2-90f0-388ff96faa56", Scopes: []string{"access_as_user"},
			TokenID: rand.Text(), Session: tenants.NewGUID().String(),
		}, authz.Membership{Source: authz.SourceToken, At: time.Now()}, time.Now())
	}
	return callers, nil
}
