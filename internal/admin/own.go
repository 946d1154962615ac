package admin

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
	"gatehouse/internal/tools"
)

// FreshLooks asks Microsoft Graph about somebody again, for the endpoint, too
// (membership.Resolver).
type FreshLooks interface {
	FreshLook(ctx context.Context, q membership.Question) (membership.Record, error)
}

// ownLookEvery is how often Microsoft Graph is asked for one person at most, as the
// endpoint's fresh looks are.
const ownLookEvery = 30 * time.Second

// NewOwnAccess says what the policy in force gives whoever has signed in.
func NewOwnAccess(p DecisionParts, looks FreshLooks) console.OwnAccess {
	return &ownAccess{decisions{p, newMembersMemory(ownLookEvery)}, looks}
}

type ownAccess struct {
	decisions
	looks FreshLooks
}

// Own admits the person as the endpoint would, with the scope of the organization and
// through an app that has no ceiling.
func (o *ownAccess) Own(ctx context.Context, org tenants.ID, p console.Person) (console.Standing, error) {
	about, err := o.about(ctx, org, p)
	if err != nil {
		return console.Standing{}, err
	}
	known, doubts, err := o.membership(ctx, about.inquiry)
	if err != nil {
		return console.Standing{}, err
	}
	return about.standing(known, doubts), nil
}

// Check looks again and compares. The endpoint forgets what it knew only where it goes
// by Microsoft Graph itself; of other organizations people are told what their AI app
// has to do.
func (o *ownAccess) Check(ctx context.Context, org tenants.ID, p console.Person) (console.AccessCheck, error) {
	about, err := o.about(ctx, org, p)
	if err != nil {
		return console.AccessCheck{}, err
	}
	began, mapped := o.Now(), about.view.Policy.MappedGroups()
	before, err := o.Store.LoadMembership(ctx, org, p.OID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return console.AccessCheck{}, err
	}
	known, doubts, err := o.again(ctx, about, before)
	if err != nil {
		return console.AccessCheck{}, err
	}
	now := about.standing(known, doubts)
	c := console.AccessCheck{Asked: known.Source == authz.SourceGraph && !known.At.Before(began), Membership: now.RestsOn(o.Now()), Remarks: now.Remarks}
	then := console.Standing{}
	if !before.AskedAt.IsZero() {
		at := before.AskedAt.UTC()
		c.Compared, then = &at, about.standing(recorded(before, mapped), nil)
	}
	roles, names := func(r console.OwnRole) string { return r.Name }, func(t console.OwnTool) string { return t.Name }
	c.RolesGained, c.RolesLost = changes(namesOf(then.Roles, roles), namesOf(now.Roles, roles))
	c.ToolsGained, c.ToolsLost = changes(namesOf(then.Tools, names), namesOf(now.Tools, names))
	if c.Compared == nil {
		c.RolesGained, c.ToolsGained = []string{}, []string{}
	}
	return c, nil
}

// again asks for the endpoint where that goes by Microsoft Graph, and for this answer
// alone elsewhere. Where nothing newer can be had, what is known stands: what this
// process remembers may be older than what is stored.
func (o *ownAccess) again(ctx context.Context, a aboutSelf, stored membership.Record) (authz.Membership, []string, error) {
	mapped := a.view.Policy.MappedGroups()
	if len(mapped) == 0 {
		return o.membership(ctx, a.inquiry)
	}
	if a.view.Organization.Connection.GroupSource == tenants.OnBehalfOf {
		record, err := o.looks.FreshLook(ctx, membership.Question{
			Organization: &a.view.Organization, Identity: a.about, Mapped: mapped,
			Token: func(ctx context.Context) (string, error) {
				return o.Delegation.GraphToken(ctx, *a.asker, readSelf, readGroups)
			},
		})
		switch {
		case err == nil && record.AskedAt.Before(stored.AskedAt):
			return recorded(stored, mapped), nil, nil
		case err == nil:
			return recorded(record, mapped), nil, nil
		case ctx.Err() != nil:
			return authz.Membership{}, nil, err
		case fault.KindOf(err) == fault.Limited:
			return o.membership(ctx, a.inquiry)
		}
		known, doubts, failed := o.membership(ctx, a.inquiry)
		return known, append(doubts, "Nothing newer could be had: "+fault.Public(err)+"."), failed
	}
	told, err := o.ask(ctx, a.inquiry, mapped)
	if err == nil {
		return told, []string{"Your AI apps go by what their sign-in says of your groups: sign in again there for a change to reach them."}, nil
	}
	return o.membership(ctx, a.inquiry)
}

