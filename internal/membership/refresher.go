package membership

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// View is what a Refresher needs to know of an organization.
type View struct {
	Organization *tenants.Organization
	Credential   entra.Credential
	Mapped       []tenants.GUID // the groups that assignments mention
}

// Held is one thing that is kept to go on with for somebody.
type Held struct {
	// Redeem gets a token of Microsoft Graph that speaks for them. It asks Entra every
	// time: only Entra knows whether they are still who they were. Claims is JSON that
	// Graph demands, or empty. What Entra refuses is an *entra.TokenError.
	Redeem func(ctx context.Context, claims string) (string, error)
	// Drop removes it, unless something newer is in its place.
	Drop func(ctx context.Context) error
}

// Holdings is where that lies.
type Holdings interface {
	// Held returns what is kept for a person, the most promising first.
	Held(ctx context.Context, v View, person tenants.GUID) ([]Held, error)
}

// RefresherOptions is what a Refresher works with. All fields are required.
type RefresherOptions struct {
	Graph     map[tenants.Cloud]Graph // one for each cloud organizations may live in
	Directory map[tenants.Cloud]Directory
	Apps      Apps
	Holdings  Holdings
	Store     RefreshStore
	Now       func() time.Time
	Logger    *slog.Logger
}

// RefreshStore is a Store with what asking as the app needs.
type RefreshStore interface {
	Store
	DirectoryStore
}

// Refresher asks Graph for people in their absence, with what is kept for them. It
// may be used concurrently, and in many processes: the store says whose turn it is.
type Refresher struct {
	opts RefresherOptions

	mu     sync.Mutex
	pauses map[tenants.ID]pause
	apps   map[tenants.ID]appState
}

// NewRefresher checks the options and returns a Refresher.
func NewRefresher(o RefresherOptions) (*Refresher, error) {
	if len(o.Graph) == 0 || len(o.Directory) == 0 || o.Apps == nil || o.Holdings == nil || o.Store == nil || o.Now == nil || o.Logger == nil {
		return nil, fault.New(fault.Invalid, "membership refresher needs Graph, Directory, Apps, Holdings, Store, Now and Logger")
	}
	return &Refresher{opts: o, pauses: map[tenants.ID]pause{}, apps: map[tenants.ID]appState{}}, nil
}

// Taken is how long a refresh belongs to whoever took it. One that was not done by
// then, because its process died, is due again.
const Taken = 2 * patience

// turn is one refresh under way.
type turn struct {
	View
	person tenants.GUID
	by     authz.Caller
	began  time.Time
	since  time.Time // when Entra was last content, or it began
	record Record    // as it was
}

// Refresh asks Graph for a person if that is due, and keeps what comes of it. What
// goes wrong at Entra or Graph is an Outcome; an error is a failure of our own
// systems, and the refresh is due again before long.
//
// Where Entra does not go on with anything that is kept for the person, and says that
// they are disabled, gone or signed out, everything issued to them is cut off, and the
// log says why. Anything else leaves the record as it is, to its hard limit.
func (f *Refresher) Refresh(ctx context.Context, v View, person tenants.GUID) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, Taken)
	defer cancel()
	now := f.opts.Now()
	t := &turn{View: v, person: person, by: authz.SystemCaller(v.Organization.ID, job), began: now, since: now}
	until, paused := f.pausedUntil(v.Organization.ID, now)
	if !paused {
		until = now.Add(Taken)
	}
	record, err := f.opts.Store.TakeDue(ctx, t.by, person, now, until)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return Outcome{Result: NotDue}, nil
		}
		return Outcome{}, err
	}
	t.record = record
	out := Outcome{Result: Paused, Next: until}
	switch {
	case paused:
	case f.asksAsApp(v.Organization, now):
		out, err = f.refreshTogether(ctx, t)
	default:
		out, err = f.refresh(ctx, t)
	}
	return t.measured(out), err
}

// measured adds how late a refresh began.
func (t *turn) measured(out Outcome) Outcome {
	out.Lag = t.began.Sub(t.record.DueAt)
	if !t.record.AskedAt.IsZero() {
		out.Age = t.began.Sub(t.record.AskedAt)
	}
	return out
}

func (f *Refresher) refresh(ctx context.Context, t *turn) (Outcome, error) {
	switch c := t.Organization.Connection; {
	case c.GroupSource == tenants.OnBehalfOf:
	case c.AsksAsApp():
		return f.putOff(ctx, t, entra.Consent, errUnpermitted)
	default:
		return f.idle(ctx, t)
	}
	t.Credential = markOurs(t.Credential)
	held, err := f.opts.Holdings.Held(ctx, t.View, t.person)
	switch {
	case err != nil:
		return Outcome{}, err
	case len(held) == 0:
		return f.idle(ctx, t)
	}
	var refused, disowned error
	for i, h := range held {
		in, err := f.memberOf(ctx, t, h)
		if err == nil {
			f.drop(ctx, t, held[:i])
			return f.save(ctx, t, in)
		}
		class, known := classOf(err)
		switch {
		case errors.Is(err, graph.ErrBudget):
			return f.rest(ctx, t, err)
		case !known:
			return Outcome{}, err
		case class != entra.Reauth:
			f.drop(ctx, t, held[:i])
			return f.putOff(ctx, t, class, err)
		}
		refused = err
		if of, ok := errors.AsType[*entra.TokenError](err); ok && of.Disowns() {
			disowned = err
		}
	}
	if disowned == nil {
		return f.putOff(ctx, t, entra.Reauth, refused)
	}
	return f.lose(ctx, t, why(disowned), disowned)
}

