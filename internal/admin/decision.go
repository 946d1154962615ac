package admin

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// DecisionGraph is the part of Microsoft Graph that knows who is in which group.
type DecisionGraph interface {
	CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error)
	CheckMemberGroupsOf(ctx context.Context, as graph.Asking, person tenants.GUID, groups []tenants.GUID) ([]tenants.GUID, error)
}

// DecisionStore is what is on record about an organization and its people.
type DecisionStore interface {
	Access(ctx context.Context, org tenants.ID) (access.Configuration, error)
	LoadMembership(ctx context.Context, org tenants.ID, person tenants.GUID) (membership.Record, error)
	Offers(ctx context.Context, org tenants.ID, source tenants.GUID) ([]access.Offered, error)
}

// DecisionParts is what decisions are explained with. Every field is required.
type DecisionParts struct {
	Views      func(ctx context.Context, org tenants.ID) (*snapshot.Snapshot, error)
	Store      DecisionStore
	Graph      DecisionGraph // of the cloud that people sign in to the console in
	Delegation Delegation
	Now        func() time.Time
}

type decisions struct {
	DecisionParts
	memory *membersMemory // nil: who asks is asking about others, and wants to know now
}

// NewDecisions explains what the policy in force decides about somebody who is
// not calling.
func NewDecisions(p DecisionParts) console.Decisions { return &decisions{DecisionParts: p} }

// Explain admits whom the question describes, as the endpoint would, and asks the
// caller that results.
func (d *decisions) Explain(ctx context.Context, org tenants.ID, asker *console.Person, q console.Question) (console.Explained, error) {
	if q.Arguments != nil && !bytes.HasPrefix(bytes.TrimSpace(q.Arguments), []byte("{")) {
		return console.Explained{}, access.Refuse([]access.Problem{{Path: "arguments", Message: "must be a JSON object; leave it out to ask about any arguments"}})
	}
	view, err := d.Views(ctx, org)
	if fault.KindOf(err) == fault.NotFound {
		return console.Explained{}, fault.Wrap(fault.Conflict, "the organization has no endpoints yet, so nothing is decided; finish connecting it first", err)
	}
	if err != nil {
		return console.Explained{}, err
	}
	listed, err := d.Store.Access(ctx, org)
	if err != nil {
		return console.Explained{}, err
	}
	shown, err := d.shown(ctx, view, listed, q)
	if err != nil {
		return console.Explained{}, err
	}
	id, now := hypothetical(view, q), d.Now()
	known, doubts, err := d.membership(ctx, inquiry{view, id, asker, now})
	if err != nil {
		return console.Explained{}, err
	}
	e := view.Policy.Admit(id, known, now).Explain(authz.Question{
		Tool: q.Tool, Through: view.Catalog.Through(q.Tool), Arguments: q.Arguments, Now: now,
	})
	if shown.nowhere {
		e.Verdict = authz.Hidden
	}
	return console.Explained{Explanation: e, Remarks: slices.Concat(shown.remarks, refusals(view, id, listed.Clients), doubts)}, nil
}

// hypothetical is whom a token as the question describes it would speak for.
func hypothetical(view *snapshot.Snapshot, q console.Question) authz.Identity {
	o := view.Organization
	id := authz.Identity{
		Org: o.ID, TID: o.TID, OID: q.Person, Kind: authz.User, Delegated: true, Client: access.CanonicalClientID(q.Client),
		Scopes: q.Scopes, AppRoles: q.AppRoles, AuthContexts: q.AuthContexts,
	}
	if q.Guest {
		id.Kind = authz.Guest
	}
	if id.Scopes == nil {
		id.Scopes = []string{o.Connection.Scope}
	}
	return id
}