// aboutSelf is the question of somebody about themselves.
type aboutSelf struct {
	inquiry
	listed access.Configuration
}

func (o *ownAccess) about(ctx context.Context, org tenants.ID, p console.Person) (aboutSelf, error) {
	view, err := o.Views(ctx, org)
	if fault.KindOf(err) == fault.NotFound {
		return aboutSelf{}, fault.Wrap(fault.Conflict, "the organization has no endpoints yet, so there are no tools; an admin has to finish connecting it", err)
	}
	if err != nil {
		return aboutSelf{}, err
	}
	listed, err := o.Store.Access(ctx, org)
	id := p.Identity(org)
	id.Scopes = []string{view.Organization.Connection.Scope}
	return aboutSelf{inquiry{view, id, &p, o.Now()}, listed}, err
}

// standing is what the rules give on such knowledge.
func (a aboutSelf) standing(known authz.Membership, doubts []string) console.Standing {
	by := a.view.Policy.Admit(a.about, known, a.now)
	s := console.Standing{Membership: known, Known: known.Known(a.view.Policy.MappedGroups()), Remarks: slices.Concat(a.remarks(), doubts)}
	for _, held := range by.Holdings(a.now) {
		role := console.OwnRole{Name: held.Role, Via: []console.RoleVia{}}
		for _, v := range held.Via {
			role.Via = append(role.Via, console.RoleVia{Kind: v.Kind, Value: v.Value, Name: v.Name, EndsAt: v.EndsAt})
		}
		s.Roles = append(s.Roles, role)
	}
	for at := range a.view.Catalog.Names() {
		e, verdict := a.view.Catalog.At(at), by.May(at)
		if e.Kind == tools.KindTool && verdict.Listed() {
			s.Tools = append(s.Tools, ownTool(e, verdict, by.AllowedBy(at)))
		}
	}
	return s
}

// remarks says what refuses the person whatever their roles give, and which roles
// cannot be known without a token of the endpoint's.
func (a aboutSelf) remarks() (remarks []string) {
	o := a.view.Organization
	if o.State == tenants.Suspended {
		remarks = append(remarks, "The organization is suspended: every call is refused until it is resumed.")
	}
	if a.about.Kind == authz.Guest && o.Connection.Guests != tenants.Admit {
		remarks = append(remarks, "Guests are refused here, whatever their roles allow.")
	}
	if slices.ContainsFunc(a.listed.Rules.Assignments, func(x authz.Assignment) bool { return x.Subject.Kind == authz.SubjectAppRole }) {
		remarks = append(remarks, "Some roles go by app roles, which only the sign-in of an AI app tells: with them you may have more.")
	}
	return remarks
}

// mostDescribed bounds, in characters, what is shown of a tool's description.
const mostDescribed = 400

// ownTool describes a tool by its approved definition.
func ownTool(e *tools.Entry, verdict authz.Verdict, roles []string) console.OwnTool {
	var said struct {
		Title       string
		Description string
		Annotations struct{ Title string }
	}
	_ = json.Unmarshal(e.Definition(), &said) // without words the name remains
	title := said.Title
	if title == "" {
		title = said.Annotations.Title
	}
	return console.OwnTool{
		Name: e.Shown, Title: beginning(title), Description: beginning(said.Description), Effect: e.Effect,
		Conditional: verdict != authz.Allowed, Roles: append([]string{}, roles...),
	}
}

// beginning is the beginning of a text of somebody else's, on one line.
func beginning(s string) string {
	if runes := []rune(s); len(runes) > mostDescribed {
		s = string(runes[:mostDescribed]) + "…"
	}
	return text.Line(s)
}

func namesOf[T any](items []T, name func(T) string) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return names
}

// changes lists what is in one list only.
func changes(before, after []string) (gained, lost []string) {
	without := func(these, those []string) []string {
		return slices.DeleteFunc(slices.Clone(these), func(s string) bool { return slices.Contains(those, s) })
	}
	return append([]string{}, without(after, before)...), append([]string{}, without(before, after)...)
}
