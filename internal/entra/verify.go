package entra

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// skew is how far Entra's clock and ours may differ.
const skew = 60 * time.Second

// Verifier decides whether an access token is acceptable at an organization's
// endpoints. It may be used concurrently.
type Verifier struct {
	keys *KeySets
	now  func() time.Time
	ours func() time.Time // by what our own tokens are dated
}

// NewVerifier returns a verifier that checks with those keys and that clock.
func NewVerifier(keys *KeySets, now func() time.Time) *Verifier {
	return &Verifier{keys: keys, now: now, ours: now}
}

// DateOwnBy has the tokens that we issue ourselves judged by another clock, that of
// whoever issues them.
func (v *Verifier) DateOwnBy(now func() time.Time) *Verifier {
	v.ours = now
	return v
}

// Verify returns what the token says if the organization accepts it. Otherwise
// the error is a *Refusal, or, if the issuer's keys cannot be had now, it is
// Unavailable. With a Verified refusal the token is returned too, for the record
// of who was refused. Whether the bearer has been cut off since is not asked.
//
// Checks run from cheap to dear. A token is Entra's or ours by how it is signed,
// and each is held to an issuer, keys and rules of its own. No key is fetched for
// a token that does not claim to be this organization's, and nothing else that a
// token says is believed before its signature.
func (v *Verifier) Verify(ctx context.Context, token string, accept *Acceptance) (Token, error) {
	if len(token) > maxToken {
		return Token{}, refuse(TooLarge, fmt.Sprintf("The token is larger than %d bytes. Have Entra emit fewer groups or app roles.", maxToken))
	}
	p, ok := cut(token)
	if !ok {
		return Token{}, refuse(Malformed, "The token is not a signed JWT. "+accept.remedy())
	}
	h, err := readHeader(p.header)
	if err != nil {
		return Token{}, err
	}
	f := accept.formOf(h)
	if err := f.check(h, accept.remedy); err != nil {
		return Token{}, err
	}
	if f == ownForm {
		return v.verifyOwn(ctx, p, h.kid, accept)
	}
	c, err := payload(p.payload)
	if err != nil {
		return Token{}, err
	}
	from, err := accept.issuerOf(&c)
	if err != nil {
		return Token{}, err
	}
	if err := v.keys.checkSignature(ctx, p, h.kid, from); err != nil {
		return Token{}, accept.explain(err, &c)
	}
	return c.token(accept, from, h.kid), accept.check(&c, from, v.now())
}

// Generation changes whenever the keys that an organization's tokens are checked
// with change. It is 0 before the first token and never returns to a value.
func (v *Verifier) Generation(accept *Acceptance) (g uint64) {
	for _, from := range accept.issuers {
		g = max(g, v.keys.generation(from.keysURL))
	}
	if accept.issuer != "" {
		g = max(g, v.keys.own.generation())
	}
	return g
}

func payload(raw string) (claims, error) {
	text, err := strict.DecodeString(raw)
	if err != nil {
		return claims{}, refuse(Malformed, "The payload of the token is not base64url.")
	}
	c, err := decodeClaims(string(text))
	if err != nil {
		return c, refuse(Malformed, "The payload of the token "+err.Error()+".")
	}
	return c, nil
}

