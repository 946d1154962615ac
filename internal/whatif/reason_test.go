package whatif_test

import (
	"errors"
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

// plain is a call of a tool that a member of the first group made.
func plain(tool string) inputs {
	return inputs{
		id: authz.Identity{OID: alice, Kind: authz.User, Delegated: true, Client: "editor", Scopes: []string{scope}}, groups: groups[:1], tool: tool, args: `{"amount":4}`, at: noon, entras: true,
	}
}

// row is the one row of a tally.
func row(t *testing.T, tally whatif.Tally) whatif.Row {
	t.Helper()
	if len(tally.Rows) != 1 || tally.Calls != tally.Unchanged+tally.Loses+tally.Gains+tally.CannotTell {
		t.Fatalf("the tally is %+v", tally)
	}
	return tally.Rows[0]
}

// TestEachReasonIsTold: a call that cannot be told has the reason that it depends on.
func TestEachReasonIsTold(t *testing.T) {
	t.Parallel()
	staff := func(w *access.Whole) { grant(w, "staff", group(0), allow("pay", "read")) }
	for name, x := range map[string]struct {
		then, proposed func(*access.Whole)
		call           func(*inputs)
		record         func(*audit.Record)
		want           []whatif.Reason
	}{
		"argument": {staff, func(w *access.Whole) {
			grant(w, "staff", group(0), authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: "args.amount < 5"})
		}, nil, nil, []whatif.Reason{whatif.ArgumentsUnknown}},
		"group that was asked about": {
			func(w *access.Whole) {
				grant(w, "a", group(0), allow("pay"))
				grant(w, "a2", group(1), allow("roll"))
				grant(w, "a3", everybody(), allow("roll"))
			},
			func(w *access.Whole) { grant(w, "a", group(1), allow("pay")) }, nil, func(r *audit.Record) { r.Altered = []string{"roles"} },
			[]whatif.Reason{whatif.MembershipUnknown},
		},
		"group of the proposal": {staff, func(w *access.Whole) { grant(w, "staff", group(2), allow("pay")) }, nil, nil, []whatif.Reason{whatif.GroupUnknown}},
		"app role": {staff, func(w *access.Whole) {
			grant(w, "staff", authz.Subject{Kind: authz.SubjectAppRole, Value: "Approve"}, allow("pay"))
		}, nil, nil, []whatif.Reason{whatif.AppRoleUnknown}},
		"context": {staff, func(w *access.Whole) {
			grant(w, "staff", group(0), authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, AuthenticationContext: "c1"})
		}, nil, nil, []whatif.Reason{whatif.ContextUnknown}},
		"time": {staff, func(w *access.Whole) {
			staff(w)
			w.Access.Rules.Assignments[0].EndsAt = noon.Add(500 * time.Microsecond)
		}, nil, nil, []whatif.Reason{whatif.TimeUnknown}},
		"agent": {
			func(w *access.Whole) { grant(w, "staff", group(0), allow("pay")) }, func(w *access.Whole) { staff(w); w.Organization.Connection.Agents = tenants.Refuse },
			func(x *inputs) { x.id.Kind = authz.Guest }, nil,
			[]whatif.Reason{whatif.AgentUnknown},
		},
		"client": {
			func(w *access.Whole) { staff(w); w.Access.Clients[0].ID = "https://assistant.example/client.json" },
			func(w *access.Whole) { staff(w); w.Access.Clients[0].ID = "https://assistant.example" },
			func(x *inputs) { x.id.Client = "https://assistant.example/client.json" }, nil,
			[]whatif.Reason{whatif.ClientUnknown},
		},
		"issuer": {func(w *access.Whole) {
			staff(w)
			w.Organization.Mode, w.Organization.UnknownClients, w.Organization.AcceptEntraTokens = tenants.Brokered, tenants.Admit, true
		}, func(w *access.Whole) {
			staff(w)
			w.Organization.Mode, w.Organization.UnknownClients, w.Organization.AcceptEntraTokens = tenants.Brokered, tenants.Admit, true
			w.Access.Clients = w.Access.Clients[1:]
		}, nil, nil, []whatif.Reason{whatif.IssuerUnknown}},
		"sign-in":   {staff, func(w *access.Whole) { staff(w); w.Organization.Mode = tenants.Facade }, nil, nil, []whatif.Reason{whatif.SignInUnknown}},
		"then":      {staff, func(w *access.Whole) { grant(w, "x", group(0), allow("pay")) }, nil, func(r *audit.Record) { r.Outcome, r.Effect, r.Reason = audit.Failed, "", "unavailable" }, []whatif.Reason{whatif.ThenUnknown}},
		"altered":   {staff, func(*access.Whole) {}, nil, func(r *audit.Record) { r.Altered = []string{"tool"} }, []whatif.Reason{whatif.AlteredUnknown}},
		"completed": {staff, func(*access.Whole) {}, nil, func(r *audit.Record) { r.Method = "completion/complete" }, nil},
	} {
		was, would, call := whole(), whole(), plain("pay")
		x.then(&was)
		x.proposed(&would)
		if x.call != nil {
			x.call(&call)
		}
		tally := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, call.record(t, courtOf(t, was), x.record))
		if x.want == nil {
			if tally.Calls != 0 || tally.Records != 1 {
				t.Errorf("%s: %+v", name, tally)
			}
			continue
		}
		if tally.CannotTell != 1 || len(tally.Rows) != 1 || !slices.Equal(tally.Rows[0].Why, x.want) || tally.Reasons[x.want[0]] != 1 {
			t.Errorf("%s: %+v, want %v", name, tally, x.want)
		}
	}
}

