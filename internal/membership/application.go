package membership

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Directory is Microsoft Graph as an app asks it about everybody.
type Directory interface {
	MembersOf(ctx context.Context, as graph.Asking, people, groups []tenants.GUID) []graph.Membership
	People(ctx context.Context, as graph.Asking, people []tenants.GUID) ([]graph.Person, error)
	MemberOf(ctx context.Context, as graph.Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error)
	PeopleChanges(ctx context.Context, as graph.Asking, since string) (graph.Changes[graph.PersonChange], error)
	GroupChanges(ctx context.Context, as graph.Asking, groups []tenants.GUID, since string) (graph.Changes[graph.GroupChange], error)
}

// Apps is what the app registrations of organizations can do, and what only the
// organization itself may read.
type Apps interface {
	// OfApp returns a token of Microsoft Graph for the app itself. It may be one that is
	// held, but not the one that is given as refused. What Entra refuses is an
	// *entra.TokenError.
	OfApp(ctx context.Context, v View, refused string) (string, error)
	// Seal encrypts under an organization's key where to read on in its directory, and
	// Open reads it.
	Seal(ctx context.Context, org tenants.ID, links []byte) ([]byte, error)
	Open(ctx context.Context, org tenants.ID, ciphertext []byte) ([]byte, error)
}

// Together is how many people are asked about at once as the app: what one batch of
// Microsoft Graph takes.
const Together = 20

// errUnpermitted stands for an app that may not ask, where nobody else is asked.
var errUnpermitted = fault.New(fault.Forbidden, "the app registration lacks an application permission of Microsoft Graph, GroupMember.Read.All or User.Read.All; an administrator can grant it")

// unpermittedFor is how long an app that was refused is not tried again: people are
// asked about as themselves meanwhile.
const unpermittedFor = 5 * time.Minute

// appState is what is known of asking as one organization's app.
type appState struct {
	token       string    // the last that was used
	refused     string    // one that did not do
	unpermitted time.Time // until then it is not tried
}

// asksAsApp reports whether an organization's people are asked about as the app now.
func (f *Refresher) asksAsApp(o *tenants.Organization, now time.Time) bool {
	if !o.Connection.AsksAsApp() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return !now.Before(f.apps[o.ID].unpermitted)
}

// asApp is how the app asks.
func (f *Refresher) asApp(v View) (Directory, graph.Asking, error) {
	client, ok := f.opts.Directory[v.Organization.Connection.Cloud]
	if !ok {
		return nil, graph.Asking{}, fault.Newf(fault.Internal, "no Microsoft Graph is configured for cloud %s", v.Organization.Connection.Cloud)
	}
	v.Credential = markOurs(v.Credential)
	return client, graph.Asking{Priority: graph.Low, Account: account(v.Organization), Token: func(ctx context.Context) (string, error) {
		f.mu.Lock()
		refused := f.apps[v.Organization.ID].refused
		f.mu.Unlock()
		token, err := f.opts.Apps.OfApp(ctx, v, refused)
		if err == nil {
			f.noteApp(v.Organization.ID, func(s *appState) { s.token = token })
		}
		return token, err
	}}, nil
}

func (f *Refresher) noteApp(org tenants.ID, note func(*appState)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.apps[org]
	note(&s)
	f.apps[org] = s
}

// noteRefusal has the next question asked with another token where this one is not
// accepted, or has none of the permissions: it may be older than they are. It reports
// whether the app may not ask.
func (f *Refresher) noteRefusal(ctx context.Context, org tenants.ID, err error) (unpermitted bool) {
	refused, ok := errors.AsType[*graph.Error](err)
	if !ok || refused.Status != http.StatusForbidden && refused.Status != http.StatusUnauthorized {
		return false
	}
	unpermitted = refused.Status == http.StatusForbidden
	f.noteApp(org, func(s *appState) {
		s.refused = s.token
		if unpermitted {
			s.unpermitted = f.opts.Now().Add(unpermittedFor)
		}
	})
	if unpermitted {
		f.opts.Logger.WarnContext(ctx, "the app may not ask about people, so they are asked about with what they left: "+
			"grant its registration the application permissions GroupMember.Read.All and User.Read.All of Microsoft Graph, or set groups.background to delegated",
			slog.String(telemetry.LogOrg, org.String()), telemetry.Err(err))
	}
	return unpermitted
}

// refreshTogether refreshes as the app whom a turn is about, and others who are due
// with them. Where the app may not ask, the others are due again and the person is
// asked about as by default.
func (f *Refresher) refreshTogether(ctx context.Context, t *turn) (Outcome, error) {
	client, as, err := f.asApp(t.View)
	if err != nil {
		return Outcome{}, err
	}
	more, err := f.opts.Store.TakeMoreDue(ctx, t.by, t.began, t.began.Add(Taken), Together-1)
	if err != nil {
		return Outcome{}, err
	}
	all := []*turn{t}
	for _, record := range more {
		all = append(all, &turn{View: t.View, person: record.Person, by: t.by, began: t.began, since: t.since, record: record})
	}
	words, err := f.hear(ctx, client, as, all)
	if err != nil && f.noteRefusal(ctx, t.Organization.ID, err) {
		for _, other := range all[1:] {
			err = f.opts.Store.PutOff(ctx, t.by, other.person, other.record.DueAt, Failure{})
			if err != nil {
				return Outcome{}, err
			}
		}
		return f.refresh(ctx, t)
	}
	outcomes, err := f.conclude(ctx, client, as, words)
	out := outcomes[0]
	for i, other := range all[1:] {
		out.With = append(out.With, other.measured(outcomes[i+1]))
	}
	return out, err
}
