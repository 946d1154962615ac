package snapshot

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// Source is where views come from.
type Source interface {
	// OrgBySlug returns the organization of a slug, or a fault of kind NotFound.
	OrgBySlug(ctx context.Context, slug tenants.Slug) (tenants.ID, error)
	// LoadAfter reads one organization in one transaction, without the texts of
	// approved definitions that the view before has; has is nil if there is none.
	// An organization whose endpoints do not exist is a fault of kind NotFound.
	LoadAfter(ctx context.Context, org tenants.ID, has func(tools.Approval) bool) (Data, error)
	// Changes returns the versions assigned, the sessions ended and the memberships
	// changed by transactions that since could not see, and where to go on from. The
	// empty position returns all versions, and no ended session, because LoadAfter
	// returns those, and no membership, because nothing is known of any yet.
	Changes(ctx context.Context, since Position) ([]Change, Position, error)
	// Listen calls hint when somebody says that something changed, until ctx ends
	// or the connection breaks.
	Listen(ctx context.Context, hint func()) error
}

// Position is where a poll goes on from; only a Source understands it.
type Position string

// Change says that an organization has reached a version; or that a session of one
// has ended, or the answers about a person's groups are others, which changes no
// version.
type Change struct {
	Org     tenants.ID
	Version int64              // zero: it is about something else
	Ended   authz.EndedSession // zero: likewise
	Person  tenants.GUID       // whose memberships have changed; zero: likewise
	Moment  uint64             // names which change of the person's it is; the same one may be heard of again and again
}

// The clock of the leases (architecture, "State, and what may be lost").
const (
	PollEvery   = 300 * time.Millisecond
	LeaseLife   = 3 * time.Second // older than this, the last good poll permits nothing
	idleAfter   = 10 * time.Minute
	unknownFor  = time.Second
	maxUnknown  = 10_000
	maxLookups  = 8
	maxGone     = 100
	listenAgain = 5 * time.Second
)

// Leases holds the views in use.
type Leases struct {
	source Source
	build  Builder
	now    func() time.Time

	views   sync.Map // slug string → *view
	loading singleflight.Group
	lookups chan struct{}
	polled  atomic.Int64 // time of the last good poll's start, unix nanoseconds
	hint    chan struct{}

	complained time.Time // belongs to Run
	standings  *Standings
	forget     []func(org tenants.ID, person tenants.GUID) // nobody changes it once Run has begun

	mu      sync.Mutex
	latest  map[tenants.ID]int64 // the highest version heard of
	slugs   map[tenants.ID]string
	later   map[tenants.ID]chan struct{} // of organizations for whose next version somebody waits
	gone    map[tenants.ID]*Snapshot     // views with sources that were taken down, until the next is up
	unknown map[string]time.Time
	ends    map[tenants.ID]*ends // of organizations that are in use or being read
	ending  map[tenants.GUID]*waiting
}

type view struct {
	snap *Snapshot
	used atomic.Int64 // unix seconds
}

// NewLeases returns Leases that serve nothing until the first poll of Run.
func NewLeases(source Source, build Builder, now func() time.Time) *Leases {
	return &Leases{
		source: source, build: build, now: now, hint: make(chan struct{}, 1), lookups: make(chan struct{}, maxLookups),
		latest: map[tenants.ID]int64{}, slugs: map[tenants.ID]string{}, later: map[tenants.ID]chan struct{}{},
		gone: map[tenants.ID]*Snapshot{}, unknown: map[string]time.Time{}, standings: NewStandings(),
		ends: map[tenants.ID]*ends{}, ending: map[tenants.GUID]*waiting{},
	}
}

// Fresh returns a fault of kind Unavailable while the lease has run out.
func (l *Leases) Fresh() error {
	age := time.Duration(l.now().UnixNano() - l.polled.Load())
	if age.Abs() > LeaseLife { // what was polled in times to come, a clock that was set back says
		return fault.New(fault.Unavailable, "the server cannot reach its database; try again shortly").RetryAfter(LeaseLife)
	}
	return nil
}

// Get returns the current view of an organization. The faults are NotFound for
// a slug that nobody has and Unavailable while the lease has run out.
func (l *Leases) Get(ctx context.Context, slug string) (*Snapshot, error) {
	if err := l.Fresh(); err != nil {
		return nil, err
	}
	if v, ok := l.views.Load(slug); ok {
		v := v.(*view)
		if now := l.now().Unix(); v.used.Load() != now {
			v.used.Store(now)
		}
		return v.snap, nil
	}
	return l.load(ctx, slug)
}

func (l *Leases) load(ctx context.Context, text string) (*Snapshot, error) {
	slug, err := tenants.ParseSlug(text)
	if err != nil || l.isUnknown(text) {
		return nil, errUnknown
	}
	return l.once(ctx, text, func(ctx context.Context) (*Snapshot, error) {
		if v, ok := l.views.Load(text); ok { // put up since the caller looked
			return v.(*view).snap, nil
		}
		return l.read(ctx, slug)
	})
}

// once lets one reader work for everybody who asks for the same thing, and only
// so many at a time. Whoever leaves, the reader goes on for the others.
func (l *Leases) once(ctx context.Context, key string, read func(context.Context) (*Snapshot, error)) (*Snapshot, error) {
	answer := l.loading.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), LeaseLife)
		defer cancel()
		select {
		case l.lookups <- struct{}{}:
			defer func() { <-l.lookups }()
			return read(ctx)
		case <-ctx.Done():
			return nil, busy(ctx)
		}
	})
	select {
	case got := <-answer:
		if got.Err != nil {
			return nil, got.Err
		}
		return got.Val.(*Snapshot), nil
	case <-ctx.Done():
		return nil, busy(ctx)
	}
}

