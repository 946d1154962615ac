package entra

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// verifyOwn is Verify of a token that says it is ours.
func (v *Verifier) verifyOwn(ctx context.Context, p parts, kid string, accept *Acceptance) (Token, error) {
	text, err := strict.DecodeString(p.payload)
	if err != nil {
		return Token{}, refuse(Malformed, "The payload of the token is not base64url.")
	}
	c, err := decodeOwn(string(text))
	if err != nil {
		return Token{}, refuse(Malformed, "The payload of the token "+err.Error()+".")
	}
	if err := accept.checkOwnIssuer(&c); err != nil {
		return Token{}, err
	}
	if err := v.keys.checkOwnSignature(ctx, p, kid); err != nil {
		return Token{}, err
	}
	return c.token(accept, kid), accept.checkOwn(&c, v.ours())
}

// checkOwnIssuer refuses what does not claim to be issued by this organization's
// authorization server, at a time when it was the one to sign in at. The claims
// are not proven yet, but a token without them cannot be accepted.
func (a *Acceptance) checkOwnIssuer(c *ownClaims) error {
	switch {
	case c.iss == a.authority.V2Issuer(a.tid) || c.iss == a.authority.V1Issuer(a.tid):
		return refuse(WrongAlgorithm, "The token names "+c.iss+" as its issuer, which signs with "+entraForm.alg+" only. "+a.remedy())
	case a.issuer == "" || c.iss != a.issuer && !strings.HasPrefix(c.iss, strings.TrimSuffix(a.issuer, a.slug.String())):
		return refuse(WrongIssuer, "The token was not issued by "+a.Issuer()+". Sign in at that authority.")
	case c.iss != a.issuer:
		return refuse(WrongTenant, "The token was issued by "+bound(describe(c.iss), 120)+", but this endpoint belongs to "+bound(describe(a.orgName), 60)+
			". Sign in at "+a.Issuer()+".")
	case c.tid != a.tid:
		return refuse(WrongTenant, "The token does not name Entra tenant "+a.tid.String()+", to which this endpoint belongs. Sign in at "+a.Issuer()+".")
	case !a.ours.has(c.iat):
		return refuse(WrongMode, bound(describe(a.orgName), 60)+" accepts access tokens of Microsoft Entra ID only. Sign in at "+a.Issuer()+"; this endpoint's metadata leads to it.")
	}
	return nil
}

// es256 is the length of a signature: two numbers of 32 bytes (RFC 7518 §3.4).
const es256 = 64

// checkOwnSignature reports whether a key of ours signed the token.
func (s *KeySets) checkOwnSignature(ctx context.Context, p parts, kid string) error {
	key, err := s.key(ctx, s.own, kid)
	if errors.Is(err, errUnknownKey) {
		return refuse(UnknownKey, "The token is signed with a key that this platform does not have. Sign in again.")
	}
	if err != nil {
		return fmt.Errorf("get key of our own: %w", err)
	}
	public, ok := key.public.(*ecdsa.PublicKey)
	if ok && len(p.signature) == es256 {
		digest := sha256.Sum256([]byte(p.signed))
		r, s := new(big.Int).SetBytes(p.signature[:es256/2]), new(big.Int).SetBytes(p.signature[es256/2:])
		if ecdsa.Verify(public, digest[:], r, s) {
			return nil
		}
	}
	return refuse(BadSignature, "The signature of the token is wrong. Sign in again.")
}

// checkOwn decides about a token whose signature is good.
func (a *Acceptance) checkOwn(c *ownClaims, now time.Time) error {
	for _, step := range []func(*ownClaims, time.Time) *Refusal{
		checkOwnTimes, a.checkEndpoint, checkOwnSubject, a.checkOwnScope, a.checkGuest, a.checkSoftware, checkOwnBinding,
	} {
		if r := step(c, now); r != nil {
			r.Verified = true
			return r
		}
	}
	return nil
}

func checkOwnTimes(c *ownClaims, now time.Time) *Refusal {
	if !c.says(hasExp | hasIat) {
		return refuse(Malformed, "The token lacks one of exp and iat.")
	}
	return inTime(max(c.nbf, c.iat), c.exp, now)
}

