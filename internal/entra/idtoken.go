package entra

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"gatehouse/internal/tenants"
)

// expectation is what an ID token has to answer besides the rules of every one.
type expectation struct {
	tid    tenants.TID // zero: any of this cloud
	refuse func(*claims) *Refusal
}

// answering expects the ID token of a sign-in.
func (h Handshake) answering() expectation {
	return expectation{h.Tenant, func(said *claims) *Refusal {
		if subtle.ConstantTimeCompare([]byte(said.nonce), []byte(h.Nonce)) != 1 {
			return refuse(WrongNonce, "The ID token answers another sign-in. Sign in again.")
		}
		return nil
	}}
}

// renewed expects an ID token that a refresh token gave: of the same person,
// issued later, without a nonce (OpenID Connect Core §12.2).
func (p Person) renewed() expectation {
	return expectation{p.TID, func(said *claims) *Refusal {
		switch {
		case said.oid != p.OID:
			return refuse(WrongPerson, "The ID token is of another person than the one who signed in. Sign in again.")
		case said.iat <= p.IssuedAt.Unix():
			return refuse(NotRenewed, "The ID token is not newer than the one before. Sign in again.")
		}
		return nil
	}}
}

// verify returns whom an ID token describes, if it is as expected. Two readers
// must agree on it: go-oidc, and the strict one that also reads access tokens. No
// key is fetched for a token that does not claim to come from a tenant of this
// cloud.
func (w *WebApp) verify(ctx context.Context, token string, expected expectation) (Person, error) {
	if len(token) > maxToken {
		return Person{}, refuse(TooLarge, fmt.Sprintf("The ID token is larger than %d bytes. Have Entra emit fewer groups or app roles.", maxToken))
	}
	p, ok := cut(token)
	if !ok {
		return Person{}, refuse(Malformed, "Microsoft Entra ID gave no signed ID token. Sign in again.")
	}
	head, err := readHeader(p.header)
	if err == nil {
		err = entraForm.check(head, func() string { return "Sign in again." })
	}
	if err != nil {
		return Person{}, err
	}
	said, err := payload(p.payload)
	if err != nil {
		return Person{}, err
	}
	from, err := w.issuerOf(&said, expected.tid)
	if err != nil {
		return Person{}, err
	}
	keys := &tenantKeys{sets: w.o.Keys, from: from, parts: p, kid: head.kid}
	_, err = oidc.NewVerifier(from.name, keys, &oidc.Config{
		ClientID: w.o.ClientID.String(), SupportedSigningAlgs: []string{oidc.RS256}, Now: func() time.Time { return w.o.Now().Add(-skew) },
	}).Verify(ctx, token)
	if keys.failed != nil {
		return Person{}, keys.failed
	}
	if refused := w.check(&said, expected); refused != nil {
		refused.Verified = true
		return Person{}, refused
	}
	if err != nil {
		return Person{}, refuse(Malformed, "The ID token is not one of OpenID Connect. Sign in again.")
	}
	return said.person(w.o.Authority), nil
}

// tenantKeys gives go-oidc the keys of one tenant, so that an unknown key is
// asked for as rarely as for access tokens. It is used for one token.
type tenantKeys struct {
	sets   *KeySets
	from   issuer
	parts  parts
	kid    string
	failed error // go-oidc does not pass it on
}

// VerifySignature implements oidc.KeySet.
func (k *tenantKeys) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	if k.failed = k.sets.checkSignature(ctx, k.parts, k.kid, k.from); k.failed != nil {
		return nil, k.failed
	}
	return strict.DecodeString(k.parts.payload)
}

// issuerOf decides whose token it claims to be: of one tenant, the expected one
// if there is one, in this cloud. The claim is not proven yet.
func (w *WebApp) issuerOf(said *claims, expected tenants.TID) (issuer, error) {
	in := w.o.Authority
	switch {
	case said.tid.IsZero():
		return issuer{}, refuse(Malformed, "The ID token names no directory. Sign in again.")
	case said.tid.Consumer():
		return issuer{}, refuse(ConsumerAccount, "Personal Microsoft accounts belong to no organization. Sign in with a work or school account.")
	case said.iss == in.V2Issuer(said.tid):
	case otherCloud(in, said):
		return issuer{}, refuse(OtherCloud, "The account lives in another Microsoft cloud than this platform, which uses "+in.login+
			". Use a platform that runs in the account's own cloud.")
	default:
		return issuer{}, refuse(WrongIssuer, "The ID token was not issued by the v2 endpoint of the directory "+said.tid.String()+". Sign in again.")
	}
	if !expected.IsZero() && said.tid != expected {
		return issuer{}, refuse(WrongTenant, fmt.Sprintf("You signed in to the directory %s, but the directory %s was asked for. Sign in with an account that is a member or guest there.",
			said.tid, expected))
	}
	return issuersOf(said.tid, tenants.V2Only, in)[0], nil
}

// otherCloud reports whether a tenant of a cloud that is not ours issued a token.
func otherCloud(in Authority, said *claims) bool {
	for _, other := range []Authority{publicAuthority, usGovAuthority, chinaAuthority} {
		if other.login != in.login && said.iss == other.V2Issuer(said.tid) {
			return true
		}
	}
	return false
}

// check decides about an ID token whose signature is good.
func (w *WebApp) check(said *claims, expected expectation) *Refusal {
	if r := checkTimes(said, issuer{}, w.o.Now()); r != nil {
		return r
	}
	client := w.o.ClientID.String()
	switch {
	case said.aud != client:
		return refuse(WrongAudience, "The ID token is for "+bound(describe(said.aud), 120)+", not for the console "+client+". Sign in again.")
	case said.azp != "" && canonicalClient(said.azp) != client:
		return refuse(WrongAudience, "The ID token was issued to the client "+bound(describe(said.azp), 120)+", not to the console. Sign in again.")
	case said.ver != V2.String():
		return refuse(WrongVersion, "The version of the ID token does not go with its issuer. Sign in again.")
	case said.isAccessToken():
		return refuse(NotAnIDToken, "An access token does not say who signs in. Sign in again.")
	}
	if r := checkSubject(said, issuer{}, time.Time{}); r != nil {
		return r
	}
	return expected.refuse(said)
}

// isAccessToken reports what only access tokens say: a permission, a kind of
// caller, or how the client proved itself ("Access token claims reference").
func (c *claims) isAccessToken() bool {
	return c.says(hasScope) || c.idtyp != "" || c.azpacr != "" || c.appidacr != "" || c.says(hasCnf)
}