// refusals says what refuses such a token before any tool is considered.
func refusals(view *snapshot.Snapshot, id authz.Identity, listed []tenants.Client) (remarks []string) {
	o := view.Organization
	if o.State == tenants.Suspended {
		remarks = append(remarks, "The organization is suspended: every call is refused until it is resumed.")
	}
	if id.Kind == authz.Guest && o.Connection.Guests != tenants.Admit {
		remarks = append(remarks, "Guests are refused whatever their roles allow; admit them in the connection's settings if they should get in.")
	}
	if !slices.ContainsFunc(listed, func(c tenants.Client) bool { return c.ID == id.Client }) {
		remarks = append(remarks, fmt.Sprintf("The client %s is not listed: its tokens are refused whatever the person's roles allow.", id.Client))
	}
	accepted := append([]string{o.Connection.Scope}, view.Policy.Scopes()...)
	if !slices.ContainsFunc(id.Scopes, func(s string) bool { return slices.Contains(accepted, s) }) {
		remarks = append(remarks, "A token without one of the organization's scopes is refused.")
	}
	return remarks
}

// inquiry is the question of somebody about another's groups.
type inquiry struct {
	view  *snapshot.Snapshot
	about authz.Identity
	asker *console.Person
	now   time.Time
}

// membership returns what can be known of the groups that decide anything: what
// Microsoft Graph last said to the person's own calls while that may be relied on,
// or what it says now to whoever asks. The doubts say why the rest is unknown.
func (d *decisions) membership(ctx context.Context, q inquiry) (authz.Membership, []string, error) {
	mapped := q.view.Policy.MappedGroups()
	known := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: authz.SourceNone}
	if len(mapped) == 0 {
		return known, nil, nil
	}
	record, err := d.Store.LoadMembership(ctx, q.about.Org, q.about.OID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return known, nil, err
	}
	if err == nil && q.now.Sub(record.AskedAt) <= q.view.Organization.Membership.Hard {
		known = recorded(record, mapped)
	}
	if known.Known(mapped) {
		return known, nil, nil
	}
	told, err := d.ask(ctx, q, mapped)
	switch {
	case err == nil:
		return told, nil, nil
	case ctx.Err() != nil || fault.KindOf(err) == fault.Internal:
		return known, nil, err
	}
	return known, []string{"Not every group is known: " + fault.Public(err) + ". A group that is not known gives no role here."}, nil
}

func recorded(record membership.Record, mapped []tenants.GUID) authz.Membership {
	known := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: authz.SourceGraph, At: record.AskedAt}
	for _, g := range mapped {
		known.Groups[g] = record.Answers[g]
	}
	return known
}

func answered(in, mapped []tenants.GUID, now time.Time) authz.Membership {
	known := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: authz.SourceGraph, At: now}
	for _, g := range mapped {
		known.Groups[g] = authz.NotMember
		if slices.Contains(in, g) {
			known.Groups[g] = authz.Member
		}
	}
	return known
}

// ask asks Microsoft Graph as whoever asks, who must belong to the organization's
// own directory: in another the same id is somebody else.
func (d *decisions) ask(ctx context.Context, q inquiry, groups []tenants.GUID) (authz.Membership, error) {
	if q.asker == nil || q.asker.TID != q.about.TID {
		return authz.Membership{}, fault.New(fault.Forbidden, "Microsoft Graph is asked only for people of this directory who have signed in to the console")
	}
	if d.memory == nil {
		in, err := d.askGraph(ctx, q, groups)
		return answered(in, groups, q.now), err
	}
	key := keyOf(*q.asker, groups)
	known, ok := d.memory.recall(key, d.Now())
	if !ok {
		in, err := d.askGraph(ctx, q, groups)
		if err != nil {
			return authz.Membership{}, err
		}
		known = members{in, d.Now()}
		d.memory.remember(key, known)
	}
	return answered(known.of, groups, known.at), nil
}

func (d *decisions) askGraph(ctx context.Context, q inquiry, groups []tenants.GUID) (in []tenants.GUID, err error) {
	self := q.asker.OID == q.about.OID
	permissions := []string{readPeople, readGroups}
	if self {
		permissions = []string{readSelf, readGroups}
	}
	as, err := askingAs(ctx, d.Delegation, *q.asker, permissions...)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(groups, graph.MaxCheck) {
		var found []tenants.GUID
		if self {
			found, err = d.Graph.CheckMemberGroups(ctx, as, some)
		} else {
			found, err = d.Graph.CheckMemberGroupsOf(ctx, as, q.about.OID, some)
		}
		if err != nil {
			return nil, withRemedy(err, "read groups")
		}
		in = append(in, found...)
	}
	return in, nil
}
