package wallet_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/authz"
	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/tools/upstream/oauth"
)

// chest keeps the authorizations of one organization in memory, and is the
// authorization server of its one source.
type chest struct {
	authorizations.Store

	mu      sync.Mutex
	snap    *snapshot.Snapshot
	key     *secrets.OrgKey
	kept    map[authorizations.Key]authorizations.Authorization
	claimed time.Time
	read    int

	client     []byte // as whom Gatehouse is registered, encrypted
	clientAt   time.Time
	registered int

	issued    int
	refreshed int
	revoked   []string
	refuses   error
	held      chan struct{} // nil, or what refreshing waits for
}

func (c *chest) SourceAuthorization(_ context.Context, _ tenants.ID, k authorizations.Key) (authorizations.Authorization, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read++
	a, ok := c.kept[k]
	if !ok {
		return a, fault.New(fault.NotFound, "none")
	}
	return a, nil
}

func (c *chest) AuthorizeSource(_ context.Context, _ authz.Caller, a authorizations.Authorization) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.MadeAt, a.RenewedAt = time.Now(), time.Now()
	c.kept[authorizations.Key{Person: a.Person.OID, Credential: a.Credential}] = a
	return nil
}

func (c *chest) ClaimRenewal(_ context.Context, _ authz.Caller, claim authorizations.Claim) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.kept {
		if a.ID == claim.ID && a.Generation == claim.Generation && !c.claimed.After(claim.Now) {
			c.claimed = claim.Until
			return nil
		}
		if a.ID == claim.ID {
			return fault.New(fault.Conflict, "claimed")
		}
	}
	return fault.New(fault.NotFound, "none")
}

func (c *chest) RenewSourceAuthorization(ctx context.Context, _ authz.Caller, a authorizations.Authorization) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := authorizations.Key{Person: a.Person.OID, Credential: a.Credential}
	switch was, ok := c.kept[at]; {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !ok || was.ID != a.ID:
		return fault.New(fault.NotFound, "none")
	case was.Generation != a.Generation:
		return fault.New(fault.Conflict, "renewed")
	}
	a.Generation++
	a.RenewedAt, c.claimed = time.Now(), time.Time{}
	c.kept[authorizations.Key{Person: a.Person.OID, Credential: a.Credential}] = a
	return nil
}

func (c *chest) RevokeSourceAuthorization(_ context.Context, _ authz.Caller, r authorizations.Revoking) (authorizations.Authorization, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, a := range c.kept {
		if a.ID == r.ID && (r.Person.IsZero() || a.Person.OID == r.Person) {
			delete(c.kept, k)
			next := *c.snap
			next.Version++
			c.snap = &next
			return a, nil
		}
	}
	return authorizations.Authorization{}, fault.New(fault.NotFound, "none")
}

func (c *chest) SourceClient(context.Context, tenants.ID, tenants.GUID) ([]byte, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		return nil, time.Time{}, fault.New(fault.NotFound, "none")
	}
	return c.client, c.clientAt, nil
}

func (c *chest) KeepSourceClient(_ context.Context, _ authz.Caller, _ tenants.GUID, ciphertext []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.client, c.clientAt = ciphertext, time.Now()
	return nil
}

func (c *chest) view(context.Context, tenants.ID) (*snapshot.Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snap, nil
}

// The authorization server.
func (*chest) Discover(context.Context, *url.URL, oauth.Challenge) (oauth.Server, error) {
	return server, nil
}

func (c *chest) Register(_ context.Context, s oauth.Server, a oauth.Application) (oauth.Registration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.registered++
	if c.registered > 1 {
		return oauth.Registered(s, a.Redirect, "gatehouse again", "")
	}
	return oauth.Registered(s, a.Redirect, "gatehouse", "")
}

func (c *chest) Finish(context.Context, oauth.SignIn, url.Values) (oauth.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuses != nil {
		return oauth.Token{}, c.refuses
	}
	return c.issue(), nil
}

// issue is a token; the lock is held.
func (c *chest) issue() oauth.Token {
	c.issued++
	n := string(rune('a' + c.issued - 1))
	return oauth.Token{
		Issuer: server.Issuer, ClientID: "gatehouse", Resource: server.Resource, Access: oauth.Secret("access-" + n), Refresh: oauth.Secret("refresh-" + n),
		Expires: time.Now().Add(time.Hour), Scopes: []string{"vault.read"},
	}
}

