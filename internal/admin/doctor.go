package admin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// Check runs the doctor: with the token given, or else as the person. What they
// may not read is among what was not checked, with how to allow it.
func (ob *Onboarding) Check(ctx context.Context, by console.Actor, graphToken string) (onboarding.Report, error) {
	o, err := ob.Store.Organization(ctx, by.Org())
	if err != nil {
		return onboarding.Report{}, err
	}
	s, err := ob.subject(ctx, o)
	if err != nil {
		return onboarding.Report{}, err
	}
	if s.Groups, err = ob.groups(ctx, o.ID); err != nil {
		return onboarding.Report{}, err
	}
	if s.AdminGroups, err = ob.adminGroups(ctx, o.ID); err != nil {
		return onboarding.Report{}, err
	}
	if s.Checkpoints, err = ob.checkpoints(ctx, o.ID); err != nil {
		return onboarding.Report{}, err
	}
	switch {
	case graphToken != "":
		if err := ofDirectory(graphToken, o.TID); err != nil {
			return onboarding.Report{}, err
		}
		s.Graph = ob.Graph[o.Connection.Cloud]
		s.Admin = graph.Asking{Priority: graph.High, Token: func(context.Context) (string, error) { return graphToken, nil }}
		s.GroupReader = s.Admin
	case by.Person != nil:
		s.Graph, s.Admin = ob.Graph[o.Connection.Cloud], ob.asPerson(*by.Person, readApplications, readPolicy)
		s.GroupReader = ob.asPerson(*by.Person, readGroups)
	}
	report, err := ob.doctor.Check(ctx, s)
	if err != nil {
		return onboarding.Report{}, err
	}
	ob.memory.remember(o, func(e *examination) { e.report = &report })
	return report, nil
}

// groups are those that tool roles are assigned to.
func (ob *Onboarding) groups(ctx context.Context, org tenants.ID) ([]onboarding.NamedGroup, error) {
	rules, err := ob.Store.Access(ctx, org)
	if err != nil {
		return nil, err
	}
	var all []onboarding.NamedGroup
	for _, a := range rules.Rules.Assignments {
		if a.Subject.Kind != authz.SubjectGroup || !a.EndsAt.IsZero() && !ob.Now().Before(a.EndsAt) {
			continue
		}
		id, err := tenants.ParseGUID(a.Subject.Value)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "an assignment's group is no object id", err)
		}
		all = append(all, onboarding.NamedGroup{ID: id, Name: a.Name, By: "assignments/" + a.ID.String()})
	}
	return all, nil
}

// adminGroups are those that roles of the console are granted to.
func (ob *Onboarding) adminGroups(ctx context.Context, org tenants.ID) ([]onboarding.NamedGroup, error) {
	grants, err := ob.Store.RoleGrants(ctx, org)
	if err != nil {
		return nil, err
	}
	var all []onboarding.NamedGroup
	for _, g := range grants {
		if g.Grantee.Kind == tenants.GroupGrantee && !g.Ended(ob.Now()) {
			all = append(all, onboarding.NamedGroup{ID: g.Grantee.ID, Name: g.Name, By: "role-grants/" + g.ID.String()})
		}
	}
	return all, nil
}

// ofDirectory refuses a token that somebody has got in another directory by
// mistake: what it reads there would be reported as missing here. Graph decides
// whether the token is any good.
func ofDirectory(token string, tid tenants.TID) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	var claims struct {
		TID string `json:"tid"`
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil || claims.TID == "" {
		return nil //nolint:nilerr // Microsoft promises nothing about how Graph's tokens look
	}
	if !strings.EqualFold(claims.TID, tid.String()) {
		return fault.New(fault.Invalid, "graphToken: it is for another directory than the organization's; get one in the organization's own")
	}
	return nil
}

// checkpoints is what the doctor is told of where an organization's go.
func (ob *Onboarding) checkpoints(ctx context.Context, org tenants.ID) (*onboarding.Checkpoints, error) {
	rules, err := ob.Store.Access(ctx, org)
	if err != nil {
		return nil, err
	}
	states, err := ob.Store.SinkStates(ctx, org)
	if err != nil {
		return nil, err
	}
	head, err := ob.Store.LogReach(ctx, org)
	out := &onboarding.Checkpoints{Size: head.Size, SealedAt: head.SealedAt}
	for _, s := range rules.Sinks {
		if t := states[s.ID]; s.Checkpoints {
			out.Sinks = append(out.Sinks, onboarding.CheckpointSink{Name: s.Name, Size: t.Anchored, ArrivedAt: t.AnchoredAt, FailingSince: t.FailingSince, Trouble: t.Trouble})
		}
	}
	return out, err
}