// checkEndpoint refuses tokens for another endpoint, also for another one of the
// same organization: what a person has agreed to for one is not agreed to for all.
func (a *Acceptance) checkEndpoint(c *ownClaims, _ time.Time) *Refusal {
	if a.endpoint != "" && c.aud == a.endpoint {
		return nil
	}
	return refuse(WrongAudience, "The token is for "+bound(describe(c.aud), 120)+", not for "+bound(describe(a.endpoint), 120)+
		". Connect to this endpoint by itself, or ask for a token whose resource it is.")
}

// checkOwnSubject refuses tokens that do not say who, through what, and by which
// connection.
func checkOwnSubject(c *ownClaims, _ time.Time) *Refusal {
	if !c.agent.IsZero() {
		return checkAgent(c)
	}
	switch {
	case c.oid.IsZero() || c.sub != c.oid.String():
		return refuse(Malformed, "The token lacks oid, or its sub is another.")
	case c.client == "" || c.software == "":
		return refuse(Malformed, "The token names no client.")
	case c.connection.IsZero() || c.jti == "":
		return refuse(Malformed, "The token lacks jti or its connection.")
	case c.acct == accountUnsaid:
		return refuse(Malformed, "The token does not say whether the person is a guest.")
	}
	return nil
}

// checkAgent refuses tokens of agents that say anything of a person: nobody is
// behind them, and the agent itself is the client.
func checkAgent(c *ownClaims) *Refusal {
	switch {
	case !c.oid.IsZero() || !c.connection.IsZero() || c.acct != accountUnsaid || c.acrs != nil:
		return refuse(Malformed, "The token speaks of an agent and of a person.")
	case c.client == "" || c.sub != c.client || c.software != c.client:
		return refuse(Malformed, "The token lacks client_id, or its sub or software is another.")
	case c.jti == "":
		return refuse(Malformed, "The token lacks jti.")
	}
	return nil
}

func (a *Acceptance) checkOwnScope(c *ownClaims, _ time.Time) *Refusal {
	if a.acceptsScope(c.scopes()) {
		return nil
	}
	return refuse(MissingScope, "The token lacks the scope "+a.scopes[0]+". Request it as this endpoint's metadata spells it.").as(InsufficientScope)
}

func (a *Acceptance) checkGuest(c *ownClaims, _ time.Time) *Refusal {
	if a.guests == tenants.Admit || c.acct == accountMember || !c.agent.IsZero() {
		return nil
	}
	return refuse(GuestsRefused, "This endpoint does not accept guest accounts. Sign in with an account of Entra tenant "+a.tid.String()+".")
}

func (a *Acceptance) checkSoftware(c *ownClaims, _ time.Time) *Refusal {
	if _, listed := a.clients[c.software]; listed || a.unknown == tenants.Admit && c.agent.IsZero() {
		return nil
	}
	return refuse(ClientNotAllowed, "The AI app "+bound(describe(c.software), 120)+" is not allowed here. An administrator of "+
		bound(describe(a.orgName), 60)+" can add it to the AI apps.").as(ClientForbidden)
}

func checkOwnBinding(c *ownClaims, _ time.Time) *Refusal {
	if !c.says(hasCnf) {
		return nil
	}
	return refuse(SenderConstrained, "The token is bound to a key (cnf) and cannot be used as a bearer token. Sign in again.")
}

// token builds what the platform goes on with, of copies as those of Entra's are.
// Nothing is said of groups: Graph knows them.
func (c *ownClaims) token(a *Acceptance, kid string) Token {
	t := Token{KeyID: strings.Clone(kid), NotBefore: time.Unix(c.iat, 0).UTC(), Guest: c.acct == accountGuest}
	t.Identity = authz.Identity{
		Org: a.org, TID: a.tid, OID: c.oid, Kind: authz.User, Delegated: true, Name: printable(c.name), Client: strings.Clone(c.software),
		Scopes: c.scopes(), AuthContexts: clones(c.acrs), TokenID: strings.Clone(c.jti), Connection: c.connection,
		IssuedAt: time.Unix(c.iat, 0).UTC(), ExpiresAt: time.Unix(c.exp, 0).UTC(),
	}
	switch {
	case !c.agent.IsZero():
		t.Identity.OID, t.Identity.Kind, t.Identity.Delegated = c.agent, authz.App, false
	case t.Guest:
		t.Identity.Kind = authz.Guest
	}
	return t
}
