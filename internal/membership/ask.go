package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Graph is the part of Microsoft Graph that knows memberships.
type Graph interface {
	CheckMemberGroups(ctx context.Context, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error)
	GetMemberGroups(ctx context.Context, as graph.Asking, kinds graph.GroupKinds) ([]tenants.GUID, error)
}

// Tokens exchanges a person's inbound token for one of Microsoft Graph. A
// refusal is a fault whose public text says what Entra wants.
type Tokens interface {
	OnBehalfOf(ctx context.Context, x Exchange) (string, error)
}

// Exchange is one on-behalf-of exchange. Scopes are short names of Microsoft
// Graph's permissions; whoever exchanges qualifies them for the organization's
// cloud.
type Exchange struct {
	Organization *tenants.Organization
	Identity     authz.Identity // whom the assertion speaks for
	Assertion    authz.Assertion
	Credential   entra.Credential
	Scopes       []string
	Claims       string // JSON of a claims challenge to satisfy, or empty
}

// Scopes are the delegated permissions of Microsoft Graph that reading one's own
// memberships needs.
var Scopes = []string{"User.Read", "GroupMember.Read.All"}

// patience bounds one ask, the exchange included.
const patience = 15 * time.Second

// askNow asks Graph about all mapped groups and waits. However many callers ask
// about one person at a time, Graph is asked once; a caller that gives up does
// not take the others' answer away. Asked is when the caller looked for a record
// in vain.
func (r *Resolver) askNow(ctx context.Context, q Question, asked time.Time) (Record, error) {
	switch {
	case q.mayAsk():
	case q.ours():
		return Record{}, errNoGraph
	case q.Groups.Kind == Overage:
		return Record{}, errTooMany
	default:
		return Record{}, errNoSource
	}
	detached := context.WithoutCancel(ctx)
	for {
		answer := r.flights.DoChan(q.flight(), func() (any, error) { return r.askOnce(detached, q, asked) })
		select {
		case got := <-answer:
			if errors.Is(got.Err, graph.ErrBudget) {
				continue // of one in the background that was under way, which holds back nobody who waits
			}
			if got.Err != nil {
				return Record{}, got.Err
			}
			return got.Val.(Record), nil
		case <-ctx.Done():
			return Record{}, fmt.Errorf("wait for Microsoft Graph: %w", ctx.Err())
		}
	}
}

// flight names asks that have one answer: person and groups.
func (q Question) flight() string {
	var b strings.Builder
	b.WriteString(q.Organization.ID.String() + q.Identity.OID.String())
	for _, g := range q.Mapped {
		raw := g.Bytes()
		b.Write(raw[:])
	}
	return b.String()
}

// askOnce asks, unless an ask that has ended since brought an answer or a
// failure that still stands.
func (r *Resolver) askOnce(ctx context.Context, q Question, since time.Time) (Record, error) {
	if err := r.failedLately(q, waited); err != nil {
		return Record{}, err
	}
	if known, ok := r.remembered(q.key()); ok && known.record.covers(q.Mapped) && !known.record.AskedAt.Before(since) {
		return known.record, nil
	}
	return r.ask(ctx, q, graph.High)
}

// ask asks Graph, remembers the answer or the failure, and stores the answer.
func (r *Resolver) ask(ctx context.Context, q Question, priority graph.Priority) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked, heard := r.opts.Now(), r.heard.Load()
	in, err := r.memberOf(ctx, q, priority)
	if err != nil {
		if !errors.Is(err, graph.ErrBudget) { // which holds back nobody who waits
			r.noteFailure(q, err)
		}
		return Record{}, err
	}
	record := answered(q.Identity.OID, q.Mapped, in, asked)
	record.SeenAt = asked
	r.forgetFailure(q)
	by := authz.SystemCaller(q.Organization.ID, job)
	if _, err := r.opts.Store.SaveMembership(ctx, by, record, nextRefresh(record.AskedAt, q.Organization.Membership)); err != nil {
		r.opts.Logger.WarnContext(ctx, "membership record not saved",
			slog.String(telemetry.LogOrg, q.Organization.ID.String()), telemetry.Err(err))
	} else if q.Token == nil {
		r.saw(q)
	}
	if newest := r.remember(q.key(), record, r.opts.Now(), heard); newest.covers(q.Mapped) {
		return newest, nil
	}
	return record, nil
}

// answered is the record of an answer to a question about groups.
func answered(person tenants.GUID, groups, in []tenants.GUID, at time.Time) Record {
	record := Record{Person: person, Answers: make(map[tenants.GUID]authz.Answer, len(groups)), AskedAt: at}
	for _, g := range groups {
		record.Answers[g] = authz.NotMember
		if slices.Contains(in, g) {
			record.Answers[g] = authz.Member
		}
	}
	return record
}

// memberOf asks once, and once more if Graph wants a token with certain claims.
func (r *Resolver) memberOf(ctx context.Context, q Question, priority graph.Priority) ([]tenants.GUID, error) {
	client, ok := r.opts.Graph[q.Organization.Connection.Cloud]
	if !ok {
		return nil, fault.Newf(fault.Internal, "no Microsoft Graph is configured for cloud %s", q.Organization.Connection.Cloud)
	}
	x := q.exchange()
	as := graph.Asking{Priority: priority, Token: func(ctx context.Context) (string, error) { return r.opts.Tokens.OnBehalfOf(ctx, x) }}
	if q.Token != nil {
		as.Token = q.Token
		return groupsAmong(ctx, client, as, q.Mapped)
	}
	as.Account = account(q.Organization)
	in, err := groupsAmong(ctx, client, as, q.Mapped)
	if refused, ok := errors.AsType[*graph.Error](err); ok && refused.Claims != "" {
		x.Claims = refused.Claims
		return groupsAmong(ctx, client, as, q.Mapped)
	}
	return in, err
}

// groupsAmong picks the call that costs Graph least: checkMemberGroups proves up to
// twenty, getMemberGroups lists all and is intersected here. A person in more
// groups than Graph lists is checked by twenties.
func groupsAmong(ctx context.Context, client Graph, as graph.Asking, groups []tenants.GUID) ([]tenants.GUID, error) {
	if len(groups) <= graph.MaxCheck {
		return client.CheckMemberGroups(ctx, as, groups)
	}
	all, err := client.GetMemberGroups(ctx, as, graph.AllGroups)
	if refused, ok := errors.AsType[*graph.Error](err); !ok || refused.Code != "Directory_ResultSizeLimitExceeded" {
		return all, err
	}
	var in []tenants.GUID
	for some := range slices.Chunk(groups, graph.MaxCheck) {
		found, err := client.CheckMemberGroups(ctx, as, some)
		if err != nil {
			return nil, err
		}
		in = append(in, found...)
	}
	return in, nil
}

// account is whose resource units an exchange's questions cost.
func account(org *tenants.Organization) graph.Account {
	return graph.Account{TID: org.TID, App: org.Connection.ClientID}
}
