package mcphost_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/mcphost"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// visitor is Alice at the console.
func (b *bench) visitor(tool, arguments string) mcphost.InPerson {
	org := b.snap.Organization
	return mcphost.InPerson{
		Org: org.Slug, Tool: tool, Arguments: []byte(arguments), Path: "/api/organizations/contoso/tools/" + tool + "/calls", Address: "192.0.2.7:4711",
		Identity: authz.Identity{Org: org.ID, TID: org.TID, OID: alice, Kind: authz.User, Delegated: true, Name: "Alice", IssuedAt: began},
		Groups:   entra.GroupClaim{State: entra.GroupsElsewhere},
	}
}

func (b *bench) lastCall(t *testing.T) audit.Record {
	t.Helper()
	calls := b.recordsOf(audit.ToolCall)
	if len(calls) == 0 {
		t.Fatal("no call is recorded")
	}
	return calls[len(calls)-1]
}

func TestCallInPersonIsOneOfTheConsolesClient(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = says(`"content":[{"type":"text","text":"found"}],"structuredContent":{"n":12345678901234567890}`)
	told, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{"q":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		StructuredContent json.RawMessage
		Meta              map[string]json.RawMessage `json:"_meta"`
	}
	if err := json.Unmarshal(told.Result, &result); err != nil || told.IsError || string(result.StructuredContent) != `{"n":12345678901234567890}` {
		t.Errorf("%v %s", err, told.Result)
	}
	if string(result.Meta["gatehouse/record"]) != `"`+told.Record+`"` {
		t.Errorf("%s is not of record %s", told.Result, told.Record)
	}
	_, call := s.last(t)
	if string(call.Arguments) != `{"q":"a"}` || call.Assertion.Reveal() != "" || !call.Client.Session.IsZero() || call.Client.Capabilities.Can != 0 {
		t.Errorf("the source is asked %+v", call)
	}
	r := b.lastCall(t)
	if r.Client != mcphost.ConsoleClient || r.Outcome != audit.OK || r.Tool != "notes_search" || r.Endpoint != "/api/organizations/contoso/tools/notes_search/calls" || r.Source != "192.0.2.7" || len(r.Roles) != 1 {
		t.Errorf("recorded is %+v", r)
	}
	if got := b.recordsOf(audit.Authentication); len(got) != 0 {
		t.Errorf("a token was accepted: %+v", got)
	}
}

// TestCallInPersonIsToldWhatATokenIs: the same attempt with a token of Alice's is
// refused for the same reason.
func TestCallInPersonIsToldWhatATokenIs(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		tool, arguments, want, reason string
		permission                    authz.Permission
	}{
		"condition": {"pay", `{"amount":5}`, "your roles do not allow pay with these arguments", "condition", authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, Condition: "args.amount < 5"}},
		"step-up":   {"pay", `{}`, "only after a stronger sign-in", "insufficient_claims", authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}, AuthenticationContext: "c1"}},
		"arguments": {"notes_search", `{"q":7}`, "q", "invalid_arguments", staff[0]},
	} {
		b, s := federate(t, row.permission)
		told, err := b.host.CallInPerson(t.Context(), b.visitor(row.tool, row.arguments))
		if err != nil || !told.IsError || !strings.Contains(string(told.Result), row.want) || !strings.Contains(string(told.Result), `"isError":true`) {
			t.Errorf("%s: %v %s", name, err, told.Result)
		}
		mine := b.lastCall(t)
		b.legacy(t, ask{method: "tools/call", params: `"name":"` + row.tool + `","arguments":` + row.arguments})
		if with := b.lastCall(t); mine.Outcome != audit.Refused || mine.Reason != row.reason || mine.Outcome != with.Outcome || mine.Reason != with.Reason {
			t.Errorf("%s: refused in person for %q, with a token for %q", name, mine.Reason, with.Reason)
		}
		if s.asked() != 0 {
			t.Errorf("%s: the source was asked", name)
		}
	}
}

func TestHiddenToolIsUnknownInPersonToo(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	for _, tool := range []string{"notes_secret", "absent", "prompt:notes_summarize"} {
		told, err := b.host.CallInPerson(t.Context(), b.visitor(tool, `{}`))
		if fault.KindOf(err) != fault.NotFound || fault.Public(err) != "unknown tool" || told.Result != nil {
			t.Errorf("%q: %v %s", tool, err, told.Result)
		}
	}
	if r := b.lastCall(t); r.Outcome != audit.Refused || r.Reason != "unknown_tool" || s.asked() != 0 {
		t.Errorf("%+v", r)
	}
}

