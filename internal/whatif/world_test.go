package whatif_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/whatif"
)

var (
	noon   = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	alice  = tenants.MustGUID("a0000000-0000-4000-8000-000000000001")
	bob    = tenants.MustGUID("b0000000-0000-4000-8000-000000000002")
	groups = []tenants.GUID{
		tenants.MustGUID("10000000-0000-4000-8000-000000000001"), tenants.MustGUID("10000000-0000-4000-8000-000000000002"), tenants.MustGUID("10000000-0000-4000-8000-000000000003"),
	}
)

const scope = "access_as_user"

// whole is an organization with three tools and nothing that gives them.
func whole() access.Whole {
	return access.Whole{
		Organization: tenants.Organization{
			ID: tenants.NewID(), Name: "Contoso", State: tenants.Active, Mode: tenants.Direct, Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
			Connection: tenants.Connection{Scope: scope, Guests: tenants.Admit, Agents: tenants.Admit, Apps: tenants.Admit},
		},
		Access: access.Configuration{
			Rules:   authz.Rules{ClientCeilings: map[string]authz.Ceiling{}, ScopeCeilings: map[string]authz.Ceiling{}, Scope: scope},
			Tools:   []tools.Selection{{Name: "pay", Effect: tools.Write}, {Name: "read", Effect: tools.Read}, {Name: "roll", Effect: tools.Read}},
			Clients: []tenants.Client{{ID: "editor", Name: "Editor"}, {ID: "chat", Name: "Chat"}},
		},
	}
}

// grant adds a role and gives it to a subject.
func grant(w *access.Whole, name string, subject authz.Subject, permissions ...authz.Permission) {
	r := authz.Role{ID: tenants.NewGUID(), Name: name, Permissions: permissions}
	w.Access.Rules.Roles = append(w.Access.Rules.Roles, r)
	w.Access.Rules.Assignments = append(w.Access.Rules.Assignments, authz.Assignment{ID: tenants.NewGUID(), Role: r.ID, Subject: subject})
}

func everybody() authz.Subject { return authz.Subject{Kind: authz.SubjectEverybody} }

func group(i int) authz.Subject {
	return authz.Subject{Kind: authz.SubjectGroup, Value: groups[i].String()}
}

func allow(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Allow, Patterns: patterns}
}

func deny(patterns ...string) authz.Permission {
	return authz.Permission{Effect: authz.Deny, Patterns: patterns}
}

func basis(t *testing.T, w access.Whole) *whatif.Basis {
	t.Helper()
	b, err := whatif.NewBasis(asof.Of(w, nil))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inputs are all that a decision about a call rests on.
type inputs struct {
	id      authz.Identity
	groups  []tenants.GUID
	tool    string
	args    string
	toolset string
	entras  bool // the token was Entra's, and not ours
	at      time.Time
	kept    string
}

// admitted reports whether the door lets the caller in.
func (x inputs) admitted(w court) bool {
	o := w.Organization
	listed := slices.ContainsFunc(w.Access.Clients, func(c tenants.Client) bool { return c.ID == x.id.Client })
	unlisted := o.Mode == tenants.Brokered && o.UnknownClients == tenants.Admit && !x.entras
	accepted := !x.entras || o.Mode == tenants.Direct || o.AcceptEntraTokens
	return (x.id.Kind != authz.Guest || o.Connection.Guests == tenants.Admit) && (listed || unlisted) && (accepted || o.Mode != tenants.Brokered)
}

// court is an organization, compiled.
type court struct {
	access.Whole
	names  []string
	policy *authz.Policy
}

func courtOf(t *testing.T, w access.Whole) court {
	t.Helper()
	c := court{Whole: w}
	for _, s := range w.Access.Tools {
		c.names = append(c.names, s.Name)
	}
	slices.Sort(c.names)
	var err error
	if c.policy, err = authz.Compile(w.Access.Rules, c.names); err != nil {
		t.Fatal(err)
	}
	return c
}

// decided is what the predicate says with everything known, and the caller it says so of.
func (x inputs) decided(w court) (authz.Caller, authz.Verdict) {
	names, policy := w.names, w.policy
	m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: authz.SourceGraph, At: x.at}
	for _, g := range policy.MappedGroups() {
		m.Groups[g] = authz.NotMember
		if slices.Contains(x.groups, g) {
			m.Groups[g] = authz.Member
		}
	}
	by := policy.Admit(x.id, m, x.at)
	shown := x.toolset == "" || slices.ContainsFunc(w.Access.Toolsets, func(s tools.Toolset) bool {
		return s.Name == x.toolset && slices.ContainsFunc(s.Patterns, func(p string) bool { return authz.Matches(p, x.tool) })
	})
	if !shown {
		return by, authz.Hidden
	}
	return by, by.MayCall(slices.Index(names, x.tool), json.RawMessage(x.args), authz.Circumstances{Now: x.at}).Verdict
}

