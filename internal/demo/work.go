package demo

import (
	"context"
	"strconv"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// usual is what somebody does on a working day.
type usual struct {
	person Person
	kind   authz.Kind
	from   int // the days on which they are there: from so many ago,
	until  int // up to so many ago
	groups []string
	source authz.Source
	broker bool // their app signs in through Gatehouse
	tools  []string
}

// leavers are two people of Contoso who are not there any more.
func leavers(c Company) (grace, heidi Person) {
	return Person{Username: "grace@" + c.Domain, OID: id(c.Domain, "grace")}, Person{Username: "heidi@" + c.Domain, OID: id(c.Domain, "heidi")}
}

// usuals are who does something at a company.
func usuals(c Company) (all []usual) {
	staff := []string{"whoami", "graph_get_my_profile", "graph_list_my_groups", "roll_dice", "greeting_card"}
	add := func(name string, u usual) {
		for _, p := range c.People {
			if p.OID == id(c.Domain, name) {
				u.person = p
				all = append(all, u)
			}
		}
	}
	add("alice", usual{kind: authz.User, from: historyDays, groups: []string{"Staff", "Finance"}, source: authz.SourceToken, tools: staff})
	add("bob", usual{kind: authz.User, from: historyDays, source: authz.SourceToken, tools: []string{"whoami", "graph_get_my_profile"}})
	add("carol", usual{kind: authz.User, from: historyDays, groups: []string{"Staff", "Finance", "Platform Engineering"}, source: authz.SourceGraph, tools: staff})
	add("dan", usual{kind: authz.User, from: 24, groups: []string{"Staff"}, source: authz.SourceToken, tools: staff[:3]})
	add("erin", usual{kind: authz.Guest, from: 20, source: authz.SourceToken, broker: true, tools: []string{"whoami", "roll_dice"}})
	add("frank", usual{kind: authz.User, from: historyDays, groups: []string{"Platform Engineering"}, source: authz.SourceGraph, broker: true, tools: []string{"whoami"}})
	if c.Slug.String() == "contoso" {
		grace, heidi := leavers(c)
		all = append(all,
			usual{person: grace, kind: authz.User, from: historyDays, until: 12, groups: []string{"Platform Engineering"}, source: authz.SourceGraph, tools: []string{"whoami"}},
			usual{person: heidi, kind: authz.User, from: 30, until: 16, groups: []string{"Staff"}, source: authz.SourceToken, tools: staff[:3]})
	}
	return all
}

// work is some hours of a day: who is there uses what they use.
func (h *history) work(ctx context.Context, day int) error {
	for _, u := range usuals(h.company) {
		if day > u.from || day <= u.until || h.random.IntN(5) == 0 && !u.tells(day) {
			continue
		}
		if err := h.visit(ctx, u, day); err != nil {
			return err
		}
	}
	return nil
}

// visit is somebody at an AI app.
func (h *history) visit(ctx context.Context, u usual, day int) error {
	h.clock.pass(time.Duration(5+h.random.IntN(60)) * time.Second)
	known := h.known(u)
	who, there := h.tokens[u.person.Username]
	if !there {
		who = h.token(u)
		h.tokens[u.person.Username] = who
	}
	by := h.policy.Admit(who, known, h.clock.Now())
	if !there {
		if err := h.arrive(ctx, by, u, u.tells(day)); err != nil {
			return err
		}
	}
	for range 1 + h.random.IntN(3) {
		if err := h.call(ctx, by, u.tools[h.random.IntN(len(u.tools))]); err != nil {
			return err
		}
	}
	return nil
}

// tells reports whether it is kept on a day what is known of somebody: it is known in
// between as well.
func (u usual) tells(day int) bool { return day == u.from || day == u.until+1 }

// known is what is known of somebody's groups.
func (h *history) known(u usual) authz.Membership {
	m := authz.Membership{Groups: map[tenants.GUID]authz.Answer{}, Source: u.source, At: h.clock.Now()}
	for _, g := range []string{"Staff", "Finance", "Platform Engineering"} {
		m.Groups[h.company.GroupID(g)] = authz.NotMember
	}
	for _, g := range u.groups {
		m.Groups[h.company.GroupID(g)] = authz.Member
	}
	return m
}

// token is one that Entra has issued, or Gatehouse. Entra's log of sign-ins has where it
// comes from.
func (h *history) token(u usual) authz.Identity {
	who := authz.Identity{
		Org: h.company.Org, TID: h.company.TID, OID: u.person.OID, Kind: u.kind, Delegated: true, Name: u.person.Username, Client: VisualStudioCode,
		Scopes: []string{Scope}, IssuedAt: h.clock.Now(), ExpiresAt: h.clock.Now().Add(time.Hour),
	}
	in := signIn{at: h.clock.Now().Add(-3 * time.Second), id: h.guid(), correlation: h.guid(), who: u.person, client: VisualStudioCode, app: h.company.API}
	if u.broker {
		who.TokenID, who.Client = h.guid().String(), "https://claude.ai/oauth/claude-code-client-metadata"
		in.client = h.company.API.String() // Gatehouse signs people in as the company's own app
	} else {
		who.TokenID = in.uti()
	}
	h.signIns = append(h.signIns, in)
	return who
}

// guid makes an id that follows from the company.
func (h *history) guid() tenants.GUID {
	return id(h.company.Domain, "history "+strconv.FormatUint(h.random.Uint64(), 36))
}

// source is the network of the company.
const source = "203.0.113.0/24"

// arrive is the first use of a token: it is accepted, and tools are listed.
func (h *history) arrive(ctx context.Context, by authz.Caller, u usual, tell bool) error {
	if u.broker {
		err := h.log.Event(ctx, authz.Actor(by.Identity()), audit.Event{Kind: audit.TokenIssued, Endpoint: "/t/" + h.company.Slug.String() + "/token", Source: source, Target: h.endpoint, Outcome: audit.OK})
		if err != nil {
			return err
		}
	}
	if tell {
		if err := h.testify(ctx, by.Identity(), by.Membership()); err != nil {
			return err
		}
	}
	h.clock.pass(time.Second)
	if err := h.log.Event(ctx, by, audit.Event{Kind: audit.Authentication, Endpoint: h.endpoint, Source: source, Outcome: audit.OK}); err != nil {
		return err
	}
	count, names := audit.DigestNames(func(yield func(string) bool) {
		for at, name := range h.tools {
			if by.May(at).Listed() && !yield(name) {
				return
			}
		}
	})
	h.clock.pass(time.Second)
	return h.log.Event(ctx, by, audit.Event{Kind: audit.List, Endpoint: h.endpoint, Method: "tools/list", Source: source, Outcome: audit.OK, Count: count, NamesDigest: names})
}

// call is one call, decided by the predicate that decides calls.
func (h *history) call(ctx context.Context, by authz.Caller, tool string) error {
	h.clock.pass(time.Duration(2+h.random.IntN(20)) * time.Second)
	entry, err := h.log.Begin(ctx, by, audit.Attempt{Kind: audit.ToolCall, Endpoint: h.endpoint, Method: "tools/call", Source: source, Tool: tool, Arguments: []byte(`{}`)})
	if err != nil {
		return err
	}
	ending := audit.Ending{Outcome: audit.Refused, Reason: "unknown_tool"}
	for at, name := range h.tools {
		if name == tool && by.May(at).Listed() {
			if err := entry.Intend(ctx, audit.Read); err != nil {
				return err
			}
			ending = audit.Ending{Outcome: audit.OK, Result: []byte(`{"content":[]}`)}
		}
	}
	h.clock.pass(time.Duration(20+h.random.IntN(300)) * time.Millisecond)
	return entry.End(ctx, ending)
}
