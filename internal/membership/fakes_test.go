package membership_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
)

// The limits of the organization under test.
const (
	soft = 10 * time.Minute
	hard = time.Hour
)

// bench is a Resolver with everything around it in a test's hands.
type bench struct {
	*membership.Resolver
	org    *tenants.Organization
	person tenants.GUID
	groups []tenants.GUID // mapped

	graph  *directory
	tokens *exchange
	store  *store

	mu  sync.Mutex
	now time.Time
	log *logged
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		person: tenants.NewGUID(), groups: []tenants.GUID{tenants.NewGUID(), tenants.NewGUID()},
		graph: &directory{in: map[tenants.GUID]bool{}}, tokens: &exchange{}, store: &store{records: map[tenants.GUID]membership.Record{}},
		now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), log: &logged{},
	}
	b.org = &tenants.Organization{ID: tenants.NewID(), Membership: tenants.MembershipPolicy{Soft: soft, Hard: hard}, Connection: tenants.Connection{
		Cloud: tenants.PublicCloud, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimUnknown,
	}}
	b.restart(t)
	return b
}

// restart gives the bench a Resolver that remembers nothing.
func (b *bench) restart(t *testing.T) {
	t.Helper()
	b.use(t, b.graph, b.tokens)
}

// use gives the bench a Resolver that asks these.
func (b *bench) use(t *testing.T, g membership.Graph, tokens membership.Tokens) {
	t.Helper()
	r, err := membership.New(membership.Options{
		Graph:  map[tenants.Cloud]membership.Graph{tenants.PublicCloud: g},
		Tokens: tokens, Store: b.store, Now: b.clock, Logger: slog.New(slog.NewTextHandler(b.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Resolver = r
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// settle waits for the refreshes behind answers. The Resolver starts none
// afterwards.
func (b *bench) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		t.Fatalf("refreshes do not end: %v", err)
	}
}

// overage is a question about a token that leaves the groups to Graph.
func (b *bench) overage() membership.Question {
	return membership.Question{
		Organization: b.org,
		Identity: authz.Identity{
			Org: b.org.ID, OID: b.person, Kind: authz.User, Delegated: true, TokenID: "uti-1", IssuedAt: b.clock(),
		},
		Groups:     membership.GroupClaim{Kind: membership.Overage},
		Assertion:  authz.NewAssertion("inbound"),
		Credential: credential{},
		Mapped:     b.groups,
	}
}

// listing is a question about a token that lists the groups.
func (b *bench) listing(groups ...tenants.GUID) membership.Question {
	q := b.overage()
	q.Groups = membership.GroupClaim{Kind: membership.Present, Groups: groups}
	return q
}

// ask resolves and fails the test on an error.
func (b *bench) ask(t *testing.T, q membership.Question) (authz.Membership, time.Time) {
	t.Helper()
	m, until, err := b.Resolve(t.Context(), q)
	if err != nil {
		t.Fatalf("resolve: %v", err)
	}
	return m, until
}

// expect compares one answer, its source and its time.
func expect(t *testing.T, m authz.Membership, group tenants.GUID, want authz.Answer, source authz.Source, at time.Time) {
	t.Helper()
	if got := m.Of(group); got != want || m.Source != source || !m.At.Equal(at) {
		t.Errorf("answer %d from %s at %s, want %d from %s at %s", got, m.Source, m.At.Format(time.TimeOnly), want, source, at.Format(time.TimeOnly))
	}
}

// directory is a Graph that knows one person's groups.
type directory struct {
	mu    sync.Mutex
	in    map[tenants.GUID]bool
	err   error
	calls []string
	last  graph.Asking
	gate  chan struct{} // if set, answers wait for it
}

func (d *directory) CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error) {
	return d.answer(ctx, "check", as, func(g tenants.GUID) bool { return slices.Contains(groups, g) })
}

func (d *directory) GetMemberGroups(ctx context.Context, as graph.Asking, kinds graph.GroupKinds) ([]tenants.GUID, error) {
	return d.answer(ctx, "get "+string(kinds), as, func(tenants.GUID) bool { return true })
}

func (d *directory) answer(ctx context.Context, call string, as graph.Asking, keep func(tenants.GUID) bool) ([]tenants.GUID, error) {
	if _, err := as.Token(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.calls, d.last = append(d.calls, call), as
	gate := d.gate
	d.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.Unavailable, "gave up", ctx.Err())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if refused, ok := errors.AsType[callError](d.err); ok {
		if refused.call == call {
			return nil, refused.error
		}
	} else if d.err != nil {
		return nil, d.err
	}
	return slices.DeleteFunc(slices.Collect(maps.Keys(d.in)), func(g tenants.GUID) bool { return !keep(g) }), nil
}

// callError is an error that concerns one call only.
type callError struct {
	call string
	error
}

func (d *directory) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

func (d *directory) put(g tenants.GUID, in bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if in {
		d.in[g] = true
		return
	}
	delete(d.in, g)
}

func (d *directory) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// credential proves nothing, or fails.
type credential struct{ err error }

func (c credential) Apply(context.Context, string, url.Values) error { return c.err }

// exchange is an Entra that exchanges any token, or none.
type exchange struct {
	mu    sync.Mutex
	err   error
	seen  []membership.Exchange
	gate  func(x membership.Exchange)
	reads bool // applies the credential, as a real exchange does
}

func (e *exchange) OnBehalfOf(ctx context.Context, x membership.Exchange) (string, error) {
	if e.reads {
		if err := x.Credential.Apply(ctx, "https://login.example/token", url.Values{}); err != nil {
			return "", err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, x)
	if e.gate != nil {
		e.gate(x)
	}
	return "graph token", e.err
}

func (e *exchange) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
}

// store keeps records in memory.
type store struct {
	mu      sync.Mutex
	records map[tenants.GUID]membership.Record
	loadErr error
	saveErr error
	loads   int
	held    chan error // if set, the first load waits for its error from here
	by      authz.Caller

	testimonies []membership.Testimony
	deaf        bool // testimonies are not kept

	sightings int
	sighted   func() // happens at a sighting
	seeErr    error
	signedIn  bool // whoever is to be cut off has signed in since
	kept      []membership.KeptToken
	lost      []string // why
	failures  []membership.Failure
	follows   []byte // where to read on
}

func (s *store) LoadMembership(_ context.Context, _ tenants.ID, person tenants.GUID) (membership.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.held != nil && s.loads == 1 {
		s.mu.Unlock()
		err := <-s.held
		s.mu.Lock()
		return membership.Record{}, err
	}
	if s.loadErr != nil {
		return membership.Record{}, s.loadErr
	}
	r, ok := s.records[person]
	if !ok {
		return membership.Record{}, fault.New(fault.NotFound, "no record")
	}
	return r, nil
}

// waiting reports whether a load is under way.
func (s *store) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads > 0
}

// record is what is kept of somebody, whoever saves meanwhile.
func (s *store) record(person tenants.GUID) membership.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[person]
}

func (s *store) SaveMembership(_ context.Context, by authz.Caller, r membership.Record, next time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saveErr != nil {
		return false, s.saveErr
	}
	s.by = by
	changed := !maps.Equal(s.records[r.Person].Answers, r.Answers)
	r.DueAt = next
	r.ValidFrom, r.DoubtedAt = s.records[r.Person].ValidFrom, s.records[r.Person].DoubtedAt
	if seen := s.records[r.Person].SeenAt; seen.After(r.SeenAt) {
		r.SeenAt = seen
	}
	r.Removed = removedBefore(s.records[r.Person], r)
	s.records[r.Person] = r
	return changed, nil
}

// put stores what another replica learned from Graph.
func (s *store) put(person tenants.GUID, at time.Time, answers map[tenants.GUID]authz.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[person] = membership.Record{Person: person, Answers: answers, AskedAt: at}
}

// logged collects log lines.
type logged struct {
	mu   sync.Mutex
	text []byte
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
