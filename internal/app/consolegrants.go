package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// How long Graph tokens of people are held, and how many.
const (
	grantLife = 5 * time.Minute
	maxGrants = 2_000
)

// grants satisfies delegation with the refresh token of a person's session. A
// token is held for five minutes at most, in memory only, so that a page of the
// console asks Entra once.
type grants struct {
	refresh   func(ctx context.Context, tid tenants.TID, token entra.RefreshToken, scopes []string) (entra.Tokens, error)
	authority entra.Authority
	now       func() time.Time

	mu   sync.Mutex
	held map[grantKey]grant
}

// grantKey names the session, too: what one session has got ends with it.
type grantKey [sha256.Size]byte

type grant struct {
	token entra.AccessToken
	until time.Time
}

func newGrants(refresh func(context.Context, tenants.TID, entra.RefreshToken, []string) (entra.Tokens, error), authority entra.Authority, now func() time.Time) *grants {
	return &grants{refresh: refresh, authority: authority, now: now, held: map[grantKey]grant{}}
}

// graphToken returns a token with at least these permissions, given by their
// short names or fully qualified. Entra may answer with a new refresh token; the
// one in the session stays good beside it (Microsoft, "Refresh tokens"), so that
// the session is not written again.
func (g *grants) graphToken(ctx context.Context, p console.Person, scopes ...string) (string, error) {
	if len(p.Delegation) == 0 {
		return "", fault.New(fault.Unauthenticated, "your session cannot ask Microsoft Graph for you; sign in again")
	}
	full := make([]string, len(scopes))
	for i, s := range scopes {
		if full[i] = s; !strings.Contains(s, "/") {
			full[i] = g.authority.DelegatedGraphScope(s)
		}
	}
	key := keyOfGrant(p, full)
	if held, ok := g.get(key); ok {
		return held.Reveal(), nil
	}
	got, err := g.refresh(ctx, p.TID, entra.NewRefreshToken(string(p.Delegation)), full)
	if err != nil {
		return "", needsConsent(err, scopes)
	}
	g.put(key, got.Access)
	return got.Access.Reveal(), nil
}

func keyOfGrant(p console.Person, scopes []string) grantKey {
	return sha256.Sum256([]byte(p.TID.String() + p.OID.String() + strings.Join(scopes, " ") + "\x00" + string(p.Delegation)))
}

func (g *grants) get(key grantKey) (entra.AccessToken, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held, ok := g.held[key]
	if ok && !g.now().Before(held.until) {
		delete(g.held, key)
		ok = false
	}
	return held.token, ok
}

func (g *grants) put(key grantKey, token entra.AccessToken) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if len(g.held) >= maxGrants {
		for k, held := range g.held {
			if !now.Before(held.until) {
				delete(g.held, k)
			}
		}
	}
	for k := range g.held {
		if len(g.held) < maxGrants {
			break
		}
		delete(g.held, k)
	}
	until := now.Add(grantLife)
	if early := token.ExpiresAt.Add(-time.Minute); early.Before(until) {
		until = early
	}
	g.held[key] = grant{token, until}
}

// needsConsent says where consent is given.
func needsConsent(err error, scopes []string) error {
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok || refused.Class != entra.Consent {
		return err
	}
	var names []string
	for _, s := range scopes {
		name := scopeFor(s[strings.LastIndexByte(s, '/')+1:])
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	text := "nobody has consented to " + strings.Join(scopes, ", ") + " for you yet; sign in again at /auth/sign-in?scopes=" + strings.Join(names, "+")
	return fault.Wrap(fault.Forbidden, text, err)
}
