package entra

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/text"
)

// scopes returns the delegated permissions of a token as a list of its own. The
// lone slash that agents' app-only tokens carry is none.
func (c *claims) scopes() []string {
	if !c.says(hasScope) {
		return nil
	}
	list := strings.Fields(strings.Clone(c.scp))
	return slices.DeleteFunc(list, func(s string) bool { return s == "/" })
}

func (c *claims) hasScopes() bool { return strings.Trim(c.scp, "/ ") != "" }

// delegated reports whether a person is behind the token. It is meaningful only
// once checkPermission has let the token pass.
func (c *claims) delegated() bool { return c.hasScopes() }

// appOnly reports a token that an application got for itself (Microsoft, "Access
// token claims reference": "idtyp", or, where the claim is not configured,
// "oid" equal to "sub"; a person's "sub" is different for every application).
func (c *claims) appOnly() bool {
	return !c.hasScopes() && (c.idtyp == "app" || c.idtyp == "" && c.oid.String() == strings.ToLower(c.sub))
}

// checkPermission tells delegated from app-only tokens and refuses what is
// neither. An ID token of the same app is signed with the same key for the same
// audience; that it grants nothing is what gives it away.
func (a *Acceptance) checkPermission(c *claims, _ issuer, _ time.Time) *Refusal {
	switch {
	case c.idtyp != "" && c.idtyp != "user" && c.idtyp != "app", c.idtyp == "app" && c.hasScopes():
		return refuse(NotAnAccessToken, "The token is neither a person's nor an application's access token.")
	case c.hasScopes():
		return a.checkScopes(c)
	case c.appOnly():
		return a.checkApp(c)
	default:
		return refuse(NotAnAccessToken, "The token has neither a scope nor an app role. Present an access token, not an ID token, requested with the scope from this endpoint's metadata.")
	}
}

func (a *Acceptance) checkScopes(c *claims) *Refusal {
	if a.acceptsScope(c.scopes()) {
		return nil
	}
	return refuse(MissingScope, "The token lacks the scope "+a.scopes[0]+". Request it as this endpoint's metadata spells it.").as(InsufficientScope)
}

func (a *Acceptance) checkApp(c *claims) *Refusal {
	switch {
	case a.apps != tenants.Admit:
		return refuse(AppsRefused, "This endpoint does not accept applications without a user. Sign in as a person.")
	case a.role == "" || !slices.Contains(c.roles, a.role):
		return refuse(MissingRole, "The application's token lacks the app role "+a.role+". An administrator can grant it in Entra.")
	}
	return nil
}

// checkPeople applies the organization's policies for guests and agents.
func (a *Acceptance) checkPeople(c *claims, _ issuer, _ time.Time) *Refusal {
	switch {
	case a.guests != tenants.Admit && a.isGuest(c):
		return refuse(GuestsRefused, "This endpoint does not accept guest accounts. Sign in with an account of Entra tenant "+a.tid.String()+".")
	case a.agents != tenants.Admit && c.agent().Any():
		return refuse(AgentsRefused, "This endpoint does not accept agent identities. An administrator can admit them.")
	}
	return nil
}

// isGuest reports a person whose account lives elsewhere: "acct" says so, or
// another identity provider than this tenant, under either of its names, signed
// them in.
func (a *Acceptance) isGuest(c *claims) bool {
	if !c.delegated() {
		return false
	}
	return c.fromElsewhere(a.authority)
}

func (c *claims) fromElsewhere(in Authority) bool {
	foreign := c.idp != "" && c.idp != in.V1Issuer(c.tid) && c.idp != in.V2Issuer(c.tid)
	return c.acct == accountGuest || foreign
}

// agent reads the facets of Microsoft Entra Agent ID: 11 an agent identity, 13
// an agent's user ("Agent token claims").
func (c *claims) agent() AgentFacts {
	return AgentFacts{
		Actor:   hasFacet(c.actor, "11") || hasFacet(c.actor, "13"),
		Subject: hasFacet(c.subject, "11") || hasFacet(c.subject, "13"),
		Parent:  strings.Clone(c.parent),
	}
}

func hasFacet(facets, want string) bool {
	for f := range strings.FieldsSeq(facets) {
		if f == want {
			return true
		}
	}
	return false
}

// kind is the sort of caller. A guest stays a guest behind an agent: what every
// member may is not for them.
func (a *Acceptance) kind(c *claims) authz.Kind {
	switch {
	case a.isGuest(c):
		return authz.Guest
	case c.agent().Any():
		return authz.Agent
	case c.delegated():
		return authz.User
	case c.appOnly():
		return authz.App
	default:
		return authz.Nobody
	}
}

// maxName bounds a name for display, in bytes.
const maxName = 128

// displayName is a name to show. It can be changed by its bearer and decides
// nothing.
func (c *claims) displayName() string {
	for _, name := range []string{c.preferred, c.unique, c.upn, c.name} {
		if name = printable(name); name != "" {
			return name
		}
	}
	return ""
}

// printable drops what would disturb a line of text, invisible characters that
// turn its direction among it, and bounds the rest.
func printable(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf) {
			return -1
		}
		return r
	}, s))
	return strings.Clone(text.Cut(s, maxName))
}
