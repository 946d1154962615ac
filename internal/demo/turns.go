package demo

import (
	"context"
	"slices"
	"time"

	"gatehouse/internal/access"
	"gatehouse/internal/audit"
	"gatehouse/internal/audit/keep"
	"gatehouse/internal/authz"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/tenants"
)

// turn is something that does not happen every day.
type turn func(ctx context.Context, h *history, box *secrets.Box) error

// turnsOf is what happens to a company, by how many days ago it was.
func turnsOf(c Company) map[int]turn {
	if c.Slug.String() != "contoso" {
		return map[int]turn{20: note, 5: hold("Contoso v. Fabrikam: keep what the log has of both years")}
	}
	return map[int]turn{
		historyDays: note, 28: hold("Inquiry of the works council"), 21: cover, 20: liftHolds,
		12: both(leave, askErasure), 9: endCover, 8: admitAgents, 7: agent, 6: refuseAgents, 4: erase, 3: strangeToken,
	}
}

// owner is Carol, who has just signed in to the console.
func (h *history) owner(ctx context.Context) (authz.Caller, error) {
	by := authz.Actor(authz.Identity{
		Org: h.company.Org, TID: h.company.TID, OID: id(h.company.Domain, "carol"), Kind: authz.User, Delegated: true, Name: "carol@" + h.company.Domain,
	})
	h.clock.pass(time.Minute)
	err := h.log.Event(ctx, by, audit.Event{Kind: audit.ConsoleSignIn, Source: source, Outcome: audit.OK})
	h.clock.pass(time.Minute)
	return by, err
}

// note has the log say what this history is.
func note(ctx context.Context, h *history, _ *secrets.Box) error {
	return h.log.Event(ctx, authz.SystemCaller(h.company.Org, "demo history"), audit.Event{
		Kind: audit.OperatorAct, Target: "demo", Detail: "This month did not happen: it was written and sealed when the demo started, by a clock of its own, which its checkpoints call demo.", Outcome: audit.OK,
	})
}

// hold places a legal hold.
func hold(reason string) turn {
	return func(ctx context.Context, h *history, _ *secrets.Box) error {
		by, err := h.owner(ctx)
		if err != nil {
			return err
		}
		return h.db.SetHold(ctx, by, tenants.Hold{ID: id(h.company.Domain, "hold"), Reason: reason})
	}
}

func liftHolds(ctx context.Context, h *history, _ *secrets.Box) error {
	by, err := h.owner(ctx)
	if err != nil {
		return err
	}
	return h.db.LiftHold(ctx, by, id(h.company.Domain, "hold"), "the inquiry is closed")
}

// cover gives Bob the tools of staff, while Alice is away.
func cover(ctx context.Context, h *history, _ *secrets.Box) error {
	by, err := h.owner(ctx)
	if err != nil {
		return err
	}
	return h.edit(ctx, by, "assignment created", func(c *access.Configuration) error {
		c.Rules.Assignments = append(c.Rules.Assignments, authz.Assignment{
			Role: id(h.company.Domain, "role staff"), Subject: h.bob(), Name: "Bob, while Alice is away",
		})
		return nil
	})
}

func (h *history) bob() authz.Subject {
	return authz.Subject{Kind: authz.SubjectPerson, Value: id(h.company.Domain, "bob").String()}
}

func endCover(ctx context.Context, h *history, _ *secrets.Box) error {
	by, err := h.owner(ctx)
	if err != nil {
		return err
	}
	return h.edit(ctx, by, "assignment deleted", func(c *access.Configuration) error {
		c.Rules.Assignments = slices.DeleteFunc(c.Rules.Assignments, func(a authz.Assignment) bool { return a.Subject == h.bob() })
		return nil
	})
}

// leave is Grace leaving: Entra says that she is in no group any more, and Carol cuts
// her off.
func leave(ctx context.Context, h *history, _ *secrets.Box) error {
	grace, _ := leavers(h.company)
	system := authz.SystemCaller(h.company.Org, "membership refresh")
	group := h.company.GroupID("Platform Engineering")
	for _, answer := range []authz.Answer{authz.Member, authz.NotMember} {
		at := h.clock.Now()
		if _, err := h.db.SaveMembership(ctx, system, membership.Record{
			Person: grace.OID, Answers: map[tenants.GUID]authz.Answer{group: answer}, AskedAt: at, SeenAt: at,
		}, time.Time{}); err != nil {
			return err
		}
		h.clock.pass(10 * time.Minute)
	}
	by, err := h.owner(ctx)
	if err != nil {
		return err
	}
	cut := authz.CutOff(authz.RevokePerson, grace.OID.String(), h.clock.Now())
	cut.Why = "left the company"
	return h.db.Revoke(ctx, by, cut)
}

