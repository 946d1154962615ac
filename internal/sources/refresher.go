package sources

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// Report is what a refresh found.
type Report = access.Refreshed

// Discoverer is a server that can be asked for all that it offers.
type Discoverer interface {
	Discover(ctx context.Context) (upstream.Offering, error)
	DiscoverFor(ctx context.Context, by authz.Caller, assertion authz.Assertion) (upstream.Offering, error)
}

var _ Discoverer = (*upstream.Server)(nil)

// Views gives the views of organizations; *snapshot.Leases does.
type Views interface {
	Of(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	Heard(c snapshot.Change)
	InUse(each func(snap *snapshot.Snapshot))
}

var _ Views = (*snapshot.Leases)(nil)

// Options is what a Refresher needs. All fields are required.
type Options struct {
	Store  Store
	Views  Views
	Now    func() time.Time
	Logger *slog.Logger
}

// The clock of refreshes.
const (
	// StaleAfter is how old an answer may become while somebody uses it.
	StaleAfter = 10 * time.Minute

	lookEvery    = 3 * time.Second // at the views in use; whoever adds a source waits for the first look
	claimFor     = 4 * time.Minute // longer than a source may take to answer
	refreshLimit = 3 * time.Minute
	soonest      = 30 * time.Second // between two refreshes that sources ask for themselves
)

// maxTried bounds the sources that a process remembers to have asked.
const maxTried = 100_000

// Refresher asks sources what they offer. It may be used concurrently.
type Refresher struct {
	o    Options
	once singleflight.Group

	running    sync.WaitGroup
	background slots

	mu     sync.Mutex
	hung   map[attempt]int          // how often in a row a source has kept us waiting for nothing
	tried  map[attempt]time.Time    // of the refreshes in the background
	later  map[target]bool          // of which a source has said that something changed, and it was too soon
	asking map[target]chan struct{} // sources that are being asked; closed when that is over
	turns  turns
	people map[target]bool // of which a source that answers people has said so, and none has come since
	closed bool
	cut    chan struct{} // closed: what is under way has taken too long for an end
}

// target is a source of an organization.
type target struct {
	org    tenants.ID
	source tenants.GUID
}

// attempt is asking a source for everything, as ourselves, or on behalf of one
// person. That the one has failed says nothing of the other.
type attempt struct {
	target
	part part
}

// New returns a Refresher, or an error that names the option that is missing.
func New(o Options) (*Refresher, error) {
	switch {
	case o.Store == nil:
		return nil, errors.New("sources: Store is nil")
	case o.Views == nil:
		return nil, errors.New("sources: Views is nil")
	case o.Now == nil:
		return nil, errors.New("sources: Now is nil")
	case o.Logger == nil:
		return nil, errors.New("sources: Logger is nil")
	}
	return &Refresher{o: o, background: slots{each: map[tenants.ID]int{}}, hung: map[attempt]int{}, tried: map[attempt]time.Time{}, later: map[target]bool{}, people: map[target]bool{}, turns: turns{map[target]func() upstream.Health{}, map[target]time.Time{}}, asking: map[target]chan struct{}{}, cut: make(chan struct{})}, nil
}

// Refresh asks a source of the caller's organization what it offers and stores
// it: as it is now, not before the call. Whoever calls while it is being asked
// waits for the next turn, and callers who wait share it; while another replica
// asks the same source the fault is Conflict. What a source does wrong is a fault
// that names it, and is remembered as what went wrong. A source that people sign in
// to themselves is asked on behalf of the caller, if that is a person.
func (r *Refresher) Refresh(ctx context.Context, by authz.Caller, source tenants.GUID) (Report, error) {
	if by.Identity().Delegated && r.wantsSignIn(ctx, target{by.Org(), source}) {
		return r.RefreshFor(ctx, by, authz.Assertion{}, source)
	}
	return r.shared(ctx, by, request{source: source, part: all, ask: Discoverer.Discover})
}

// RefreshFor is Refresh on behalf of somebody, for sources that answer people
// only. What they are not offered stays: somebody else may be.
func (r *Refresher) RefreshFor(ctx context.Context, by authz.Caller, assertion authz.Assertion, source tenants.GUID) (Report, error) {
	return r.shared(ctx, by, request{source: source, part: one, ask: func(d Discoverer, ctx context.Context) (upstream.Offering, error) {
		return d.DiscoverFor(ctx, by, assertion)
	}})
}

// request is what a refresh is to do.
type request struct {
	source   tenants.GUID
	notSince time.Time // zero: whenever it was asked last
	told     bool      // the source has told us of a change
	part     part
	ask      func(d Discoverer, ctx context.Context) (upstream.Offering, error)
}

// flight names a refresh that several may wait for: of one source, and of one
// part, which of a source that answers people is that of one person.
func flight(by authz.Caller, q request) string {
	name := by.Org().String() + q.source.String()
	if q.part == one {
		name += by.Identity().OID.String()
	}
	return name
}

// shared lets one refresh of a source work for everybody who asks before it
// begins: what has changed since then, such as a credential, it may not have seen.
// Whoever leaves, it goes on for the others.
func (r *Refresher) shared(ctx context.Context, by authz.Caller, q request) (Report, error) {
	name := flight(by, q)
	answer := r.once.DoChan(name, func() (any, error) {
		return r.turn(ctx, by, q, func(ctx context.Context, at target) error {
			defer r.once.Forget(name)
			return r.await(ctx, at)
		})
	})
	select {
	case got := <-answer:
		report, _ := got.Val.(Report)
		return report, got.Err
	case <-ctx.Done():
		return Report{}, fault.Wrap(fault.Unavailable, "the source is still being asked; look again shortly", context.Cause(ctx))
	}
}

var (
	errClosing = fault.New(fault.Unavailable, "the server is being stopped; try again shortly").RetryAfter(time.Second)
	errHeld    = fault.New(fault.Conflict, "the source is being asked at this moment, by another replica or in the background; look again shortly").RetryAfter(time.Second)
)

// turn refreshes a source once it is let through, which is whenever enter returns
// nil. It outlives whoever asked.
func (r *Refresher) turn(ctx context.Context, by authz.Caller, q request, enter func(context.Context, target) error) (Report, error) {
	at := target{by.Org(), q.source}
	if !r.begin(attempt{at, q.part}) {
		return Report{}, errClosing
	}
	defer r.running.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer r.cutOff(cancel)()
	if err := enter(ctx, at); err != nil {
		return Report{}, err
	}
	defer r.leave(at)
	ctx, over := context.WithTimeout(ctx, refreshLimit)
	defer over()
	began := r.o.Now()
	report, err := r.refresh(ctx, by, q)
	r.learn(attempt{at, q.part}, r.o.Now().Sub(began), err)
	return report, err
}

// enter takes the turn to ask a source, unless this process is asking it.
func (r *Refresher) enter(_ context.Context, at target) error {
	if _, ours := r.take(at); !ours {
		return errHeld
	}
	return nil
}

// await takes the turn to ask a source as soon as nobody here has it.
func (r *Refresher) await(ctx context.Context, at target) error {
	ctx, cancel := context.WithTimeout(ctx, refreshLimit)
	defer cancel()
	for {
		over, ours := r.take(at)
		if ours {
			return nil
		}
		select {
		case <-over:
		case <-ctx.Done():
			return errHeld
		}
	}
}

// take takes the turn to ask a source, or returns what is closed when the one who
// has it leaves.
func (r *Refresher) take(at target) (over <-chan struct{}, ours bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if over, busy := r.asking[at]; busy {
		return over, false
	}
	r.asking[at] = make(chan struct{})
	return nil, true
}

// leave gives the turn back.
func (r *Refresher) leave(at target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.asking[at])
	delete(r.asking, at)
}