// TestEachRuleIsTold: who loses or gains is told by what.
func TestEachRuleIsTold(t *testing.T) {
	t.Parallel()
	staff := func(w *access.Whole) { grant(w, "staff", group(0), allow("pay", "read")) }
	for name, x := range map[string]struct {
		then, proposed func(*access.Whole)
		call           func(*inputs)
		want           whatif.Rule
	}{
		"allow":   {func(*access.Whole) {}, func(w *access.Whole) { grant(w, "all", everybody(), allow("pay")) }, nil, whatif.Rule{Kind: whatif.ByAllow, Role: "all", Permission: 1, Subject: "everybody"}},
		"deny":    {staff, func(w *access.Whole) { staff(w); grant(w, "none", everybody(), allow("read"), deny("pay")) }, nil, whatif.Rule{Kind: whatif.ByDeny, Role: "none", Permission: 2, Subject: "everybody"}},
		"no role": {staff, func(*access.Whole) {}, nil, whatif.Rule{Kind: whatif.ByNoRole}},
		"condition": {staff, func(w *access.Whole) {
			grant(w, "staff", group(0), authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: "caller.guest"})
		}, nil, whatif.Rule{Kind: whatif.ByCondition, Role: "staff", Permission: 1, Subject: "group " + groups[0].String()}},
		"kept argument": {staff, func(w *access.Whole) {
			grant(w, "staff", group(0), allow("pay"), authz.Permission{Effect: authz.Deny, Patterns: []string{"pay"}, Condition: "args.amount > 3"})
		}, func(x *inputs) { x.kept = `{"/amount":4}` }, whatif.Rule{Kind: whatif.ByDeny, Role: "staff", Permission: 2, Subject: "group " + groups[0].String()}},
		"client ceiling": {staff, func(w *access.Whole) {
			staff(w)
			w.Access.Rules.ClientCeilings["editor"] = authz.Ceiling{Patterns: []string{"read"}}
		}, nil, whatif.Rule{Kind: whatif.ByClientCeiling}},
		"scope ceiling": {staff, func(w *access.Whole) {
			staff(w)
			w.Access.Rules.ScopeCeilings[scope] = authz.Ceiling{Patterns: []string{"read"}}
		}, nil, whatif.Rule{Kind: whatif.ByScopeCeiling}},
		"not served": {staff, func(w *access.Whole) { staff(w); w.Access.Tools = w.Access.Tools[1:] }, nil, whatif.Rule{Kind: whatif.ByNotServed}},
		"guests":     {staff, func(w *access.Whole) { staff(w); w.Organization.Connection.Guests = tenants.Refuse }, func(x *inputs) { x.id.Kind = authz.Guest }, whatif.Rule{Kind: whatif.ByGuests}},
		"agents":     {staff, func(w *access.Whole) { staff(w); w.Organization.Connection.Agents = tenants.Refuse }, func(x *inputs) { x.id.Kind = authz.Agent }, whatif.Rule{Kind: whatif.ByAgents}},
		"apps": {func(w *access.Whole) { grant(w, "apps", authz.Subject{Kind: authz.SubjectEveryApp}, allow("pay")) }, func(w *access.Whole) {
			grant(w, "apps", authz.Subject{Kind: authz.SubjectEveryApp}, allow("pay"))
			w.Organization.Connection.Apps = tenants.Refuse
		}, func(x *inputs) { x.id.Kind, x.id.Delegated, x.id.Scopes = authz.App, false, nil }, whatif.Rule{Kind: whatif.ByApps}},
		"client": {staff, func(w *access.Whole) { staff(w); w.Access.Clients = w.Access.Clients[1:] }, nil, whatif.Rule{Kind: whatif.ByClient}},
		"toolset": {
			func(w *access.Whole) {
				staff(w)
				w.Access.Toolsets = []tools.Toolset{{Name: "some", Title: "Some", Patterns: []string{"*"}}}
			},
			func(w *access.Whole) {
				staff(w)
				w.Access.Toolsets = []tools.Toolset{{Name: "some", Title: "Some", Patterns: []string{"r*"}}}
			}, func(x *inputs) { x.toolset = "some" },
			whatif.Rule{Kind: whatif.ByToolset},
		},
		"toolset that is gone": {
			func(w *access.Whole) {
				staff(w)
				w.Access.Toolsets = []tools.Toolset{{Name: "some", Title: "Some", Patterns: []string{"*"}}}
			},
			staff, func(x *inputs) { x.toolset = "some" },
			whatif.Rule{Kind: whatif.ByToolset},
		},
	} {
		was, would, call := whole(), whole(), plain("pay")
		x.then(&was)
		x.proposed(&would)
		if x.call != nil {
			x.call(&call)
		}
		record := call.record(t, courtOf(t, was), nil)
		tally := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, record, record)
		if r := row(t, tally); r.Rule != x.want || r.Calls != 2 || r.Already != 0 || r.Person != alice || r.Thing != "pay" || r.Name != "A" || !r.Last.Equal(noon.Add(time.Millisecond)) {
			t.Errorf("%s: %+v, want %+v", name, tally, x.want)
		}
		tally = replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, would), Then: func(int64) (*whatif.Basis, error) { return basis(t, was), nil }}, record)
		if r := row(t, tally); r.Already != 1 {
			t.Errorf("%s: what is so already is %+v", name, r)
		}
	}
}