// issuerOf returns which of the organization's issuers a token claims to be
// from. The claim is not proven yet, but a token without it cannot be accepted.
func (a *Acceptance) issuerOf(c *claims) (issuer, error) {
	for _, from := range a.issuers {
		if c.iss == from.name && c.tid == a.tid {
			return from, a.checkMode(c)
		}
	}
	switch {
	case a.issuer != "" && c.iss == a.issuer:
		return issuer{}, refuse(WrongAlgorithm, "The token names "+a.issuer+" as its issuer, which signs with "+ownForm.alg+" only. "+a.remedy())
	case c.iss == a.authority.V1Issuer(a.tid) && c.tid == a.tid && a.authority.IsGraph(c.aud):
		return issuer{}, refuseGraph() // Graph's tokens are v1, whatever the app registration says
	case c.iss == a.authority.V1Issuer(a.tid) && c.tid == a.tid:
		return issuer{}, refuse(VersionNotAllowed, "This endpoint accepts v2 tokens only. Set requestedAccessTokenVersion to 2 in the manifest of the app registration "+
			a.audience+", then sign in again.")
	case !c.tid.IsZero() && (c.iss == a.authority.V2Issuer(c.tid) || c.iss == a.authority.V1Issuer(c.tid)):
		return issuer{}, refuse(WrongTenant, fmt.Sprintf("The token was issued to %s by Entra tenant %s, but this endpoint belongs to %s, Entra tenant %s. Sign in with an account of that tenant.",
			c.claimedName(), c.tid, bound(describe(a.orgName), 60), a.tid))
	case c.iss == a.authority.V2Issuer(a.tid) || c.iss == a.authority.V1Issuer(a.tid):
		return issuer{}, refuse(WrongTenant, fmt.Sprintf("The token does not name Entra tenant %s, to which this endpoint belongs. Sign in with an account of that tenant.", a.tid))
	default:
		return issuer{}, refuse(WrongIssuer, "The token was not issued by "+a.Issuer()+". Sign in at that authority.")
	}
}

// checkMode refuses Entra's tokens where people sign in at our authorization
// server, unless they have been issued before they did.
func (a *Acceptance) checkMode(c *claims) error {
	if a.entras.has(c.iat) {
		return nil
	}
	return refuse(WrongMode, bound(describe(a.orgName), 60)+" accepts access tokens of "+a.Issuer()+" only, not those of Microsoft Entra ID. "+
		"Sign in there; this endpoint's metadata leads to it.")
}

// claimedName is who an unverified token says it is for.
func (c *claims) claimedName() string {
	if name := c.displayName(); name != "" {
		return bound(describe(name), 100)
	}
	return "somebody"
}

// explain puts a bad signature of a token for Microsoft Graph into better words:
// nobody else can verify Graph's tokens (Microsoft, "Access tokens"), so it says
// nothing.
func (a *Acceptance) explain(err error, c *claims) error {
	var r *Refusal
	if a.authority.IsGraph(c.aud) && errors.As(err, &r) && r.Reason == BadSignature {
		return refuseGraph()
	}
	return err
}

// checkSignature reports whether a key of the issuer's tenant signed the token.
func (s *KeySets) checkSignature(ctx context.Context, p parts, kid string, from issuer) error {
	key, err := s.key(ctx, s.set(from.keysURL), kid)
	if errors.Is(err, errUnknownKey) {
		return refuse(UnknownKey, "The token is signed with a key that its Entra tenant has not published, or not five minutes ago. Try again in five minutes, or sign in again.")
	}
	if err != nil {
		return fmt.Errorf("get key of %s: %w", from.name, err)
	}
	if !key.signsFor(from) {
		return refuse(WrongKeyIssuer, "The token is signed with a key of another Entra tenant. Sign in again.")
	}
	digest := sha256.Sum256([]byte(p.signed))
	if public, ok := key.public.(*rsa.PublicKey); ok && rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], p.signature) == nil {
		return nil
	}
	return refuse(BadSignature, "The signature of the token is wrong. Sign in again.")
}

func refuseGraph() *Refusal {
	return refuse(GraphAudience, "The token is for Microsoft Graph. A scope without its resource means Graph to Entra: request the fully qualified scope from this endpoint's metadata.")
}

// check decides about a token whose signature is good.
func (a *Acceptance) check(c *claims, from issuer, now time.Time) error {
	for _, step := range []func(*claims, issuer, time.Time) *Refusal{
		checkTimes, a.checkAudience, checkVersion, checkSubject, a.checkPermission, a.checkPeople, a.checkClient, checkBinding,
	} {
		if r := step(c, from, now); r != nil {
			r.Verified = true
			return r
		}
	}
	return nil
}

func checkTimes(c *claims, _ issuer, now time.Time) *Refusal {
	if !c.says(hasExp | hasNbf | hasIat) {
		return refuse(Malformed, "The token lacks one of exp, nbf and iat.")
	}
	return inTime(max(c.nbf, c.iat), c.exp, now)
}