// refresh claims the source, asks it, and stores what it says or what went wrong.
func (r *Refresher) refresh(ctx context.Context, by authz.Caller, q request) (Report, error) {
	now := r.o.Now()
	claim := Claim{Source: q.source, Ticket: tenants.NewGUID(), Now: now, Until: now.Add(claimFor), NotSince: q.notSince}
	standing, err := r.o.Store.ClaimRefresh(ctx, by, claim)
	switch {
	case err != nil:
		return Report{}, err
	case !standing.Ours && standing.Held:
		return Report{}, errHeld
	case !standing.Ours: // somebody else has asked it already
		return Report{At: standing.TriedAt}, nil
	}
	r.o.Views.Heard(snapshot.Change{Org: by.Org(), Version: standing.Version})
	report, err := r.claimed(ctx, by, q, claim.Ticket)
	if err == nil || errors.Is(ctx.Err(), context.Canceled) { // another replica takes over
		return report, err
	}
	// The request may have ended meanwhile; what went wrong is noted all the same.
	noted, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteLimit)
	defer cancel()
	failure := Failure{Source: q.source, Ticket: claim.Ticket, At: r.o.Now(), Trouble: printable(troubleOf(err), maxReason)}
	if lost := r.o.Store.FailRefresh(noted, by, failure); lost != nil && fault.KindOf(lost) != fault.Conflict {
		err = errors.Join(err, lost)
	}
	return Report{}, err
}

// troubleOf is what went wrong, for every admin: that one person has not signed in
// to a source says nothing of others.
func troubleOf(err error) string {
	if _, absent := errors.AsType[*tools.SignInError](err); absent {
		return "people sign in to it themselves, and who came last has not; it is asked on behalf of whoever has and uses the organization's endpoint next"
	}
	return fault.Public(err)
}

// noteLimit is how long noting what went wrong may take.
const noteLimit = 5 * time.Second

// claimed does what the claim is for.
func (r *Refresher) claimed(ctx context.Context, by authz.Caller, q request, ticket tenants.GUID) (Report, error) {
	snap, err := r.o.Views.Of(ctx, by.Org())
	if err != nil {
		return Report{}, err
	}
	server, err := discoverer(snap, q.source)
	if err != nil {
		return Report{}, err
	}
	said, err := q.ask(server, ctx)
	if err != nil {
		return Report{}, err
	}
	end := End{
		Source: q.source, Ticket: ticket, At: r.o.Now(), Revision: printable(said.Revision, maxReason), Server: said.Info,
		Instructions: text.Storable(said.Instructions), Capabilities: said.Capabilities, Asked: asker(by),
	}
	var report Report
	err = r.o.Store.EndRefresh(ctx, authz.SystemCaller(by.Org(), job), end, func(known Known) (s Settlement, err error) {
		s, report, err = settle(known, offering{said, end.At, q.part})
		return s, err
	})
	return report, err
}

// job is the actor of what a refresh writes.
const job = "source refresh"

// asker says for the record who wanted a source to be asked.
func asker(by authz.Caller) string {
	if id := by.Identity(); id.Kind != authz.System {
		return "asked for by " + id.Name + " (" + id.OID.String() + ")"
	}
	return "because it was due"
}

// discoverer returns the server of a source, also of one that is switched off:
// what it offers can be looked at before anybody gets it.
func discoverer(snap *snapshot.Snapshot, source tenants.GUID) (Discoverer, error) {
	server, known := snap.Server(source)
	if !known {
		return nil, fault.Newf(fault.NotFound, "source %s does not exist; list the sources for the ids there are", source)
	}
	d, ok := server.(Discoverer)
	if !ok {
		return nil, fault.Newf(fault.Internal, "source %s cannot be asked what it offers", source)
	}
	return d, nil
}