// record is what the log keeps of a call that was decided so.
func (x inputs) record(t *testing.T, w court, change func(*audit.Record)) proof.Record {
	t.Helper()
	by, verdict := x.decided(w)
	id, err := audit.ParseID(tenants.NewGUID().String())
	if err != nil {
		t.Fatal(err)
	}
	r := audit.Record{
		ID: id, Call: id, Org: w.Organization.ID, At: x.at.Add(time.Millisecond), DurationMicros: 1000, Kind: audit.ToolCall, Phase: audit.Result, Method: "tools/call",
		Actor: audit.Actor{OID: x.id.OID, Kind: x.id.Kind.String(), Name: "A", Delegated: x.id.Delegated}, Client: x.id.Client, Scopes: x.id.Scopes, Roles: by.Roles(),
		MembershipSource: by.Membership().Source, Policy: 7, Endpoint: "/t/contoso/mcp", Tool: x.tool, ArgumentsKept: x.kept,
	}
	if x.toolset != "" {
		r.Endpoint = "/t/contoso/" + x.toolset + "/mcp"
	}
	switch verdict {
	case authz.Allowed:
		r.Outcome, r.Effect = audit.OK, audit.Read
	case authz.Hidden:
		r.Outcome, r.Reason = audit.Refused, "unknown_tool"
	case authz.NeedsScope:
		r.Outcome, r.Reason = audit.Refused, "insufficient_scope"
	case authz.NeedsStepUp:
		r.Outcome, r.Reason = audit.Refused, "insufficient_claims"
	case authz.Refused, authz.Conditional:
		r.Outcome, r.Reason = audit.Refused, "condition"
	}
	if change != nil {
		change(&r)
	}
	return recordOf(t, r)
}

func recordOf(t *testing.T, r audit.Record) proof.Record {
	t.Helper()
	payload, err := audit.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	all, err := audit.Fields(payload)
	if err != nil {
		t.Fatal(err)
	}
	var p proof.Record
	for _, f := range all {
		p.Fields = append(p.Fields, proof.Field{Name: f.Name, Value: f.Value})
	}
	return p
}

// replayed is what a replay says of some records.
func replayed(t *testing.T, p whatif.Parts, records ...proof.Record) whatif.Tally {
	t.Helper()
	if p.Then == nil {
		p.Then = func(int64) (*whatif.Basis, error) { return p.Present, nil }
	}
	if p.Said == nil {
		p.Said = func(tenants.GUID) ([]asof.Said, error) { return nil, nil }
	}
	r := whatif.NewReplay(p)
	for _, record := range records {
		if err := r.Add(record); err != nil {
			t.Fatal(err)
		}
	}
	return r.Tally()
}

// random draws worlds.
type random struct{ *rand.Rand }

func pick[T any](r random, from ...T) T { return from[r.IntN(len(from))] }

func (r random) one(in int) bool { return r.IntN(in) == 0 }

func (r random) permission() authz.Permission {
	p := allow(pick(r, "pay", "r*", "roll", "*", "read"))
	if r.one(4) {
		p.Effect = authz.Deny
	}
	if r.one(3) {
		p.Condition = pick(r, `args.amount < 5`, `has(args.force)`, `context.time.getHours() < 12`, `"b" in caller.roles`, `"Approve" in caller.appRoles`,
			`context.authenticationContexts.size() > 0`, `caller.client == "editor" || args.amount == 9`)
	}
	if p.Effect == authz.Allow && r.one(5) {
		p.AuthenticationContext = "c1"
	}
	return p
}

func (r random) subject() authz.Subject {
	return pick(r, group(0), group(1), group(2), everybody(), authz.Subject{Kind: authz.SubjectEveryGuest}, authz.Subject{Kind: authz.SubjectAppRole, Value: "Approve"},
		authz.Subject{Kind: authz.SubjectPerson, Value: alice.String()}, authz.Subject{Kind: authz.SubjectClient, Value: "chat"})
}

// changed changes something about an organization, or nothing.
func (r random) changed(w access.Whole) access.Whole {
	a := &w.Access
	a.Rules.Roles, a.Rules.Assignments, a.Clients, a.Tools = slices.Clone(a.Rules.Roles), slices.Clone(a.Rules.Assignments), slices.Clone(a.Clients), slices.Clone(a.Tools)
	a.Rules.ClientCeilings, a.Rules.ScopeCeilings = clone(a.Rules.ClientCeilings), clone(a.Rules.ScopeCeilings)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(a.Rules.Roles))
		switch r.IntN(9) {
		case 0:
			a.Rules.Roles[at].Permissions = []authz.Permission{r.permission(), r.permission()}
		case 1:
			a.Rules.Assignments = slices.Delete(a.Rules.Assignments, at, at+1)
			a.Rules.Roles = slices.Delete(a.Rules.Roles, at, at+1)
			grant(&w, fmt.Sprint("new ", r.IntN(100000)), r.subject(), r.permission())
		case 2:
			grant(&w, fmt.Sprint("more ", r.IntN(100000)), r.subject(), r.permission())
		case 3:
			a.Rules.Assignments[at].EndsAt = noon.Add(time.Duration(r.IntN(5)-2) * 30 * time.Minute)
		case 4:
			a.Clients = a.Clients[:1]
			delete(a.Rules.ClientCeilings, "chat")
		case 5:
			a.Rules.ClientCeilings["editor"] = authz.Ceiling{Patterns: []string{pick(r, "r*", "pay")}}
		case 6:
			w.Organization.Connection.Guests = tenants.Refuse
		case 7:
			a.Rules.ScopeCeilings["small"] = authz.Ceiling{Patterns: []string{pick(r, "read", "pay")}}
		case 8:
			a.Tools = a.Tools[:2]
		}
	}
	return w
}

func clone[V any](m map[string]V) map[string]V {
	c := map[string]V{}
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (r random) organization() access.Whole {
	w := whole()
	for i := range 2 + r.IntN(3) {
		grant(&w, string(rune('a'+i)), r.subject(), r.permission(), r.permission())
	}
	if r.one(3) {
		w.Access.Toolsets = []tools.Toolset{{Name: "some", Title: "Some", Patterns: []string{"r*"}}}
	}
	if r.one(3) {
		w.Organization.Mode, w.Organization.UnknownClients, w.Organization.AcceptEntraTokens = tenants.Brokered, tenants.Admit, r.one(2)
	}
	return w
}