// agents says whether agents may come in.
func agents(mode tenants.Admission, what string) turn {
	return func(ctx context.Context, h *history, _ *secrets.Box) error {
		if err := h.agentTries(ctx, mode == tenants.Admit); err != nil {
			return err
		}
		by, err := h.owner(ctx)
		if err != nil {
			return err
		}
		_, err = h.db.EditOrganization(ctx, by, what, func(o *tenants.Organization) error {
			o.Connection.Agents = mode
			return nil
		})
		return err
	}
}

func admitAgents(ctx context.Context, h *history, box *secrets.Box) error {
	return agents(tenants.Admit, "agents admitted")(ctx, h, box)
}

func refuseAgents(ctx context.Context, h *history, box *secrets.Box) error {
	return agents(tenants.Refuse, "agents refused")(ctx, h, box)
}

// robot is an agent that acts for Alice.
func (h *history) robot() authz.Identity {
	return authz.Identity{
		Org: h.company.Org, TID: h.company.TID, OID: id(h.company.Domain, "alice"), Kind: authz.Agent, Delegated: true, Name: "alice@" + h.company.Domain,
		Client: id(h.company.Domain, "agent").String(), Scopes: []string{Scope}, TokenID: signIn{id: h.guid()}.uti(),
	}
}

// signedIn has Entra know of the sign-in that a token comes from.
func (h *history) signedIn(who authz.Identity) {
	h.signIns = append(h.signIns, signIn{
		at: h.clock.Now().Add(-time.Minute), uid: who.TokenID, id: h.guid(), correlation: h.guid(), who: Person{Username: who.Name, OID: who.OID}, client: who.Client, app: h.company.API,
	})
}

// agentTries is the agent being refused, if it is.
func (h *history) agentTries(ctx context.Context, refused bool) error {
	if !refused {
		return nil
	}
	who := h.robot()
	h.signedIn(who)
	return h.log.Refused(ctx, who, audit.Event{Endpoint: h.endpoint, Source: source, Reason: "agents_refused"})
}

// agent is what the agent does for Alice while it may.
func agent(ctx context.Context, h *history, _ *secrets.Box) error {
	who := h.robot()
	alice := usuals(h.company)[0]
	by := h.policy.Admit(who, h.known(alice), h.clock.Now())
	if err := h.arrive(ctx, by, usual{}, false); err != nil {
		return err
	}
	h.signedIn(who)
	for range 12 {
		if err := h.call(ctx, by, "graph_list_my_groups"); err != nil {
			return err
		}
	}
	return nil
}

// both are two turns of one day.
func both(one, other turn) turn {
	return func(ctx context.Context, h *history, box *secrets.Box) error {
		if err := one(ctx, h, box); err != nil {
			return err
		}
		return other(ctx, h, box)
	}
}

// askErasure is Carol asking for Heidi to be erased and approving it, as the only owner:
// so it is done seven days later.
func askErasure(ctx context.Context, h *history, box *secrets.Box) error {
	_, heidi := leavers(h.company)
	by, err := h.owner(ctx)
	if err != nil {
		return err
	}
	wrapped, err := h.db.WrappedKey(ctx, h.company.Org)
	if err != nil {
		return err
	}
	key, err := box.Open(ctx, h.company.Org, wrapped)
	if err != nil {
		return err
	}
	which := id(h.company.Domain, "erasure of heidi")
	who, err := keep.Who{OID: heidi.OID, Names: []string{heidi.Username}}.Encrypt(key, which)
	if err != nil {
		return err
	}
	if err := h.db.AskErasure(ctx, by, which, heidi.OID, who); err != nil {
		return err
	}
	h.clock.pass(time.Minute)
	return h.db.ApproveErasure(ctx, by, which, heidi.OID)
}

// erase is Heidi being erased.
func erase(ctx context.Context, h *history, _ *secrets.Box) error {
	if err := h.seal(ctx); err != nil {
		return err
	}
	return h.past.ErasePeople(ctx, h.company.Org)
}

// strangeToken is a token that Entra knows nothing of, and a sign-in whose token nobody
// has shown.
func strangeToken(ctx context.Context, h *history, _ *secrets.Box) error {
	alice := usuals(h.company)[0]
	who := h.token(alice)
	last := &h.signIns[len(h.signIns)-1]
	last.id, last.correlation = h.guid(), h.guid() // it has issued another token
	h.signIns = append(h.signIns, signIn{at: h.clock.Now(), id: h.guid(), correlation: h.guid(), who: alice.person, client: VisualStudioCode, app: h.company.API, code: 50126})
	by := h.policy.Admit(who, h.known(alice), h.clock.Now())
	if err := h.arrive(ctx, by, alice, false); err != nil {
		return err
	}
	return h.call(ctx, by, "graph_get_my_profile")
}
