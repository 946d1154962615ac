package membership

import (
	"context"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// Question is everything one answer depends on. All fields are required but
// Credential, which an organization without a credential does not have, and Token.
type Question struct {
	Organization *tenants.Organization
	Identity     authz.Identity // of a verified token
	Groups       GroupClaim
	Assertion    authz.Assertion
	Credential   entra.Credential // of the organization's app registration; applied only when Graph is asked
	Mapped       []tenants.GUID   // the groups that assignments mention

	// Token gives the person's token of Microsoft Graph, where they have just signed
	// in and nothing is exchanged; nil: the assertion is.
	Token func(ctx context.Context) (string, error)
}

// ClaimKind says what a token tells of its bearer's groups.
type ClaimKind uint8

// The kinds. The zero value is Absent.
const (
	Absent  ClaimKind = iota // there is no groups claim
	Present                  // the claim lists every group
	Overage                  // there are more groups than fit; Entra says to ask Graph
)

// GroupClaim is a token's groups claim. The address that comes with an overage
// is not part of it: nobody may follow it.
type GroupClaim struct {
	Kind   ClaimKind
	Groups []tenants.GUID // of a Present claim
}

// listed returns the groups the token says its bearer is in, and whether the
// token says it of all groups. That there is no claim says something where Entra
// would have put one in; a token of ours never speaks of groups.
func (q Question) listed() (map[tenants.GUID]bool, bool) {
	silent := q.Organization.Connection.GroupsClaim != tenants.ClaimConfigured || q.ours()
	complete := q.Groups.Kind == Present || q.Groups.Kind == Absent && !silent
	if !complete {
		return nil, false
	}
	listed := make(map[tenants.GUID]bool, len(q.Groups.Groups))
	for _, g := range q.Groups.Groups {
		listed[g] = true
	}
	return listed, true
}

// ours reports a token that our authorization server issued.
func (q Question) ours() bool { return !q.Identity.Connection.IsZero() }

// mayAsk reports whether the organization lets us ask Graph for its people.
func (q Question) mayAsk() bool {
	return q.Organization.Connection.GroupSource == tenants.OnBehalfOf
}

// isRefreshed reports whether anybody asks about its people while they are away.
func (q Question) isRefreshed() bool {
	return q.mayAsk() || q.Organization.Connection.AsksAsApp()
}

func (q Question) key() key { return key{q.Organization.ID, q.Identity.OID} }

// key names one person of one organization.
type key struct {
	org    tenants.ID
	person tenants.GUID
}
