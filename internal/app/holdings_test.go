package app

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/membership"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

const (
	directory    = "c0000000-0000-4000-8000-000000000001"
	registration = "c0000000-0000-4000-8000-0000000000a1"
)

var (
	alice   = tenants.MustGUID("c0000000-0000-4000-8000-0000000000c1")
	finance = tenants.MustGUID("c0000000-0000-4000-8000-0000000000d1")
	role    = tenants.MustGUID("c0000000-0000-4000-8000-0000000000e1")
)

// cabinet is what keeps tokens and asks with them, on a real database, with the
// emulator for Entra and Graph.
type cabinet struct {
	*asking
	db       *store.DB
	org      tenants.Organization
	key      *secrets.OrgKey
	view     membership.View
	emulator *emulator.Emulator
	entra    string
}

func newCabinet(t *testing.T) *cabinet {
	t.Helper()
	c := &cabinet{db: storetest.New(t).Open(t)}
	graphURL := c.emulate(t)
	out, err := egress.New(egress.Options{Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer("")})
	check(t, err)
	t.Cleanup(out.Close)
	authority, err := entra.LoopbackAuthority(c.entra, graphURL)
	check(t, err)
	c.asking, err = newAsking(out, func(tenants.Cloud) entra.Authority { return authority }, process{now: time.Now, machine: time.Now})
	check(t, err)
	tid, err := tenants.ParseTID(directory)
	check(t, err)
	c.org = tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tid, State: tenants.Active, Mode: tenants.Direct,
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.MustGUID(registration), Versions: tenants.V2Only, Resource: "api://" + registration, Scope: "access_as_user",
			Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
	}
	check(t, c.db.ClaimOrganization(t.Context(), authz.SystemCaller(c.org.ID, "test"), tenants.NewOrganization{
		Organization: c.org, WrappedKey: []byte("wrapped"), Credential: []byte("encrypted"),
		Owner: tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Name: "Olivia"},
	}))
	c.lock(t)
	proof, err := entra.SecretCredential(entra.NewSecret("client secret"))
	check(t, err)
	policy, err := authz.Compile(authz.Rules{
		Roles:       []authz.Role{{ID: role, Name: "staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"whoami"}}}}},
		Assignments: []authz.Assignment{{Role: role, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: finance.String()}}},
	}, []string{"whoami"})
	check(t, err)
	snap := &snapshot.Snapshot{Organization: c.org, Key: c.key, Policy: policy}
	c.view = membersOf(snap)
	c.view.Organization, c.view.Credential = &c.org, proof
	c.kept, c.logger = c.db, slog.New(slog.NewTextHandler(t.Output(), nil))
	c.views = func(context.Context, tenants.ID) (*snapshot.Snapshot, error) {
		return snap, nil
	}
	return c
}

func (c *cabinet) lock(t *testing.T) {
	t.Helper()
	kek, err := secrets.NewLocalKEK([32]byte{7})
	check(t, err)
	box, err := secrets.NewBox(kek)
	check(t, err)
	wrapped, err := box.NewOrganizationKey(t.Context(), c.org.ID)
	check(t, err)
	c.key, err = box.Open(t.Context(), c.org.ID, wrapped)
	check(t, err)
}