func (c *chest) Refresh(ctx context.Context, _ oauth.Server, _ oauth.Registration, _ oauth.Token) (oauth.Token, error) {
	if c.held != nil {
		select {
		case <-c.held:
		case <-ctx.Done():
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refreshed++
	if c.refuses != nil {
		return oauth.Token{}, c.refuses
	}
	return c.issue(), nil
}

func (c *chest) Revoke(_ context.Context, _ oauth.Server, _ oauth.Registration, t oauth.Token) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoked = append(c.revoked, t.Access.Reveal())
	return errors.New("nobody listens")
}

func (*chest) Do(context.Context, *http.Request) (*egress.Response, error) {
	return nil, errors.New("nobody is there")
}

var server = oauth.Server{
	Resource: "https://vault.example/mcp", Issuer: "https://login.vault.example", Authorization: "https://login.vault.example/authorize",
	Token: "https://login.vault.example/token", Methods: []string{"none"},
}

var source = tools.Source{
	ID: tenants.NewGUID(), Name: "vault", Title: "The vault", URL: server.Resource, Enabled: true,
	Credential: tools.SourceCredential{Kind: tools.UserAuthorization, ID: tenants.NewGUID()},
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newChest(t *testing.T) *chest {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	org := tenants.NewID()
	key := must(box.Open(t.Context(), org, must(box.NewOrganizationKey(t.Context(), org))))
	return &chest{
		key: key, kept: map[authorizations.Key]authorizations.Authorization{},
		snap: &snapshot.Snapshot{Version: 1, Key: key, Organization: tenants.Organization{ID: org, Slug: tenants.MustSlug("contoso"), Name: "Contoso"}},
	}
}

// replica is a wallet on the chest.
func (c *chest) replica(t *testing.T) *wallet.Wallet {
	t.Helper()
	return must(wallet.New(wallet.Parts{
		Base: must(url.Parse("https://gatehouse.example")), Store: c, Views: c.view, OAuth: c, Doer: c, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	}))
}

func (c *chest) caller(person tenants.GUID) authz.Caller {
	return authz.Actor(authz.Identity{Org: c.snap.Organization.ID, OID: person, Kind: authz.User, Delegated: true})
}

// signIn keeps a token for somebody, as Finish does where the source is served.
func (c *chest) signIn(t *testing.T, person tenants.GUID) {
	t.Helper()
	a := authorizations.Authorization{ID: tenants.NewGUID(), Person: authorizations.Person{OID: person}, Source: source.ID, Credential: source.Credential.ID, Issuer: server.Issuer, Scopes: []string{"vault.read"}, Generation: 1}
	c.mu.Lock()
	token := c.issue()
	c.mu.Unlock()
	a.Kept = must(wallet.Sealed(c.snap, a, server, must(oauth.Registered(server, "https://gatehouse.example/cb", "gatehouse", "")), token, time.Now()))
	if err := c.AuthorizeSource(t.Context(), c.caller(person), a); err != nil {
		t.Fatal(err)
	}
}

func token(t *testing.T, w *wallet.Wallet, by authz.Caller, u upstream.Unfit) string {
	t.Helper()
	got, err := w.SourceToken(t.Context(), by, source, u)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// asked reports whether somebody is asked to sign in.
func asked(t *testing.T, w *wallet.Wallet, by authz.Caller, u upstream.Unfit) tools.SignInError {
	t.Helper()
	got, err := w.SourceToken(t.Context(), by, source, u)
	missing, ok := errors.AsType[*tools.SignInError](err)
	if !ok || got != "" || fault.KindOf(err) != fault.Unauthenticated || strings.Contains(err.Error()+fault.Public(err), missing.URL()) {
		t.Fatalf("%q %v", got, err)
	}
	return *missing
}

func TestTokenIsThatOfTheCaller(t *testing.T) {
	t.Parallel()
	c := newChest(t)
	w, alice, bob := c.replica(t), tenants.NewGUID(), tenants.NewGUID()
	c.signIn(t, alice)
	for range 3 {
		if got := token(t, w, c.caller(alice), upstream.Unfit{}); got != "access-a" {
			t.Errorf("Alice shows %s", got)
		}
	}
	if c.read != 1 {
		t.Errorf("the store is read %d times", c.read)
	}
	missing := asked(t, w, c.caller(bob), upstream.Unfit{})
	link, err := authorizations.ReadLink(c.key, must(url.Parse(missing.URL())).Query().Get("request"), time.Now())
	if err != nil || link.Person != bob || link.Source != source.ID || link.Credential != source.Credential.ID || !strings.Contains(missing.Message(), "The vault") || !strings.Contains(missing.Message(), "Contoso") {
		t.Errorf("%+v %v %s", link, err, missing.Told())
	}
	moved := source
	moved.URL = "https://vault.example/another"
	for _, w := range []*wallet.Wallet{w, c.replica(t)} {
		if _, err := w.SourceToken(t.Context(), c.caller(alice), moved, upstream.Unfit{}); err == nil {
			t.Error("a token is shown at another URL")
		}
	}
	elsewhere := source
	elsewhere.Credential.ID = tenants.NewGUID()
	if _, err := w.SourceToken(t.Context(), c.caller(alice), elsewhere, upstream.Unfit{}); err == nil {
		t.Error("a token is shown for another credential")
	}
}

func TestRevokedTokenIsShownNoMore(t *testing.T) {
	t.Parallel()
	c := newChest(t)
	w, other, alice := c.replica(t), c.replica(t), tenants.NewGUID()
	c.signIn(t, alice)
	for _, w := range []*wallet.Wallet{w, other} {
		token(t, w, c.caller(alice), upstream.Unfit{})
	}
	id := c.kept[authorizations.Key{Person: alice, Credential: source.Credential.ID}].ID
	if err := w.Revoke(t.Context(), c.caller(alice), authorizations.Revoking{ID: id, Person: tenants.NewGUID()}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("somebody else revokes: %v", err)
	}
	if err := w.Revoke(t.Context(), c.caller(alice), authorizations.Revoking{ID: id, Person: alice}); err != nil || len(c.revoked) != 1 || c.revoked[0] != "access-a" {
		t.Errorf("%v, told of %v", err, c.revoked)
	}
	for _, w := range []*wallet.Wallet{w, other} {
		asked(t, w, c.caller(alice), upstream.Unfit{})
	}
}

// TestManyRenewOnce, on several replicas: a refresh token may be good once.
func TestManyRenewOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		c.held = make(chan struct{})
		alice := tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(56 * time.Minute)
		replicas := []*wallet.Wallet{c.replica(t), c.replica(t), c.replica(t)}
		var all sync.WaitGroup
		for n := range 12 {
			all.Go(func() {
				if got := token(t, replicas[n%3], c.caller(alice), upstream.Unfit{}); got != "access-b" {
					t.Errorf("shown is %s", got)
				}
			})
		}
		time.Sleep(time.Second)
		close(c.held)
		all.Wait()
		if c.refreshed != 1 {
			t.Errorf("renewed %d times", c.refreshed)
		}
	})
}

