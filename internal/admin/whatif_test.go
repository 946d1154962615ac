package admin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/asof"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/search"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/whatif"
)

// foreseeing is an organization with a log, of which proposals are tried.
type foreseeing struct {
	annals
	whole   access.Whole
	records []proof.Record
	noted   []search.Stretch
	told    int   // records that were read
	refuses error // noting fails with it
	views   error
}

func (f *foreseeing) TryConfiguration(_ context.Context, _ authz.Caller, edit func(*access.Whole) error) (is, would asof.Configuration, w access.Whole, err error) {
	next := f.whole
	if err := edit(&next); err != nil {
		return is, would, w, err
	}
	return asof.Of(f.whole, nil), asof.Of(next, nil), f.whole, nil
}

func (f *foreseeing) ConfigurationOf(_ context.Context, _ tenants.ID, version int64) (asof.Kept, error) {
	if version != 7 {
		return asof.Kept{}, fault.New(fault.NotFound, "not on record")
	}
	return asof.Kept{Configuration: asof.Of(f.whole, nil), Version: 5}, nil
}

func (f *foreseeing) SpansOf(context.Context, tenants.ID, tenants.GUID, time.Time, time.Time) ([]asof.Said, error) {
	return nil, nil
}

func (f *foreseeing) Since(context.Context, tenants.ID, time.Time) (search.Stretch, error) {
	return search.Stretch{To: int64(len(f.records))}, nil
}

func (f *foreseeing) Follow(_ context.Context, _ tenants.ID, s search.Stretch, each func(proof.Record) error) (int64, error) {
	for _, r := range f.records[s.From:s.To] {
		f.told++
		if err := each(r); err != nil {
			return s.From, err
		}
	}
	return s.To, nil
}

func (f *foreseeing) NoteReplay(_ context.Context, _ authz.Caller, s search.Stretch, _ []byte) error {
	if f.refuses == nil {
		f.noted = append(f.noted, s)
	}
	return f.refuses
}

