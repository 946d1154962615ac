package admin

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
	"gatehouse/internal/graph"
	"gatehouse/internal/tenants"
)

// How long Graph tokens of people are held, and how many.
const (
	grantLife = 5 * time.Minute
	maxGrants = 2_000
)

// Delegation asks Microsoft Graph for tokens as somebody who has signed in to the
// console. The permissions are given by their short names or fully qualified.
// Where consent to one is missing the fault is Forbidden and says how to give it.
type Delegation interface {
	GraphToken(ctx context.Context, p console.Person, permissions ...string) (string, error)
}

// DelegationParts is what a delegation is made from. Every field is required.
type DelegationParts struct {
	Refresh   func(ctx context.Context, tid tenants.TID, token entra.RefreshToken, scopes []string) (entra.Tokens, error)
	Authority entra.Authority // of the cloud that people sign in to the console in
	Now       func() time.Time
}

// NewDelegation returns the delegation that lies in people's sessions, as a
// refresh token. A token is held for five minutes at most, in memory only, so that
// a page of the console asks Entra once.
func NewDelegation(p DelegationParts) Delegation {
	return &grants{DelegationParts: p, held: map[grantKey]grant{}}
}

type grants struct {
	DelegationParts

	mu   sync.Mutex
	held map[grantKey]grant
}

// grantKey names the session, too: what one session has got ends with it.
type grantKey [sha256.Size]byte

type grant struct {
	token entra.AccessToken
	until time.Time
}

// GraphToken returns a token with at least these permissions. Entra may answer
// with a new refresh token; the one in the session stays good beside it
// (Microsoft, "Refresh tokens"), so that the session is not written again.
func (g *grants) GraphToken(ctx context.Context, p console.Person, permissions ...string) (string, error) {
	if len(p.Delegation) == 0 {
		return "", fault.New(fault.Unauthenticated, "your session cannot ask Microsoft Graph for you; sign in again")
	}
	full := make([]string, len(permissions))
	for i, s := range permissions {
		if full[i] = s; !strings.Contains(s, "/") {
			full[i] = g.Authority.DelegatedGraphScope(s)
		}
	}
	key := keyOfGrant(p, full)
	if held, ok := g.get(key); ok {
		return held.Reveal(), nil
	}
	got, err := g.Refresh(ctx, p.TID, entra.NewRefreshToken(string(p.Delegation)), full)
	if err != nil {
		return "", needsConsent(err, permissions)
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
	if ok && !g.Now().Before(held.until) {
		delete(g.held, key)
		ok = false
	}
	return held.token, ok
}

func (g *grants) put(key grantKey, token entra.AccessToken) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Now()
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
func needsConsent(err error, permissions []string) error {
	refused, ok := errors.AsType[*entra.TokenError](err)
	if !ok || refused.Class != entra.Consent {
		return err
	}
	var names []string
	for _, s := range permissions {
		name := scopeFor(s[strings.LastIndexByte(s, '/')+1:])
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	text := "nobody has consented to " + strings.Join(permissions, ", ") + " for you yet; sign in again at /auth/sign-in?scopes=" + strings.Join(names, "+")
	return fault.Wrap(fault.Forbidden, text, err)
}

// askingAs returns how to ask Microsoft Graph as a person. However many requests
// follow, their delegation is used once.
func askingAs(ctx context.Context, d Delegation, p console.Person, permissions ...string) (graph.Asking, error) {
	token, err := d.GraphToken(ctx, p, permissions...)
	if err != nil {
		return graph.Asking{}, err
	}
	return graph.Asking{Priority: graph.High, Token: func(context.Context) (string, error) { return token, nil }}, nil
}