func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		w, alice := c.replica(t), tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(54 * time.Minute)
		if got := token(t, w, c.caller(alice), upstream.Unfit{}); got != "access-a" {
			t.Errorf("it is renewed too early: %s", got)
		}
		c.refuses = fault.New(fault.Unavailable, "out of order")
		time.Sleep(2 * time.Minute)
		for range 5 { // it serves while it is good, and the server is left alone
			if got := token(t, w, c.caller(alice), upstream.Unfit{}); got != "access-a" || c.refreshed != 1 {
				t.Errorf("%s after %d renewals", got, c.refreshed)
			}
		}
		time.Sleep(5 * time.Minute)
		if _, err := w.SourceToken(t.Context(), c.caller(alice), source, upstream.Unfit{}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("a token that has ended: %v", err)
		}
		c.refuses = nil
		time.Sleep(time.Minute)
		if got := token(t, w, c.caller(alice), upstream.Unfit{}); got != "access-b" {
			t.Errorf("shown is %s", got)
		}
		c.refuses = fault.New(fault.Unauthenticated, "no")
		time.Sleep(time.Hour)
		asked(t, w, c.caller(alice), upstream.Unfit{})
		if len(c.kept) != 0 {
			t.Error("what cannot be renewed is kept")
		}
	})
}

func TestTokenThatTheSourceDoesNotTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		w, other, alice := c.replica(t), c.replica(t), tenants.NewGUID()
		c.signIn(t, alice)
		token(t, other, c.caller(alice), upstream.Unfit{})
		asked(t, w, c.caller(alice), upstream.Unfit{Token: "access-a"}) // it is new: another would be no better
		time.Sleep(2 * time.Minute)
		if got := token(t, w, c.caller(alice), upstream.Unfit{Token: "access-a"}); got != "access-b" {
			t.Errorf("shown is %s", got)
		}
		if got := token(t, other, c.caller(alice), upstream.Unfit{Token: "access-a"}); got != "access-b" || c.refreshed != 1 {
			t.Errorf("another replica shows %s after %d renewals", got, c.refreshed)
		}
		more := oauth.Challenge{Error: "insufficient_scope", Scopes: []string{"vault.write"}}
		missing := asked(t, w, c.caller(alice), upstream.Unfit{Token: "access-b", Challenge: more})
		link, err := authorizations.ReadLink(c.key, must(url.Parse(missing.URL())).Query().Get("request"), time.Now())
		if err != nil || strings.Join(link.Scopes, " ") != "vault.read vault.write" {
			t.Errorf("%+v %v", link, err)
		}
		more.Scopes = nil
		for n := range 90 {
			more.Scopes = append(more.Scopes, strings.Repeat("x", 50+n))
		}
		_, err = w.SourceToken(t.Context(), c.caller(alice), source, upstream.Unfit{Token: "access-b", Challenge: more})
		if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), "more scopes") {
			t.Errorf("asked for a page of scopes: %v", err)
		}
		more.Scopes = []string{"vault.read"} // which it has
		_, err = w.SourceToken(t.Context(), c.caller(alice), source, upstream.Unfit{Token: "access-b", Challenge: more})
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("asked for nothing new: %v", err)
		}
	})
}