func busy(ctx context.Context) error {
	return fault.Wrap(fault.Unavailable, "the server is busy; try again shortly", ctx.Err())
}

var errUnknown = fault.New(fault.NotFound, "there is no such organization")

// Of returns the current view of an organization known by its id. The faults
// are those of Get.
func (l *Leases) Of(ctx context.Context, org tenants.ID) (*Snapshot, error) {
	l.mu.Lock()
	slug, ok := l.slugs[org]
	l.mu.Unlock()
	if ok {
		return l.Get(ctx, slug)
	}
	if err := l.Fresh(); err != nil {
		return nil, err
	}
	return l.once(ctx, "id "+org.String(), func(ctx context.Context) (*Snapshot, error) { return l.readView(ctx, org) })
}

func (l *Leases) read(ctx context.Context, slug tenants.Slug) (*Snapshot, error) {
	org, err := l.source.OrgBySlug(ctx, slug)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, unavailable(err)
	}
	var snap *Snapshot
	if err == nil {
		snap, err = l.readView(ctx, org)
	}
	if err != nil && fault.KindOf(err) == fault.NotFound {
		l.rememberUnknown(slug.String())
		return nil, errUnknown
	}
	return snap, err
}

// mostLoads is how often changes that are heard of during a load make it begin
// again, so that changes without end do not keep an organization from being
// served.
const mostLoads = 2

// readView loads until what it read is at least as new as what the poll has
// heard of: a poll may pass while the read is under way. After mostLoads it returns
// a view that was current when the load began, and does not put it up.
func (l *Leases) readView(ctx context.Context, org tenants.ID) (*Snapshot, error) {
	for loads := 1; ; loads++ {
		before, ends, began := l.before(org)
		data, err := l.source.LoadAfter(ctx, org, before.pinned())
		if err != nil && fault.KindOf(err) == fault.NotFound {
			return nil, errUnknown
		}
		if err != nil {
			return nil, unavailable(err)
		}
		snap, err := l.build.BuildAfter(ctx, data, before)
		if err != nil {
			l.build.Logger.LogAttrs(ctx, slog.LevelError, "organization cannot be served",
				slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
			return nil, fault.Wrap(fault.Internal, "organization cannot be served", err)
		}
		ends.add(data.Ended...)
		snap.ends = ends
		if l.keep(snap) || loads >= mostLoads && snap.Version >= began {
			return snap, nil
		}
	}
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, "the server cannot reach its database; try again shortly", err).RetryAfter(time.Second)
}

// keep puts a view up unless a newer version has been heard of, or what is heard
// of ended sessions does not reach it.
func (l *Leases) keep(snap *Snapshot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := snap.Organization.ID
	if snap.Version < l.latest[id] || l.ends[id] != snap.ends {
		return false
	}
	v := &view{snap: snap}
	v.used.Store(l.now().Unix())
	l.slugs[id] = snap.Organization.Slug.String()
	l.views.Store(snap.Organization.Slug.String(), v)
	l.reached(id, snap.Version)
	delete(l.gone, id)
	return true
}

// before returns what the next view of an organization can use: the view that was
// up before, if there is one, and the ends of sessions; and the version it has to
// have at least.
func (l *Leases) before(org tenants.ID) (*Snapshot, *ends, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone[org], l.known(org), l.latest[org]
}

// takeDown removes a view. One with sources is kept for the next, which is then
// made in a fraction of the time; the lock is held.
func (l *Leases) takeDown(org tenants.ID, slug string) {
	if v, up := l.views.LoadAndDelete(slug); up && v.(*view).snap.federation != nil && len(l.gone) < maxGone {
		l.gone[org] = v.(*view).snap
	}
	delete(l.slugs, org)
}

// Heard takes down the view of an organization that has reached a version, so
// that the next request sees it; the end of a session it notes beside the view, and
// of a person whose memberships have changed it has everybody forget what they know.
// Writers of this replica call it after their commit; the poll calls it for
// everybody else's.
func (l *Leases) Heard(c Change) {
	if !c.Person.IsZero() {
		l.moved(c)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.Ended.Session.IsZero() {
		l.ended(c.Org, c.Ended)
	}
	if c.Version <= l.latest[c.Org] {
		return
	}
	if slug, ok := l.slugs[c.Org]; ok {
		l.takeDown(c.Org, slug)
	}
	l.reached(c.Org, c.Version)
}

func (l *Leases) isUnknown(slug string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.unknown[slug]
	return ok && l.now().Sub(at) < unknownFor
}

func (l *Leases) rememberUnknown(slug string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.unknown) >= maxUnknown {
		clear(l.unknown)
	}
	l.unknown[slug] = l.now()
}

// InUse calls each with every view that somebody has asked for of late.
func (l *Leases) InUse(each func(snap *Snapshot)) {
	l.views.Range(func(_, v any) bool {
		each(v.(*view).snap)
		return true
	})
}

// evict takes down views that nobody has asked for in a while.
func (l *Leases) evict() {
	before := l.now().Add(-idleAfter).Unix()
	l.mu.Lock()
	clear(l.gone)
	l.mu.Unlock()
	l.views.Range(func(slug, v any) bool {
		if v := v.(*view); v.used.Load() < before {
			l.mu.Lock()
			delete(l.slugs, v.snap.Organization.ID)
			l.views.Delete(slug)
			l.mu.Unlock()
		}
		return true
	})
	l.forgetEnds()
}
