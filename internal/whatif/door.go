package whatif

import (
	"strings"

	"gatehouse/internal/authz"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

// signIn is how people sign in, with what is left out.
func signIn(o orgfile.Organization) (s tenants.SignIn) {
	s.UnknownClients = tenants.Refuse
	if o.SignIn == nil {
		return s
	}
	s.Mode, s.AcceptEntraTokens = o.SignIn.Mode, o.SignIn.AcceptEntraTokens != nil && *o.SignIn.AcceptEntraTokens
	if o.SignIn.UnknownClients != "" {
		s.UnknownClients = o.SignIn.UnknownClients
	}
	return s
}

// door decides whether a caller would have got in, before any tool is considered.
// agents are those that the organization has registered itself, whose tokens are ours.
func (b *Basis) door(c *call, then *Basis, agents map[tenants.GUID]bool) (v verdict, by RuleKind, why Reason) {
	o := b.organization
	switch {
	case c.kind == authz.Guest && o.Guests != tenants.Admit:
		return refused, ByGuests, ""
	case c.kind == authz.Agent && o.Agents != tenants.Admit:
		return refused, ByAgents, ""
	case !c.delegated && c.kind == authz.App && o.Apps != tenants.Admit && !agents[c.oid]:
		return refused, ByApps, ""
	case c.kind == authz.Guest && o.Agents != tenants.Admit && (then == nil || then.organization.Agents == tenants.Admit):
		return unclear, "", AgentUnknown // it is not recorded whether a guest came through one
	}
	return b.client(c)
}

// client decides whether an AI app is let in. One that describes itself by a document
// is listed by the document's URL or by its host, and the record names which it was.
func (b *Basis) client(c *call) (v verdict, by RuleKind, why Reason) {
	host, path, url := strings.Cut(strings.TrimPrefix(c.client, "https://"), "/")
	url = strings.HasPrefix(c.client, "https://") && url
	isHost := strings.HasPrefix(c.client, "https://") && !url && path == ""
	in := signIn(b.organization)
	switch {
	case isHost && b.listsBelow(c.client+"/"):
		return unclear, "", ClientUnknown // which of its documents it was is not recorded
	case b.clients[c.client]:
		return through, "", ""
	case url && b.clients["https://"+host]:
		return unclear, "", ClientUnknown
	case in.Mode != tenants.Brokered || in.UnknownClients != tenants.Admit || !c.delegated:
		return refused, ByClient, ""
	case in.AcceptEntraTokens:
		return unclear, "", IssuerUnknown // of Entra's tokens the client has to be listed, of ours it need not be
	}
	return through, "", ""
}

func (b *Basis) listsBelow(begin string) bool {
	for id := range b.clients {
		if strings.HasPrefix(id, begin) {
			return true
		}
	}
	return false
}

// reconsidered reports whether a token that was turned away for a reason would be
// still: false where that may have changed.
func (b *Basis) reconsidered(c *call, then *Basis) (still bool) {
	o := b.organization
	switch c.reason {
	case "guests_refused":
		return o.Guests != tenants.Admit
	case "agents_refused":
		return o.Agents != tenants.Admit
	case "apps_refused":
		return o.Apps != tenants.Admit
	case "client_not_allowed":
		v, _, _ := b.client(c)
		return v == refused
	case "membership_unknown":
		return then != nil && sameGroups(b, then)
	case "expired", "not_yet_valid", "revoked", "sender_constrained", "suspended":
		return true
	}
	return then != nil && b.tokens == then.tokens && b.rules.Scope == then.rules.Scope && len(b.rules.ScopeCeilings) == len(then.rules.ScopeCeilings)
}

func sameGroups(a, b *Basis) bool {
	x, y := a.policy.MappedGroups(), b.policy.MappedGroups()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}