// inTime refuses what is over, or has not begun.
func inTime(begins, ends int64, now time.Time) *Refusal {
	t := now.Unix()
	const slack = int64(skew / time.Second)
	switch {
	case t >= ends+slack:
		return refuse(Expired, "The token has expired. Refresh it or sign in again.")
	case t+slack < begins:
		return refuse(NotYetValid, "The token is not valid yet. Check the clock of whoever requested it.")
	}
	return nil
}

func (a *Acceptance) checkAudience(c *claims, from issuer, _ time.Time) *Refusal {
	switch {
	case a.acceptsAudience(from.version, c.aud):
		return nil
	case a.authority.IsGraph(c.aud):
		return refuseGraph()
	default:
		return refuse(WrongAudience, "The token is for "+bound(describe(c.aud), 120)+", not for this endpoint's app registration "+a.audience+
			". Request the scope from this endpoint's metadata.")
	}
}

func checkVersion(c *claims, from issuer, _ time.Time) *Refusal {
	if c.ver == from.version.String() {
		return nil
	}
	return refuse(WrongVersion, "The version of the token does not go with its issuer.")
}

// checkSubject refuses tokens that name nobody.
func checkSubject(c *claims, _ issuer, _ time.Time) *Refusal {
	if c.oid.IsZero() || c.sub == "" {
		return refuse(Malformed, "The token lacks oid or sub.")
	}
	return nil
}

func (a *Acceptance) checkClient(c *claims, from issuer, _ time.Time) *Refusal {
	client := c.client(from.version)
	if client == "" {
		return refuse(Malformed, "The token names no client application.")
	}
	if _, listed := a.clients[client]; !listed {
		return refuse(ClientNotAllowed, "The client application "+bound(describe(client), 120)+" is not allowed here. An administrator of "+
			bound(describe(a.orgName), 60)+" can add it to the AI apps.").as(ClientForbidden)
	}
	return nil
}

// client returns the application that presents the token.
func (c *claims) client(v Version) string {
	if v == V1 {
		return canonicalClient(c.appid)
	}
	return canonicalClient(c.azp)
}

// checkBinding refuses tokens bound to a key of the client (RFC 7800): accepted
// as a bearer token, such a token would not be bound. VS Code on Windows gets
// them from the system's account broker.
func checkBinding(c *claims, _ issuer, _ time.Time) *Refusal {
	if !c.says(hasCnf) {
		return nil
	}
	return refuse(SenderConstrained, "The token is bound to a device key (cnf) and cannot be used as a bearer token. "+
		"In VS Code set microsoft-authentication.implementation to msal-no-broker and sign in again.")
}

// token builds what the platform goes on with. Strings are copied, so that what
// is kept of a token does not keep the rest of it in memory.
func (c *claims) token(a *Acceptance, from issuer, kid string) Token {
	t := Token{
		Version: from.version, KeyID: strings.Clone(kid), ClientAuth: strings.Clone(c.azpacr + c.appidacr),
		NotBefore: time.Unix(c.nbf, 0).UTC(), Groups: c.groupClaim(), WIDs: c.wids,
		Agent: c.agent(), Guest: a.isGuest(c), RelaysChallenges: c.cp1,
	}
	t.Identity.Org, t.Identity.TID, t.Identity.OID = a.org, a.tid, c.oid
	t.Identity.Kind, t.Identity.Delegated = a.kind(c), c.delegated()
	t.Identity.Name, t.Identity.Client = c.displayName(), strings.Clone(c.client(from.version))
	t.Identity.Scopes, t.Identity.AppRoles = c.scopes(), clones(c.roles)
	t.Identity.AuthContexts = clones(c.acrs)
	t.Identity.TokenID, t.Identity.Session = strings.Clone(c.uti), strings.Clone(c.sid)
	t.Identity.IssuedAt, t.Identity.ExpiresAt = time.Unix(c.iat, 0).UTC(), time.Unix(c.exp, 0).UTC()
	return t
}

func (c *claims) groupClaim() GroupClaim {
	switch {
	case c.says(hasOverage), c.says(hasNamedGroups):
		return GroupClaim{State: GroupsElsewhere}
	case c.says(hasGroups):
		return GroupClaim{State: GroupsPresent, IDs: c.groups}
	default:
		return GroupClaim{}
	}
}

func clones(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.Clone(s)
	}
	return out
}