// memberOf asks once, and once more if Graph wants a token with certain claims. Who
// is in no group that matters is only asked about at Entra.
func (f *Refresher) memberOf(ctx context.Context, t *turn, h Held) ([]tenants.GUID, error) {
	client, ok := f.opts.Graph[t.Organization.Connection.Cloud]
	if !ok {
		return nil, fault.Newf(fault.Internal, "no Microsoft Graph is configured for cloud %s", t.Organization.Connection.Cloud)
	}
	as := graph.Asking{Priority: graph.Low, Account: account(t.Organization), Token: f.redeemOnce(t, h, "")}
	if len(t.Mapped) == 0 {
		_, err := as.Token(ctx)
		return nil, err
	}
	in, err := groupsAmong(ctx, client, as, t.Mapped)
	if refused, ok := errors.AsType[*graph.Error](err); ok && refused.Claims != "" {
		as.Token = f.redeemOnce(t, h, refused.Claims)
		return groupsAmong(ctx, client, as, t.Mapped)
	}
	return in, err
}

// redeemOnce asks Entra when a question is sure to be asked, and once for all of them.
func (f *Refresher) redeemOnce(t *turn, h Held, claims string) graph.TokenSource {
	token := ""
	return func(ctx context.Context) (_ string, err error) {
		if token != "" {
			return token, nil
		}
		if token, err = h.Redeem(ctx, claims); err == nil {
			t.since = f.opts.Now()
		}
		return token, err
	}
}

func (f *Refresher) save(ctx context.Context, t *turn, in []tenants.GUID) (Outcome, error) {
	f.resume(t.Organization.ID)
	out := Outcome{Result: Unchanged, Next: nextRefresh(t.began, t.Organization.Membership)}
	changed, err := f.opts.Store.SaveMembership(ctx, t.by, answered(t.person, t.Mapped, in, t.began), out.Next)
	if changed {
		out.Result = Changed
	}
	return out, err
}

// idle puts a refresh off that there is nothing to do for.
func (f *Refresher) idle(ctx context.Context, t *turn) (Outcome, error) {
	return Outcome{Result: Idle}, f.opts.Store.PutOff(ctx, t.by, t.person, time.Time{}, Failure{})
}

// rest puts a refresh off for which the organization's share of Graph is spent: nobody
// has refused anything.
func (f *Refresher) rest(ctx context.Context, t *turn, cause error) (Outcome, error) {
	out := Outcome{Result: Paused, Cause: cause, Next: f.opts.Now().Add(fault.RetryAfter(cause))}
	return out, f.opts.Store.PutOff(ctx, t.by, t.person, out.Next, Failure{})
}

func (f *Refresher) putOff(ctx context.Context, t *turn, class entra.ErrorClass, cause error) (Outcome, error) {
	now := f.opts.Now()
	next := now.Add(max(spread(backOff(class, t.record.Failures, t.Organization.Membership)), fault.RetryAfter(cause)))
	if class == entra.Misconfigured {
		next = f.pause(t.Organization.ID, now)
	}
	return Outcome{Result: Delayed, Class: string(class), Cause: cause, Next: next}, f.opts.Store.PutOff(ctx, t.by, t.person, next, failureOf(class, cause))
}

// lose cuts off a person whom Entra has disowned, unless they have signed in
// meanwhile: then the next refresh goes on with that.
func (f *Refresher) lose(ctx context.Context, t *turn, why string, cause error) (Outcome, error) {
	err := f.opts.Store.LoseMember(ctx, t.by, t.person, t.since, why)
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return f.putOff(ctx, t, entra.Transient, cause)
	}
	return Outcome{Result: CutOff, Class: string(entra.Reauth), Cause: cause}, err
}

// drop removes what Entra does not go on with, where something else does.
func (f *Refresher) drop(ctx context.Context, t *turn, dead []Held) {
	for _, h := range dead {
		if err := h.Drop(ctx); err != nil { // it is tried, and dropped, at the next refresh
			f.opts.Logger.WarnContext(ctx, "refresh token of Entra that is no use any more is not dropped",
				slog.String(telemetry.LogOrg, t.Organization.ID.String()), telemetry.Err(err))
		}
	}
}