// TestRevokingIsNotUndoneByRenewing that is under way: neither the old token is
// shown, nor the new one stays good.
func TestRevokingIsNotUndoneByRenewing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		c.held = make(chan struct{})
		w, alice := c.replica(t), tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(56 * time.Minute)
		id := c.kept[authorizations.Key{Person: alice, Credential: source.Credential.ID}].ID
		var waits sync.WaitGroup
		waits.Go(func() { asked(t, w, c.caller(alice), upstream.Unfit{}) })
		synctest.Wait()
		if err := w.Revoke(t.Context(), c.caller(alice), authorizations.Revoking{ID: id}); err != nil {
			t.Error(err)
		}
		close(c.held)
		waits.Wait()
		if strings.Join(c.revoked, " ") != "access-a access-b" || len(c.kept) != 0 {
			t.Errorf("told of %v", c.revoked)
		}
	})
}

// TestSlowRenewalIsNotLost, and nobody else begins another meanwhile.
func TestSlowRenewalIsNotLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		c.held = make(chan struct{}) // it answers at the last moment
		alice := tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(56 * time.Minute)
		var all sync.WaitGroup
		for _, u := range []upstream.Unfit{{}, {Token: "access-a"}} {
			w := c.replica(t)
			all.Go(func() {
				if got := token(t, w, c.caller(alice), u); got != "access-b" {
					t.Errorf("shown is %s", got)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if c.refreshed != 1 || c.kept[authorizations.Key{Person: alice, Credential: source.Credential.ID}].Generation != 2 {
			t.Errorf("renewed %d times", c.refreshed)
		}
	})
}

// TestWhoSignsInAnewIsThatEverywhere, also where the token of before is in use.
func TestWhoSignsInAnewIsThatEverywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		w, alice := c.replica(t), tenants.NewGUID()
		c.signIn(t, alice)
		token(t, w, c.caller(alice), upstream.Unfit{})
		c.signIn(t, alice)
		time.Sleep(10 * time.Minute)
		if got := token(t, w, c.caller(alice), upstream.Unfit{}); got != "access-b" {
			t.Errorf("shown is %s", got)
		}
	})
}

// TestTokenThatAnotherHasRenewedIsShownInItsPlaceOnly: the source may have moved
// meanwhile.
func TestTokenThatAnotherHasRenewedIsShownInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		w, alice := c.replica(t), tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(56 * time.Minute)
		c.claimed = time.Now().Add(time.Minute)
		var waits sync.WaitGroup
		waits.Go(func() { asked(t, w, c.caller(alice), upstream.Unfit{Token: "access-a"}) })
		synctest.Wait()
		at, moved := authorizations.Key{Person: alice, Credential: source.Credential.ID}, server
		moved.Resource = "https://vault.example/another"
		c.mu.Lock()
		a := c.kept[at]
		a.Kept = must(wallet.Sealed(c.snap, a, moved, must(oauth.Registered(server, "https://gatehouse.example/cb", "gatehouse", "")), c.issue(), time.Now()))
		a.Generation++
		c.kept[at] = a
		c.mu.Unlock()
		waits.Wait()
	})
}

// TestNobodyWaitsForARenewalLong who has a good token.
func TestNobodyWaitsForARenewalLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newChest(t)
		alice := tenants.NewGUID()
		c.signIn(t, alice)
		time.Sleep(56 * time.Minute)
		c.claimed = time.Now().Add(time.Minute) // by a replica that has gone
		began := time.Now()
		if got := token(t, c.replica(t), c.caller(alice), upstream.Unfit{}); got != "access-a" || time.Since(began) > 3*time.Second {
			t.Errorf("%s after %s", got, time.Since(began))
		}
	})
}
