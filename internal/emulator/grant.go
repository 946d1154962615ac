package emulator

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long a refresh token can be redeemed.
const (
	refreshLife    = 90 * 24 * time.Hour // from its last use
	spaRefreshLife = 24 * time.Hour      // from sign-in; use does not extend it
)

// grant is what a person has agreed to, as an authorization code or a refresh
// token carries it, sealed.
type grant struct {
	ID           string // of a code, which is good once
	Tenant       string
	User         string
	Client       string
	Scope        string // as asked
	Session      string // "sid"
	Generation   uint64 // the person's session number
	Platform     platform
	Confidential bool      // the client proved itself when it got this
	Offline      bool      // offline_access was asked for
	Capable      bool      // the client handles claims challenges
	At           time.Time // of this code or refresh token
	Since        time.Time // of the sign-in
	Redirect     string    // of a code: the reply URL of the authorization request
	Challenge    string    // of a code: PKCE
	Method       string
	Nonce        string
}

// opened reads the code or refresh token of a form.
func (e *Emulator) opened(grantType string, form url.Values) (grant, bool) {
	kind, field := sealedRefresh, "refresh_token"
	if grantType == grantCode {
		kind, field = sealedCode, "code"
	}
	var g grant
	ok := e.sealer.open(kind, strings.TrimSpace(form.Get(field)), &g)
	return g, ok
}

// refreshed is the grant as the next refresh token carries it.
func (g grant) refreshed(i issue, now time.Time) grant {
	return grant{
		Tenant: i.tenant.id, User: i.who.ID, Client: i.client.ID, Scope: strings.Join(i.ask.asked, " "),
		Session: i.session, Generation: i.who.session, Platform: g.Platform, Confidential: i.authenticated,
		Offline: true, Capable: g.Capable, At: now, Since: i.since,
	}
}

// holder is the person of a grant, if they may still use it.
func (x *exchange) holder(g grant) (*person, *refusal) {
	who, no := x.living(g.User)
	if no != nil {
		return nil, no
	}
	if who.session != g.Generation {
		return nil, refuse(50173, isoTime(g.Since), isoTime(who.validFrom))
	}
	return who, nil
}

// living is a person who is there and enabled.
func (x *exchange) living(oid string) (*person, *refusal) {
	who, ok := x.tenant.people[oid]
	if !ok || who.deleted {
		return nil, refuse(50034, "{EUII Hidden}", x.tenant.name)
	}
	if who.Disabled {
		return nil, refuse(50057)
	}
	return who, nil
}

// request reads scope and resource, and finds what of it has been agreed to.
func (x *exchange) request(scope string, who *person) (*ask, []string, *refusal) {
	a, no := x.tenant.ask(x.client, scope)
	if no != nil {
		return nil, nil, no
	}
	if no = a.target(x.form.Get("resource")); no != nil {
		return nil, nil, no
	}
	for _, side := range []*app{x.client, a.resource} {
		if no = x.tenant.assigned(side, who.ID); no != nil {
			return nil, nil, no
		}
	}
	scopes, ok := x.tenant.agreed(x.client, a, who.ID)
	if !ok {
		return nil, nil, refuse(65001, x.client.ID, x.client.Name)
	}
	return a, scopes, nil
}

// grantTokens answers a request that stands on a grant.
func (x *exchange) grantTokens(g grant, who *person, scope string) (*tokenResponse, *refusal) {
	if scope == "" {
		return nil, refuse(900144, "scope")
	}
	a, scopes, no := x.request(scope, who)
	if no != nil {
		return nil, no
	}
	cp1, no := capable(x.form.Get("claims"))
	if no != nil {
		return nil, no
	}
	g.Capable = g.Capable || cp1
	return x.deliver(issue{
		tenant: x.tenant, client: x.client, ask: a, scopes: slices.Clone(scopes), who: who,
		authenticated: x.authenticated, session: g.Session, since: g.Since, capable: g.Capable, now: x.now,
	}, g)
}

// fresh is the grant of somebody who has just signed in.
func (x *exchange) fresh() grant {
	return grant{Session: newGUID(), Since: x.now, At: x.now}
}
