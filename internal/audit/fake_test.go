package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// outbox is a store in memory. What it stored it keeps as copies, because rows
// belong to the log again once Append has returned.
type outbox struct {
	before func(ctx context.Context, batch []audit.Row) error // may block, and refuse

	mu     sync.Mutex
	sizes  []int // of every Append, in order
	tried  map[audit.ID]int
	stored [][]audit.Row // of every Append that stored, in order
}

func (o *outbox) Append(ctx context.Context, batch []audit.Row) error {
	o.mu.Lock()
	o.sizes = append(o.sizes, len(batch))
	if o.tried == nil {
		o.tried = map[audit.ID]int{}
	}
	for _, row := range batch {
		o.tried[row.ID]++
	}
	o.mu.Unlock()
	if o.before != nil {
		if err := o.before(ctx, batch); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := slices.Clone(batch)
	for i := range kept {
		kept[i].Payload = bytes.Clone(kept[i].Payload)
	}
	o.stored = append(o.stored, kept)
	return nil
}

func (o *outbox) appends() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sizes)
}

// records decodes everything stored, in order.
func (o *outbox) records(t *testing.T) []audit.Record {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var records []audit.Record
	for _, row := range slices.Concat(o.stored...) {
		r, err := audit.Decode(row.Payload)
		if err != nil {
			t.Fatalf("%v\n%s", err, row.Payload)
		}
		if r.ID != row.ID || r.Org != row.Org || r.Kind != row.Kind || !r.At.Equal(row.At) {
			t.Fatalf("row %v does not repeat its payload: %s", row, row.Payload)
		}
		records = append(records, r)
	}
	return records
}

// mixed counts the batches that hold records of more than one organization,
// from the n-th on.
func (o *outbox) mixed(n int) (mixed int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, batch := range o.stored[n:] {
		orgs := map[tenants.ID]bool{}
		for _, row := range batch {
			orgs[row.Org] = true
		}
		if len(orgs) > 1 {
			mixed++
		}
	}
	return mixed
}

// watch collects observations.
type watch struct {
	mu   sync.Mutex
	seen map[audit.Signal]int // rows by signal
}

func (w *watch) observe(o audit.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = map[audit.Signal]int{}
	}
	w.seen[o.Signal] += o.Rows
}

func (w *watch) rows(s audit.Signal) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[s]
}

func options() audit.Options { return audit.Defaults(func(audit.Observation) {}) }

// start runs a log until the test ends, which fails unless the log ends cleanly.
func start(tb testing.TB, o audit.Outbox, options audit.Options) *audit.Log {
	tb.Helper()
	log, err := audit.NewLog(o, options, audit.NewScribe(time.Now), slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- log.Run(ctx) }()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	return log
}

// alice is a caller of an organization with two roles from the token's groups.
func alice(tb testing.TB, org tenants.ID) authz.Caller {
	tb.Helper()
	staff, group := tenants.NewGUID(), tenants.MustGUID("5f0f6a1e-3b57-4c55-9d7c-0d4e1cbb7a01")
	policy, err := authz.Compile(authz.Rules{
		Roles: []authz.Role{{ID: staff, Name: "staff", Permissions: []authz.Permission{
			{Effect: authz.Allow, Patterns: []string{"*"}},
		}}},
		Assignments: []authz.Assignment{{Role: staff, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: group.String()}}},
		Scope:       "access_as_user",
	}, []string{"whoami"})
	if err != nil {
		tb.Fatal(err)
	}
	tid, err := tenants.ParseTID("11111111-2222-4333-8444-555555555555")
	if err != nil {
		tb.Fatal(err)
	}
	return policy.Admit(authz.Identity{
		Org: org, TID: tid, OID: tenants.MustGUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), Kind: authz.User,
		Delegated: true, Name: "Alice", Client: "aebc6443-996d-45c2-90f0-388ff96faa56",
		Scopes: []string{"access_as_user"}, TokenID: "uti-1", Session: "sid-1",
	}, authz.Membership{
		Groups: map[tenants.GUID]authz.Answer{group: authz.Member}, Source: authz.SourceToken, At: time.Now().Add(-90 * time.Second),
	}, time.Now())
}

func attempt(tool string) audit.Attempt {
	return audit.Attempt{
		Kind: audit.ToolCall, Endpoint: "/t/contoso/mcp", Method: "tools/call", Tool: tool,
		Arguments: []byte(`{"sides":6}`), TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", Policy: 7,
	}
}

// call makes one whole call of a read tool.
func call(ctx context.Context, log *audit.Log, by authz.Caller, tool string) error {
	entry, err := log.Begin(ctx, by, attempt(tool))
	if err != nil {
		return err
	}
	return errors.Join(entry.Intend(ctx, audit.Read), entry.End(ctx, audit.Ending{Outcome: audit.OK}))
}

// gate is an Append that waits until it is opened, once per push.
type gate chan struct{}

func (g gate) before(ctx context.Context, _ []audit.Row) error {
	select {
	case <-g:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