func newForeseeing(t *testing.T) (*foreseeing, console.WhatIf, authz.Caller) {
	t.Helper()
	f := &foreseeing{whole: access.Whole{Organization: northwind()}, views: fault.New(fault.NotFound, "no endpoints")}
	f.whole.Organization.State = tenants.Active
	role := tenants.NewGUID()
	f.whole.Access.Tools = []tools.Selection{{Name: "roll", Effect: tools.Read}}
	f.whole.Access.Clients = []tenants.Client{{ID: "editor", Name: "Editor"}}
	f.whole.Access.Rules.Roles = []authz.Role{{ID: role, Name: "Players", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"roll"}}}}}
	f.whole.Access.Rules.Assignments = []authz.Assignment{{ID: tenants.NewGUID(), Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}}
	for _, policy := range []int64{7, 8} {
		id, err := audit.ParseID(tenants.NewGUID().String())
		if err != nil {
			t.Fatal(err)
		}
		payload, err := audit.Encode(audit.Record{
			ID: id, Call: id, Org: f.whole.Organization.ID, At: time.Now(), Kind: audit.ToolCall, Phase: audit.Result, Method: "tools/call", Endpoint: "/t/northwind/mcp",
			Actor: audit.Actor{OID: numbered(2), Kind: "user", Delegated: true}, Client: "editor", Scopes: []string{f.whole.Organization.Connection.Scope}, Roles: []string{"Players"},
			Policy: policy, Tool: "roll", Outcome: audit.OK, Effect: audit.Read, ArgumentsKept: `{"/sides":6}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := audit.Fields(payload)
		if err != nil {
			t.Fatal(err)
		}
		var r proof.Record
		for _, field := range all {
			r.Fields = append(r.Fields, proof.Field{Name: field.Name, Value: field.Value})
		}
		f.records = append(f.records, r)
	}
	f.whole.RoleGrants = []tenants.RoleGrant{{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: numbered(1)}}}
	f.seen = []tenants.GUID{numbered(2), numbered(3)}
	w := admin.NewWhatIf(admin.WhatIfParts{
		Store: f, Log: f, Now: time.Now, Deployment: access.Deployment{Tools: []string{"roll"}},
		Views: func(context.Context, tenants.ID) (*snapshot.Snapshot, error) { return nil, f.views },
	})
	return f, w, authz.Actor(authz.Identity{Org: f.whole.Organization.ID, Kind: authz.User, OID: numbered(1)})
}

var withoutDice = console.Proposal{Document: []byte(`{"gatehouse":1,"roles":[{"name":"Players","permissions":[{"effect":"allow","patterns":["sing"]}]}]}`), Role: tenants.Admin}

// TestProposalIsReplayedAfterThatIsOnRecord: once for all parts of the log; what is on
// record of the rules then and what is not comes to the same here.
func TestProposalIsReplayedAfterThatIsOnRecord(t *testing.T) {
	t.Parallel()
	f, w, by := newForeseeing(t)
	f.refuses = errors.New("the log is full")
	if _, err := w.Replay(t.Context(), by, withoutDice, console.ReplayPlace{Since: time.Now().Add(-time.Hour)}); !errors.Is(err, f.refuses) || f.told != 0 {
		t.Errorf("%d records are read although that is not on record: %v", f.told, err)
	}
	f.refuses = nil
	first, err := w.Replay(t.Context(), by, withoutDice, console.ReplayPlace{Since: time.Now().Add(-time.Hour)})
	if err != nil || first.Tally.Loses != 2 || first.Next != 2 || first.Tally.Rows[0].Rule.Kind != whatif.ByNoRole {
		t.Fatalf("replayed is %+v: %v", first, err)
	}
	again := withoutDice
	again.Basis = first.Basis
	rest, err := w.Replay(t.Context(), by, again, console.ReplayPlace{Since: time.Now().Add(-time.Hour), From: 1, To: 2})
	if err != nil || rest.Tally.Loses != 1 || len(f.noted) != 1 {
		t.Errorf("the rest is %+v, noted %+v: %v", rest, f.noted, err)
	}
	f.whole.Access.Clients = append(f.whole.Access.Clients, tenants.Client{ID: "chat", Name: "Chat"})
	if _, err := w.Replay(t.Context(), by, again, console.ReplayPlace{From: 1, To: 2}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("of an organization that was changed: %v", err)
	}
	if _, err := w.Compare(t.Context(), by, again, console.ComparePlace{Most: 9}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("compared with one that was changed: %v", err)
	}
	f.views = errors.New("no database")
	if _, err := w.Replay(t.Context(), by, withoutDice, console.ReplayPlace{}); !errors.Is(err, f.views) {
		t.Errorf("without a view: %v", err)
	}
}

// TestWhoDoesNotReadTheLogIsToldNoArgument: an owner reads it, an admin does not.
func TestWhoDoesNotReadTheLogIsToldNoArgument(t *testing.T) {
	t.Parallel()
	_, w, by := newForeseeing(t)
	p := console.Proposal{Document: []byte(`{"gatehouse":1,"roles":[{"name":"Players","permissions":[{"effect":"allow","patterns":["roll"]},{"effect":"deny","patterns":["roll"],"condition":"args.sides == 6"}]}]}`)}
	for role, told := range map[tenants.Role]int64{tenants.Owner: 2, tenants.Admin: 0} {
		p.Role = role
		found, err := w.Replay(t.Context(), by, p, console.ReplayPlace{Since: time.Now().Add(-time.Hour)})
		if err != nil || found.Tally.Loses != told || found.Tally.CannotTell != 2-told {
			t.Errorf("%s is told %+v: %v", role, found.Tally, err)
		}
	}
}

// TestProposalIsRefusedAsWhatIsApplied: by who may not change it, or because it is none.
func TestProposalIsRefusedAsWhatIsApplied(t *testing.T) {
	t.Parallel()
	f, w, by := newForeseeing(t)
	for text, want := range map[string]fault.Kind{
		`{"gatehouse":1,"rols":[]}`: fault.Invalid, `{"gatehouse":1,"tools":[{"name":"fly","effect":"read"}]}`: fault.Invalid, `7`: fault.Invalid,
		`{"gatehouse":1,"roleGrants":[{"role":"viewer","grantee":{"kind":"person","id":"00000000-0000-4000-8000-000000000009"}}]}`: fault.Forbidden,
	} {
		p := console.Proposal{Document: []byte(text), Role: tenants.Admin}
		if _, err := w.Replay(t.Context(), by, p, console.ReplayPlace{}); err == nil || fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		if _, err := w.Compare(t.Context(), by, p, console.ComparePlace{Most: 9}); err == nil || fault.KindOf(err) != want {
			t.Errorf("%s compared: %v, want %s", text, err, want)
		}
	}
	if len(f.noted) != 0 || f.told != 0 {
		t.Errorf("what is refused has read %d records", f.told)
	}
}

// TestComparisonLooksAtEverybodyOnce: who was seen and whom either side names, also
// where a page has nobody for whom something differs.
func TestComparisonLooksAtEverybodyOnce(t *testing.T) {
	t.Parallel()
	f, w, by := newForeseeing(t)
	p := withoutDice
	p.Document = []byte(`{"gatehouse":1,"roles":[{"name":"More","permissions":[{"effect":"allow","patterns":["roll"]}]},{"name":"Players","permissions":[{"effect":"deny","patterns":["roll"]}]}],
		"assignments":[{"role":"More","subject":{"kind":"person","value":"` + numbered(5).String() + `"}},{"role":"Players","subject":{"kind":"person","value":"` + numbered(4).String() + `"}}]}`)
	for _, state := range []tenants.State{tenants.Active, tenants.Suspended} {
		f.whole.Organization.State = state
		var people []tenants.GUID
		requests := 0
		for at, more := (console.ComparePlace{At: time.Now(), Most: 1}), true; more; requests++ {
			found, err := w.Compare(t.Context(), by, p, at)
			if err != nil || (len(found.Remarks) > 0) != (state == tenants.Suspended) {
				t.Fatalf("%+v: %v", found, err)
			}
			for _, x := range found.People {
				people = append(people, x.Person.OID)
				seen := x.Person.Kind == authz.User
				if d := x.Differences; len(d) != 1 || d[0].Tool != "roll" || seen != (d[0].Before == asof.Allowed) || seen && d[0].After != whatif.None || len(d[0].Rules) != 1 {
					t.Errorf("of %s differs %+v", x.Person.OID, d)
				}
			}
			at.After, more = found.After, found.More
		}
		if requests != 4 || len(people) != 4 || people[0] != numbered(2) || people[3] != numbered(5) {
			t.Errorf("%d requests, %v", requests, people)
		}
	}
}
