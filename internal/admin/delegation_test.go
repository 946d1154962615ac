package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/console"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// granting counts how often Entra is asked, with which scopes.
type granting struct {
	mu    sync.Mutex
	asked [][]string
	err   error
	at    time.Time
	life  time.Duration
}

func (g *granting) refresh(_ context.Context, _ tenants.TID, token entra.RefreshToken, scopes []string) (entra.Tokens, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, scopes)
	access := entra.AccessToken{ExpiresAt: g.at.Add(g.life)}
	return entra.Tokens{Access: access, Refresh: token, Scopes: scopes}, g.err
}

func (g *granting) now() time.Time { return g.at }

func TestGraphTokensOfPeopleAreHeldForFiveMinutesEach(t *testing.T) {
	t.Parallel()
	g := &granting{at: time.Now(), life: time.Hour}
	token := admin.NewDelegation(admin.DelegationParts{Refresh: g.refresh, Authority: entra.AuthorityOf(tenants.PublicCloud), Now: g.now}).GraphToken
	ann := console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Delegation: []byte("refresh")}
	ask := func(p console.Person, want int, scopes ...string) {
		t.Helper()
		if _, err := token(t.Context(), p, scopes...); err != nil {
			t.Fatal(err)
		}
		if len(g.asked) != want {
			t.Errorf("Entra was asked %d times, want %d", len(g.asked), want)
		}
	}
	ask(ann, 1, "User.Read")
	ask(ann, 1, "https://graph.microsoft.com/User.Read")
	ask(ann, 2, "GroupMember.Read.All")
	another, bob, elsewhere := ann, ann, ann
	another.Delegation, bob.OID, elsewhere.TID = []byte("another session"), tenants.NewGUID(), tenants.TID{GUID: tenants.NewGUID()}
	ask(another, 3, "User.Read")
	ask(bob, 4, "User.Read")
	ask(elsewhere, 5, "User.Read")
	g.at = g.at.Add(5*time.Minute - time.Second)
	ask(ann, 5, "User.Read")
	g.at = g.at.Add(time.Second)
	g.life = 3 * time.Minute
	ask(ann, 6, "User.Read")
	g.at = g.at.Add(2 * time.Minute) // a minute before the token itself ends
	ask(ann, 7, "User.Read")
	if !slices.Equal(g.asked[0], []string{"https://graph.microsoft.com/User.Read"}) {
		t.Errorf("asked for %v", g.asked[0])
	}
}

func TestGraphTokensHeldAreBounded(t *testing.T) {
	t.Parallel()
	g := &granting{at: time.Now(), life: time.Hour}
	token := admin.NewDelegation(admin.DelegationParts{Refresh: g.refresh, Authority: entra.AuthorityOf(tenants.PublicCloud), Now: g.now}).GraphToken
	p := console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID()}
	for i := range 2_500 {
		p.Delegation = fmt.Append(nil, i)
		if _, err := token(t.Context(), p, "User.Read"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2_500 {
		p.Delegation = fmt.Append(nil, i)
		if _, err := token(t.Context(), p, "User.Read"); err != nil {
			t.Fatal(err)
		}
	}
	if len(g.asked) < 3_000 {
		t.Errorf("%d of 2500 tokens were held", 5_000-len(g.asked))
	}
}

func TestMissingConsentNamesWhereItIsGiven(t *testing.T) {
	t.Parallel()
	g := &granting{at: time.Now(), err: &entra.TokenError{Class: entra.Consent}}
	token := admin.NewDelegation(admin.DelegationParts{Refresh: g.refresh, Authority: entra.AuthorityOf(tenants.PublicCloud), Now: g.now}).GraphToken
	p := console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Delegation: []byte("refresh")}
	for scope, name := range map[string]string{
		"GroupMember.Read.All": "groups", "RoleManagement.Read.Directory": "roles", "Application.ReadWrite.All": "applications", "Policy.Read.All": "applications.read",
	} {
		_, err := token(t.Context(), p, scope)
		if fault.KindOf(err) != fault.Forbidden || !strings.HasSuffix(fault.Public(err), "/auth/sign-in?scopes="+name) {
			t.Errorf("%s: %v", scope, err)
		}
	}
	g.err = &entra.TokenError{Class: entra.Reauth}
	if _, err := token(t.Context(), p, "User.Read"); !errors.Is(err, g.err) || fault.KindOf(err) != fault.Unauthenticated {
		t.Error(err)
	}
	if _, err := token(t.Context(), console.Person{}, "User.Read"); fault.KindOf(err) != fault.Unauthenticated {
		t.Error(err)
	}
}