// emulate starts Entra and Graph, and returns the URL of Graph.
func (c *cabinet) emulate(t *testing.T) string {
	t.Helper()
	var listeners [2]net.Listener
	for i := range listeners {
		var err error
		listeners[i], err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		check(t, err)
	}
	c.entra = "http://" + listeners[0].Addr().String()
	graphURL := "http://" + listeners[1].Addr().String()
	var err error
	c.emulator, err = emulator.New(emulator.Options{EntraURL: c.entra, GraphURL: graphURL, ControlToken: "control", Entropy: "app", Now: time.Now, Tenants: []seed.Tenant{{
		ID: directory, Name: "Contoso", Domain: "contoso.example",
		Users:  []seed.User{{ID: alice.String(), Username: "alice@contoso.example", Password: "pw", Name: "Alice Ames"}},
		Groups: []seed.Group{{ID: finance.String(), Name: "Finance", Members: []string{alice.String()}}},
		Apps: []seed.App{{
			ID: registration, Name: "Gatehouse", Secret: "client secret", IdentifierURIs: []string{"api://" + registration}, Scopes: []string{"access_as_user"},
			RequestedTokenVersion: 2, PreAuthorized: []seed.PreAuthorized{{Client: seed.VisualStudioCode}},
			Consents: []seed.Consent{{Resource: seed.MicrosoftGraph, Scopes: membership.Scopes}},
		}},
	}}})
	check(t, err)
	for i, h := range []http.Handler{c.emulator.Entra(), c.emulator.Graph()} {
		srv := &httptest.Server{Listener: listeners[i], Config: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
		srv.Start()
		t.Cleanup(srv.Close)
	}
	return graphURL
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// show has alice show a token of Entra, which is exchanged to ask about her groups.
func (c *cabinet) show(t *testing.T) {
	t.Helper()
	form := url.Values{
		"grant_type": {"password"}, "client_id": {seed.VisualStudioCode}, "scope": {c.org.Connection.QualifiedScope()},
		"username": {"alice@contoso.example"}, "password": {"pw"},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.entra+"/"+directory+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	check(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	check(t, err)
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
	}
	check(t, json.NewDecoder(resp.Body).Decode(&answer))
	_, err = forMembership{c.asking}.OnBehalfOf(t.Context(), membership.Exchange{
		Organization: &c.org, Credential: c.view.Credential, Assertion: authz.NewAssertion(answer.Token), Scopes: membership.Scopes,
		Identity: authz.Identity{Org: c.org.ID, TID: c.org.TID, OID: alice, Kind: authz.User, Delegated: true, TokenID: "uti-1"},
	})
	check(t, err)
}

func (c *cabinet) keptOf(t *testing.T, person tenants.GUID) []membership.KeptToken {
	t.Helper()
	kept, err := c.db.KeptTokens(t.Context(), c.org.ID, person)
	check(t, err)
	return kept
}

func (c *cabinet) held(t *testing.T) []membership.Held {
	t.Helper()
	held, err := holdings{c.asking}.Held(t.Context(), c.view, alice)
	check(t, err)
	return held
}

// connect has alice connect an AI app, for which Entra has given a token at an instant.
func (c *cabinet) connect(t *testing.T, client string, token []byte, at time.Time) connections.Connection {
	t.Helper()
	id := tenants.NewGUID()
	encrypted, err := c.key.Encrypt(connections.EntraLabel(id), token)
	check(t, err)
	connected, err := c.db.Connect(t.Context(), authz.SystemCaller(c.org.ID, "test"), connections.Connection{
		ID: id, Person: connections.Person{OID: alice}, Client: client, Software: "https://editor.example", Entra: encrypted, EntraAt: at,
	}, connections.Grant{ID: tenants.NewGUID(), Scopes: []string{}, EndsAt: time.Now().Add(time.Hour)})
	check(t, err)
	return connected
}

// TestLastTokenOfEntraIsTriedFirst: the one most likely to be good.
func TestLastTokenOfEntraIsTriedFirst(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	c.show(t)
	plain, err := c.key.Decrypt(keptLabel(c.keptOf(t, alice)[0]), c.keptOf(t, alice)[0].Ciphertext)
	check(t, err)
	last := c.connect(t, "https://editor.example/last", plain, time.Now().Add(-time.Minute))
	for i := range mostTried {
		c.connect(t, "https://editor.example/"+string(rune('a'+i)), plain, time.Now().Add(-time.Hour))
	}
	held := c.held(t)
	if len(held) != mostTried+1 {
		t.Fatalf("%d are held", len(held))
	}
	redeemed(t, held[0])
	if now, err := c.db.Connection(t.Context(), c.org.ID, last.ID); err != nil || !now.EntraAt.After(last.EntraAt) {
		t.Errorf("another was tried first: %+v %v", now, err)
	}
}

func redeemed(t *testing.T, h membership.Held) {
	t.Helper()
	if token, err := h.Redeem(t.Context(), ""); err != nil || token == "" {
		t.Fatalf("redeemed for %q, %v", token, err)
	}
}

func TestExchangeForMembershipLeavesAnEncryptedToken(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	c.show(t)
	kept := c.keptOf(t, alice)
	if len(kept) != 1 || kept[0].TokenID != "uti-1" || kept[0].Client != c.org.Connection.ClientID {
		t.Fatalf("%+v", kept)
	}
	plain, err := c.key.Decrypt(keptLabel(kept[0]), kept[0].Ciphertext)
	if err != nil || len(plain) == 0 || bytes.Contains(kept[0].Ciphertext, plain) {
		t.Errorf("%d bytes, %v", len(plain), err)
	}
	for what, change := range map[string]func(*membership.KeptToken){
		"person":   func(k *membership.KeptToken) { k.Person = tenants.NewGUID() },
		"client":   func(k *membership.KeptToken) { k.Client = tenants.NewGUID() },
		"resource": func(k *membership.KeptToken) { k.Resource += "/" },
	} {
		other := kept[0]
		change(&other)
		if _, err := c.key.Decrypt(keptLabel(other), kept[0].Ciphertext); err == nil {
			t.Errorf("it can be opened for another %s", what)
		}
	}
}

func TestWhatIsRedeemedIsReplacedWhereItLies(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	c.show(t)
	before := c.keptOf(t, alice)[0]
	plain, err := c.key.Decrypt(keptLabel(before), before.Ciphertext)
	check(t, err)
	connected := c.connect(t, "https://editor.example/client", plain, time.Now().Add(-time.Hour))
	held := c.held(t)
	if len(held) != 2 {
		t.Fatalf("%d are held", len(held))
	}
	redeemed(t, held[0])
	after, err := c.db.Connection(t.Context(), c.org.ID, connected.ID)
	check(t, err)
	if bytes.Equal(after.Entra, connected.Entra) || !after.EntraAt.After(connected.EntraAt) || !bytes.Equal(c.keptOf(t, alice)[0].Ciphertext, before.Ciphertext) {
		t.Error("the successor of the connection's token is not in its place")
	}
	redeemed(t, held[1])
	if now := c.keptOf(t, alice)[0]; bytes.Equal(now.Ciphertext, before.Ciphertext) || !now.MadeAt.Equal(before.MadeAt) || !now.UsedAt.After(before.UsedAt) {
		t.Errorf("%+v, before %+v", now, before)
	}
	redeemed(t, c.held(t)[0])
	redeemed(t, c.held(t)[1])

	check(t, c.emulator.SetUser(directory, alice.String(), emulator.UserChange{Revoke: true}))
	for _, h := range c.held(t) {
		if _, err := h.Redeem(t.Context(), ""); err == nil {
			t.Error("Entra goes on")
		}
	}
	held = c.held(t)
	if len(held) != 2 {
		t.Fatalf("a refusal takes away what is decided on as a whole: %d are held", len(held))
	}
	for _, h := range held {
		check(t, h.Drop(t.Context()))
	}
	if left := c.held(t); len(left) != 0 {
		t.Errorf("%d are held after all were dropped", len(left))
	}
}

// TestTokenOfAnotherRegistrationIsNotTried: Entra would refuse it, and that would look
// as if it refused the person.
func TestTokenOfAnotherRegistrationIsNotTried(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	c.show(t)
	c.org.Connection.ClientID = tenants.NewGUID()
	if held := c.held(t); len(held) != 0 {
		t.Errorf("%d are held", len(held))
	}
}

// TestAbsentPersonIsRefreshedAndCutOff goes the whole way: from a token that was shown
// once to the end of everything, when Entra disowns the person.
func TestAbsentPersonIsRefreshedAndCutOff(t *testing.T) {
	t.Parallel()
	c := newCabinet(t)
	c.show(t)
	by := authz.SystemCaller(c.org.ID, "test")
	r, err := newMembershipRefresher(c.asking, c.db)
	check(t, err)
	for _, step := range []struct {
		change func() error
		want   membership.Result
		answer authz.Answer
	}{
		{func() error { return nil }, membership.Changed, authz.Member},
		{func() error { return nil }, membership.Unchanged, authz.Member},
		{func() error { return c.emulator.SetMembers(directory, "Finance", nil, []string{alice.String()}) }, membership.Changed, authz.NotMember},
		{func() error {
			return c.emulator.SetUser(directory, alice.String(), emulator.UserChange{Enabled: new(bool)})
		}, membership.CutOff, authz.NotMember},
	} {
		check(t, step.change())
		check(t, c.db.SeeMember(t.Context(), by, alice, time.Now()))
		check(t, c.db.PutOff(t.Context(), by, alice, time.Now().Add(-time.Second), membership.Failure{}))
		out, err := r.Refresh(t.Context(), c.view, alice)
		if err != nil || out.Result != step.want {
			t.Fatalf("%+v, %v; want %s", out, err, step.want)
		}
		if record, err := c.db.LoadMembership(t.Context(), c.org.ID, alice); err != nil || record.Answers[finance] != step.answer {
			t.Errorf("%+v, %v", record, err)
		}
	}
	if kept := c.keptOf(t, alice); len(kept) != 0 {
		t.Errorf("kept: %+v", kept)
	}
	data, err := c.db.LoadSnapshot(t.Context(), c.org.ID)
	check(t, err)
	if !authz.IndexRevocations(data.Revocations).Covers(authz.Identity{Org: c.org.ID, OID: alice, IssuedAt: time.Now()}) {
		t.Errorf("%+v", data.Revocations)
	}
}
