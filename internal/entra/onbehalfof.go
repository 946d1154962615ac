package entra

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Exchange is a token that somebody's access token, or the refresh token kept for
// them, is to be exchanged for. Every field but Challenge, Refused, Offline, Anew, Disowned
// and Heard is required, and of Assertion and Kept one.
type Exchange struct {
	Organization *tenants.Organization
	Authority    Authority       // of the organization's cloud
	Identity     authz.Identity  // whom the assertion speaks for: a person of the organization
	Assertion    authz.Assertion // the verified inbound token; it goes to its own tenant's token endpoint only
	Kept         *Kept           // nil: there is an assertion
	Credential   Credential      // of the organization's app registration
	Scopes       []string        // fully qualified, of one resource
	Challenge    string          // claims the resource demands, as JSON; no token held before can satisfy them
	Refused      string          // a token held that the resource does not accept; another is asked for unless this one is new

	// Offline gets the refresh token that comes with a token for an assertion; nil:
	// none is asked for. A token that is held brings none.
	Offline func(ctx context.Context, token RefreshToken)
	// Anew asks Entra whatever is held, and holds nothing: the answer is whether the
	// person may go on.
	Anew bool
	// Disowned hears that Entra disowns the person, and sees to what is kept; nil: Kept
	// hears of it as of any refusal. However many wait for the exchange, it is called once.
	Disowned func(ctx context.Context, refusal *TokenError)
	// Heard hears what Entra said to each request that was made, before anybody has the
	// token. Where it returns an error nobody gets one. nil: nobody wants to know.
	Heard func(h Heard) error
}

// Purge forgets every token held on behalf of one person of an organization.
func (c *TokenClient) Purge(org tenants.ID, person tenants.GUID) { c.cache.purge(org, person) }

// OnBehalfOf exchanges the assertion (Microsoft, "OAuth 2.0 On-Behalf-Of flow")
// at the token endpoint of the tenant that issued it. What Entra refuses is a
// *TokenError. An exchange that cannot be asked for, such as one of an
// application's own token, is Invalid.
func (c *TokenClient) OnBehalfOf(ctx context.Context, x Exchange) (AccessToken, error) {
	key, err := x.key()
	if err != nil {
		return AccessToken{}, err
	}
	if x.Refused != "" {
		c.cache.refuse(key, x.Refused, c.now())
	}
	flight := key.String() + "\x00" + x.Challenge
	if x.Anew {
		flight += "\x00anew"
	}
	return c.once(ctx, flight, func(ctx context.Context) (AccessToken, error) { return c.redeem(ctx, x, key) })
}

const maxChallenge = 8 << 10

// key checks the exchange and says under which key its token is held.
func (x Exchange) key() (accessKey, error) {
	id := x.Identity
	if x.Credential == nil {
		return accessKey{}, fault.New(fault.Invalid, "on behalf of: the organization's app registration has no credential")
	}
	if !id.Delegated || id.Org != x.Organization.ID || id.TID != x.Organization.TID {
		return accessKey{}, fault.New(fault.Invalid, "on behalf of: the token must speak for a person of this organization")
	}
	if len(x.Scopes) == 0 || slices.ContainsFunc(x.Scopes, func(s string) bool { return !strings.Contains(s, "/") || strings.ContainsAny(s, " \x00") }) {
		return accessKey{}, fault.New(fault.Invalid, "on behalf of: scopes must be fully qualified, such as https://graph.microsoft.com/User.Read")
	}
	scopes := slices.Compact(slices.Sorted(slices.Values(x.Scopes)))
	return accessKey{
		org: id.Org, tid: id.TID, person: id.OID, client: x.Organization.Connection.ClientID,
		scopes: strings.Join(scopes, " "), assertion: x.basis(),
	}, nil
}

// basis names what a token is got with.
func (x Exchange) basis() [sha256.Size]byte {
	if x.Kept != nil {
		return sha256.Sum256([]byte("kept for " + x.Kept.For.String()))
	}
	return sha256.Sum256([]byte(x.Assertion.Reveal()))
}

// redeem returns the token held or makes the request, unless the endpoint is
// to be left alone, and holds what it gives.
func (c *TokenClient) redeem(ctx context.Context, x Exchange, key accessKey) (AccessToken, error) {
	if t, ok := c.cache.get(key, x.Challenge, c.now()); ok && !x.Anew {
		return t, nil
	}
	claims, err := demand(x.Challenge)
	if err != nil {
		return AccessToken{}, err
	}
	form, err := x.form(ctx, key.scopes, claims)
	if err != nil {
		return AccessToken{}, err
	}
	asked, epoch := c.now(), c.cache.epoch(key.org)
	got, err := c.ask(ctx, request{
		line: quietLine{key.tid, key.client}, endpoint: x.Authority.TokenURL(key.tid), credential: x.Credential, form: form, again: heldBack, heard: x.Heard,
	})
	if refused, ok := errors.AsType[*TokenError](err); ok && (refused.Class == Reauth || refused.Class == Blocked) {
		c.cache.purge(key.org, key.person)
	}
	x.keep(ctx, got.refresh, err)
	if err != nil {
		return AccessToken{}, err
	}
	if !x.Anew {
		c.cache.put(key, held{token: got.access, until: asked.Add(usable(got.life)), since: asked, challenge: x.Challenge}, epoch, asked)
	}
	return got.access, nil
}

// usable is how long to go on handing out a token of some life: not in its last
// five minutes, or, if it is short, not in its second half.
func usable(life time.Duration) time.Duration { return max(life-5*time.Minute, life/2) }

// form is the request (§ "Middle-tier access token request" of that page, or §
// "Refresh the access token" of "OAuth 2.0 authorization code flow").
func (x Exchange) form(ctx context.Context, scopes, claims string) (url.Values, error) {
	if x.Kept != nil {
		return x.Kept.form(ctx, scopes, claims)
	}
	if x.Offline != nil {
		scopes += " offline_access"
	}
	return url.Values{
		"grant_type":          {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"requested_token_use": {"on_behalf_of"},
		"assertion":           {x.Assertion.Reveal()},
		"scope":               {scopes},
		"claims":              {claims},
	}, nil
}

// capable tells Entra that we relay claims challenges (Microsoft, "Claims
// challenges"), so that resources may send them.
const capable = `{"access_token":{"xms_cc":{"values":["cp1"]}}}`

// demand adds that to a challenge.
func demand(challenge string) (string, error) {
	if challenge == "" {
		return capable, nil
	}
	var all, of map[string]json.RawMessage
	bad := len(challenge) > maxChallenge || json.Unmarshal([]byte(challenge), &all) != nil
	if inner, ok := all["access_token"]; ok && !bad {
		bad = json.Unmarshal(inner, &of) != nil
	}
	if bad || all == nil {
		return "", fault.New(fault.Invalid, "on behalf of: the claims challenge is not a JSON object")
	}
	if of == nil {
		of = map[string]json.RawMessage{}
	}
	of["xms_cc"] = json.RawMessage(`{"values":["cp1"]}`)
	inner, err := json.Marshal(of)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	all["access_token"] = inner
	whole, err := json.Marshal(all)
	return string(whole), err
}