func TestWhomTheDoorTurnsAwayCallsNothingInPerson(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(s *snapshot.Snapshot, p *mcphost.InPerson)
		kind   fault.Kind
		reason string
	}{
		"suspended": {func(s *snapshot.Snapshot, _ *mcphost.InPerson) { s.Organization.State = tenants.Suspended }, fault.Forbidden, "suspended"},
		"guest": {func(s *snapshot.Snapshot, p *mcphost.InPerson) {
			s.Organization.Connection.Guests, p.Identity.Kind = tenants.Refuse, authz.Guest
		}, fault.Forbidden, "guests_refused"},
		"person cut off": {func(s *snapshot.Snapshot, _ *mcphost.InPerson) {
			s.Revocations = authz.IndexRevocations([]authz.Revocation{authz.CutOff(authz.RevokePerson, alice.String(), began)})
		}, fault.Unauthenticated, "revoked"},
		"console cut off": {func(s *snapshot.Snapshot, _ *mcphost.InPerson) {
			s.Revocations = authz.IndexRevocations([]authz.Revocation{authz.CutOff(authz.RevokeClient, mcphost.ConsoleClient, began)})
		}, fault.Unauthenticated, "revoked"},
	} {
		b, s := federate(t)
		snap, p := *b.snap, b.visitor("notes_search", `{}`)
		row.change(&snap, &p)
		b.snap = &snap
		_, err := b.host.CallInPerson(t.Context(), p)
		if fault.KindOf(err) != row.kind || s.asked() != 0 || len(b.recordsOf(audit.ToolCall)) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if r := b.recordsOf(audit.RefusedRequest); len(r) != 1 || r[0].Outcome != audit.Refused || r[0].Reason != row.reason {
			t.Errorf("%s: recorded is %+v", name, r)
		}
	}
}

// unknowing is a membership room that cannot be asked.
type unknowing struct {
	*bench
	asked []membership.Question
}

func (u *unknowing) Resolve(_ context.Context, q membership.Question) (authz.Membership, time.Time, error) {
	u.asked = append(u.asked, q)
	return authz.Membership{}, time.Time{}, fault.New(fault.Forbidden, "Microsoft Graph does not answer")
}

func TestGroupsInPersonAreAskedOfTheMembershipRoom(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	room := &unknowing{bench: b}
	b.rebuild(func(o *mcphost.Options) { o.Membership = room })
	p := b.visitor("notes_search", `{}`)
	p.Graph = func(context.Context) (string, error) { return "hers", nil }
	if _, err := b.host.CallInPerson(t.Context(), p); fault.KindOf(err) != fault.Forbidden || s.asked() != 0 {
		t.Errorf("nobody knows her groups: %v", err)
	}
	q := room.asked[0]
	token, err := q.Token(t.Context())
	if token != "hers" || err != nil || q.Assertion.Reveal() != "" || q.Groups.Kind != membership.Overage {
		t.Errorf("asked is %+v", q)
	}
	if r := b.recordsOf(audit.RefusedRequest); len(r) != 1 || r[0].Reason != "membership_unknown" {
		t.Errorf("%+v", r)
	}
}

func TestLimitsHoldInPerson(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	b.limit(t, tenants.Limit{Name: "mine", Per: tenants.PerCaller, PerDay: 2})
	b.modern(t, search(ask{})).result(t)
	if _, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{}`)); err != nil {
		t.Error(err)
	}
	if _, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{}`)); fault.KindOf(err) != fault.Limited || fault.RetryAfter(err) == 0 || s.asked() != 2 {
		t.Errorf("%v after %d calls", err, s.asked())
	}
}

func TestWhatCannotBeRecordedIsNotDoneInPerson(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	b.mu.Lock()
	b.refuse = errors.New("the disk is full")
	b.mu.Unlock()
	if told, err := b.host.CallInPerson(t.Context(), b.visitor("notes_write", `{}`)); fault.KindOf(err) != fault.Unavailable || told.Result != nil || s.asked() != 0 {
		t.Errorf("%v %s", err, told.Result)
	}
}

// TestWhatWasDoneAndNotRecordedIsToldApartInPerson: whoever asks again would do it twice.
func TestWhatWasDoneAndNotRecordedIsToldApartInPerson(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.refuse = errors.New("the disk is full")
		return tools.Result{Members: []byte(`"content":[]`)}, nil
	}
	if told, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{}`)); err == nil || !told.Unknown || told.Record == "" {
		t.Errorf("%v %+v", err, told)
	}
	if told, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{}`)); err == nil || told.Unknown || s.asked() != 1 {
		t.Errorf("what was not begun: %v %+v; asked %d times", err, told, s.asked())
	}
}

// TestNobodyIsAskedAnythingInPerson: the console has no way to answer.
func TestNobodyIsAskedAnythingInPerson(t *testing.T) {
	t.Parallel()
	b, s := federate(t)
	s.answer = asking(form)
	told, err := b.host.CallInPerson(t.Context(), b.visitor("notes_search", `{}`))
	if err != nil || !told.IsError || !strings.Contains(string(told.Result), "wants to ask something first") {
		t.Errorf("%v %s", err, told.Result)
	}
}