// TestWhatIsErasedOrUnreadableIsCounted: and nobody is named.
func TestWhatIsErasedOrUnreadableIsCounted(t *testing.T) {
	t.Parallel()
	w := whole()
	grant(&w, "staff", everybody(), allow("pay"))
	b := basis(t, w)
	record := plain("pay").record(t, courtOf(t, w), nil)
	gone := proof.Record{Fields: slices.Clone(record.Fields)}
	for i, f := range gone.Fields {
		if f.Name == "actor_oid" || f.Name == "actor_name" {
			gone.Fields[i].Value = nil
		}
	}
	damaged := proof.Record{Fields: slices.Clone(record.Fields)}
	for i, f := range damaged.Fields {
		if f.Name == "scopes" {
			damaged.Fields[i].Value = []byte("7")
		}
	}
	tally := replayed(t, whatif.Parts{Proposed: b, Present: b}, gone, proof.Record{}, damaged, record)
	if tally.Calls != 4 || tally.Unchanged != 1 || tally.Erased != 1 || tally.Reasons[whatif.Erased] != 1 || tally.Reasons[whatif.Unreadable] != 2 || tally.CannotTell != 3 || len(tally.Rows) != 0 {
		t.Errorf("the tally is %+v", tally)
	}
}

// TestWhoWasTurnedAwayIsReconsidered: whoever would get in now is counted, for what they
// would have called nobody knows.
func TestWhoWasTurnedAwayIsReconsidered(t *testing.T) {
	t.Parallel()
	for reason, x := range map[string]struct {
		kind    authz.Kind
		change  func(*access.Whole)
		changes bool
	}{
		"guests_refused": {authz.Guest, func(w *access.Whole) { w.Organization.Connection.Guests = tenants.Admit }, true},
		"agents_refused": {authz.Agent, func(w *access.Whole) { w.Organization.Connection.Agents = tenants.Admit }, true},
		"apps_refused":   {authz.App, func(w *access.Whole) { w.Organization.Connection.Apps = tenants.Admit }, true},
		"client_not_allowed": {authz.User, func(w *access.Whole) {
			w.Access.Clients = append(w.Access.Clients, tenants.Client{ID: "new", Name: "New"})
		}, true},
		"membership_unknown": {authz.User, func(w *access.Whole) { w.Access.Rules.Assignments[0].Subject = everybody() }, true},
		"wrong_mode":         {authz.User, func(w *access.Whole) { w.Organization.Mode = tenants.Facade }, true},
		"revoked":            {authz.User, func(w *access.Whole) { w.Organization.Mode = tenants.Facade }, false},
	} {
		was := whole()
		was.Organization.Connection.Guests, was.Organization.Connection.Agents, was.Organization.Connection.Apps = tenants.Refuse, tenants.Refuse, tenants.Refuse
		grant(&was, "staff", group(0), allow("pay"))
		record := plain("pay").record(t, courtOf(t, was), func(r *audit.Record) {
			*r = audit.Record{ID: r.ID, Org: r.Org, At: r.At, Kind: audit.RefusedRequest, Phase: audit.Instant, Actor: r.Actor, Client: "new", Outcome: audit.Refused, Reason: reason}
			r.Actor.Kind = x.kind.String()
		})
		would := whole()
		would.Organization.Connection = was.Organization.Connection
		grant(&would, "staff", group(0), allow("pay"))
		same := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, record)
		x.change(&would)
		other := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, record)
		if same.Unchanged != 1 || (other.Reasons[whatif.DoorUnknown] == 1) != x.changes || other.Calls != 1 || len(other.Rows) != 0 {
			t.Errorf("%s: %+v, and changed %+v", reason, same, other)
		}
	}
}

