package emulator

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/emulator/conditional"
	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/seed"
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
	SID          string // "sid"
	Generation   uint64 // the person's session number
	Platform     seed.Platform
	Confidential bool     // the client proved itself when it got this
	Offline      bool     // offline_access was asked for
	Capable      bool     // the client handles claims challenges
	IDClaims     []string // claims asked for in the ID token
	Proof        conditional.Proof
	At           time.Time // of this code or refresh token
	Since        time.Time // of the first code or token
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
	ok := e.sealer.Open(kind, strings.TrimSpace(form.Get(field)), &g)
	return g, ok
}

// refreshed is the grant as the next refresh token carries it.
func (g grant) refreshed(i issue, now time.Time) grant {
	return grant{
		Tenant: i.tenant.ID, User: i.who.ID, Client: i.client.ID, Scope: strings.Join(i.ask.asked, " "),
		SID: i.sid, Generation: i.who.Generation, Platform: g.Platform, Confidential: i.auth != proofNone,
		Offline: true, Capable: g.Capable, IDClaims: g.IDClaims, Proof: i.proof, At: now, Since: i.since,
	}
}

// holder is the person of a grant, if they may still use it.
func (x *tokenRequest) holder(g grant) (*directory.Person, *refusal) {
	who, no := x.living(g.User)
	if no != nil {
		return nil, no
	}
	if who.Generation != g.Generation {
		return nil, refuse(50173, isoTime(g.Since), isoTime(who.ValidFrom))
	}
	return who, nil
}

// living is a person who is there and enabled.
func (x *tokenRequest) living(oid string) (*directory.Person, *refusal) {
	who, ok := x.tenant.People[oid]
	if !ok || who.Deleted {
		return nil, refuse(50034, "{EUII Hidden}", x.tenant.Name)
	}
	if who.Disabled {
		return nil, refuse(50057)
	}
	return who, nil
}

// request reads scope and resource, and finds what of it has been agreed to.
func (x *tokenRequest) request(scope string, who *directory.Person) (*ask, []string, *refusal) {
	a, no := readAsk(x.tenant, x.client, scope)
	if no != nil {
		return nil, nil, no
	}
	if no = a.target(x.form.Get("resource")); no != nil {
		return nil, nil, no
	}
	if a.resource.Disabled {
		return nil, nil, refuse(500014, a.resource.ID)
	}
	for _, side := range []*directory.App{x.client, a.resource} {
		if no = assigned(x.tenant, side, who.ID); no != nil {
			return nil, nil, no
		}
	}
	scopes, ok := agreed(x.tenant, x.client, a, who.ID)
	if !ok {
		return nil, nil, refuse(65001, x.client.ID, x.client.Name)
	}
	return a, scopes, nil
}

// redeemGrant answers a request that stands on a grant.
func (x *tokenRequest) redeemGrant(g grant, who *directory.Person, scope string) (*tokenResponse, *refusal) {
	if scope == "" {
		return nil, refuse(900144, "scope")
	}
	a, scopes, no := x.request(scope, who)
	if no != nil {
		return nil, no
	}
	wanted, no := readClaims(x.form.Get("claims"))
	if no != nil {
		return nil, no
	}
	if g.Proof.At.IsZero() { // a sign-in that proved nothing besides itself
		g.Proof.At = g.Since
	}
	decision := conditional.Evaluate(x.tenant, wanted.request(who, x.client, a, g.Proof, x.now))
	if no = demanded(decision, a, g.Proof); no != nil {
		return nil, no
	}
	g.Capable = g.Capable || wanted.capable
	g.Proof.Contexts = decision.Contexts
	return x.deliver(issue{
		tenant: x.tenant, client: x.client, ask: a, scopes: slices.Clone(scopes), who: who, auth: x.auth,
		sid: g.SID, since: g.Since, capable: g.Capable, proof: g.Proof, idClaims: merge(g.IDClaims, wanted.idClaims), now: x.now,
	}, g)
}

// fresh is the grant of somebody who has just signed in.
func (x *tokenRequest) fresh() grant {
	return grant{SID: x.e.random.GUID(), Since: x.now, At: x.now, Proof: conditional.Proof{At: x.now}}
}
