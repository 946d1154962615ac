package wallet_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/tools/upstream/oauth"
)

// serving is a chest whose organization has the source, with a client that an admin
// has registered; an empty one is left to us.
func serving(t *testing.T, client string) *chest {
	t.Helper()
	c, s := newChest(t), source
	s.Credential.ClientID = client
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	org := tenants.Organization{
		ID: c.snap.Organization.ID, Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "api://a", Scope: "access_as_user",
			Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured,
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
	wrapped := must(box.NewOrganizationKey(t.Context(), org.ID))
	c.key = must(box.Open(t.Context(), org.ID, wrapped))
	c.snap = must(snapshot.Builder{
		Tools: must(tools.NewRegistry(nil)), Authority: entra.AuthorityOf, Secrets: box, Logger: slog.New(slog.DiscardHandler),
		Servers: func(*tenants.Organization, *secrets.OrgKey, tools.Source, []byte) tools.Server { return nil },
	}.Build(t.Context(), snapshot.Data{
		Organization: org, Version: 1, WrappedKey: wrapped, Sources: []tools.Source{s},
		SourceSecrets: map[tenants.GUID][]byte{s.ID: must(c.key.Encrypt(secrets.SourceLabel(s.Credential.ID), []byte("secret of the client")))},
	}))
	return c
}

var request = authorizations.Request{Person: tenants.NewGUID(), Source: source.ID, Credential: source.Credential.ID}

// TestClientOfAnAdminIsShownToOneAuthorizationServer: which one, the source says,
// and it may say another any time.
func TestClientOfAnAdminIsShownToOneAuthorizationServer(t *testing.T) {
	t.Parallel()
	c := serving(t, "ours")
	w := c.replica(t)
	first, err := w.Begin(t.Context(), c.snap, request, server)
	if err != nil || first.Registration.ClientID != "ours" || first.Registration.Secret.Reveal() != "secret of the client" {
		t.Fatalf("%+v %v", first, err)
	}
	c.clientAt = c.clientAt.AddDate(-1, 0, 0) // however long ago
	evil := server
	evil.Issuer, evil.Token = "https://evil.example", "https://evil.example/token"
	got, err := w.Begin(t.Context(), c.snap, request, evil)
	if fault.KindOf(err) != fault.Upstream || !strings.Contains(fault.Public(err), server.Issuer) || got.Registration.ClientID != "" {
		t.Errorf("another authorization server is shown %+v: %v", got.Registration, err)
	}
	if _, err := c.replica(t).Begin(t.Context(), c.snap, request, server); err != nil {
		t.Errorf("the first is not asked any more: %v", err)
	}
}

// TestForgottenClientIsRegisteredAnew, whoever finds it out; what else goes wrong
// makes no other.
func TestForgottenClientIsRegisteredAnew(t *testing.T) {
	t.Parallel()
	forgotten := fault.Wrap(fault.Unauthenticated, "who are you", oauth.ErrUnknownClient)
	finish := func(t *testing.T, c *chest, in oauth.SignIn) {
		t.Helper()
		if err := c.replica(t).Finish(t.Context(), c.snap, wallet.Arrival{By: c.caller(request.Person), Request: request, SignIn: in}); err == nil {
			t.Error("it is taken")
		}
	}
	renew := func(t *testing.T, c *chest, _ oauth.SignIn) {
		t.Helper()
		c.signIn(t, request.Person)
		time.Sleep(time.Hour)
		asked(t, c.replica(t), c.caller(request.Person), upstream.Unfit{})
	}
	for name, tt := range map[string]struct {
		do      func(*testing.T, *chest, oauth.SignIn)
		refuses error
		then    string
	}{
		"at its end":       {finish, forgotten, "gatehouse again"},
		"at its answer":    {finish, fault.Wrap(fault.Upstream, "who are you", oauth.ErrUnknownClient), "gatehouse again"},
		"renewing":         {renew, forgotten, "gatehouse again"},
		"another mishap":   {finish, fault.New(fault.Upstream, "no"), "gatehouse"},
		"an ended sign-in": {renew, fault.New(fault.Unauthenticated, "no"), "gatehouse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := serving(t, "")
				in := must(c.replica(t).Begin(t.Context(), c.snap, request, server))
				c.refuses = tt.refuses
				tt.do(t, c, in)
				if next := must(c.replica(t).Begin(t.Context(), c.snap, request, server)); next.Registration.ClientID != tt.then {
					t.Errorf("the next sign-in is of %q", next.Registration.ClientID)
				}
			})
		})
	}
}