// TestRolesThatWereHeldTellWhoSomebodyWas: without anything said of groups.
func TestRolesThatWereHeldTellWhoSomebodyWas(t *testing.T) {
	t.Parallel()
	was, would := whole(), whole()
	for _, w := range []*access.Whole{&was, &would} {
		grant(w, "staff", group(0), allow("read"))
		grant(w, "payers", group(1), allow("pay"))
		grant(w, "approvers", authz.Subject{Kind: authz.SubjectAppRole, Value: "Approve"}, allow("roll"))
	}
	for i := range would.Access.Rules.Roles {
		would.Access.Rules.Roles[i].Permissions = []authz.Permission{allow([]string{"pay", "roll", "read"}[i])}
	}
	var records []proof.Record
	for _, tool := range []string{"pay", "read", "roll"} {
		records = append(records, plain(tool).record(t, courtOf(t, was), nil))
	}
	tally := replayed(t, whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}, records...)
	if tally.Gains != 1 || tally.Loses != 1 || tally.Unchanged != 1 {
		t.Errorf("the tally is %+v", tally)
	}
	fails := errors.New("no")
	for name, p := range map[string]whatif.Parts{
		"rules": {Then: func(int64) (*whatif.Basis, error) { return nil, fails }, Said: func(tenants.GUID) ([]asof.Said, error) { return nil, nil }},
		"spans": {Then: func(int64) (*whatif.Basis, error) { return nil, nil }, Said: func(tenants.GUID) ([]asof.Said, error) { return nil, fails }},
	} {
		p.Proposed, p.Present = basis(t, would), basis(t, was)
		if err := whatif.NewReplay(p).Add(records[0]); !errors.Is(err, fails) {
			t.Errorf("%s that cannot be read: %v", name, err)
		}
	}
}

// TestTooManyRowsAreOmittedAndCounted: the sums stay whole.
func TestTooManyRowsAreOmittedAndCounted(t *testing.T) {
	t.Parallel()
	was, would := whole(), whole()
	grant(&was, "staff", everybody(), allow("pay"))
	p := whatif.Parts{Proposed: basis(t, would), Present: basis(t, was)}
	p.Then, p.Said = func(int64) (*whatif.Basis, error) { return p.Present, nil }, func(tenants.GUID) ([]asof.Said, error) { return nil, nil }
	r, c := whatif.NewReplay(p), courtOf(t, was)
	for range whatif.MostRows + 3 {
		x := plain("pay")
		x.id.OID = tenants.NewGUID()
		if err := r.Add(x.record(t, c, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if tally := r.Tally(); len(tally.Rows) != whatif.MostRows || tally.Omitted != 3 || tally.Loses != whatif.MostRows+3 {
		t.Errorf("%d rows, %d omitted, %d lose", len(tally.Rows), tally.Omitted, tally.Loses)
	}
}
