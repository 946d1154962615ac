package admin_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/access"
	"gatehouse/internal/admin"
	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/egress"
	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/graph"
	"gatehouse/internal/keys"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/secrets"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

const (
	acmeID     = "44444444-4444-4444-8444-444444444444"
	vendorID   = "55555555-5555-4555-8555-555555555555"
	sharedID   = "5a4ed000-0000-4000-8000-000000000003"
	adaID      = "ad000000-0000-4000-8000-000000000001"
	bobID      = "b0b00000-0000-4000-8000-000000000002"
	umaID      = "05e00000-0000-4000-8000-000000000002"
	staffID    = "5aff0000-0000-4000-8000-000000000009"
	cloudAdmin = "158c047a-c907-4556-b7ef-446551a6b5f7"
)

// office is a platform with an empty database, beside an emulated Entra in which
// nothing is registered for Acme.
type office struct {
	console.Onboarding
	t       *testing.T
	db      *store.DB
	server  storetest.Database
	login   string
	graph   string
	denied  string // a permission nobody has consented to
	invited *invitations
	events  []audit.Event
	closed  error // why the log takes nothing
}

// record is the organization's log.
func (o *office) record(_ context.Context, by authz.Caller, e audit.Event) error {
	if by.Identity().OID.String() == adaID && o.closed == nil {
		o.events = append(o.events, e)
	}
	return o.closed
}

type invitations struct {
	mu    sync.Mutex
	codes map[string]tenants.TID
}

func (i *invitations) ApprovedSlugs(context.Context, tenants.TID) ([]tenants.SlugApproval, error) {
	return []tenants.SlugApproval{{Slug: tenants.MustSlug("approved")}}, nil
}

func (i *invitations) TakeInvitation(_ context.Context, tid tenants.TID, code string) (tenants.Invitation, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if by, ok := i.codes[code]; !ok || !by.IsZero() && by != tid {
		return tenants.Invitation{}, fault.New(fault.NotFound, "no such invitation")
	}
	i.codes[code] = tid
	return tenants.Invitation{TakenBy: tid}, nil
}

func newOffice(t *testing.T, admission onboarding.Admission) *office {
	t.Helper()
	mux := http.NewServeMux()
	platform := httptest.NewServer(mux)
	t.Cleanup(platform.Close)
	base := strings.Replace(platform.URL, "127.0.0.1", "localhost", 1)
	d := storetest.New(t)
	o := &office{t: t, db: d.Open(t), server: d, invited: &invitations{codes: map[string]tenants.TID{}}}
	kek := must(secrets.NewLocalKEK([32]byte{1}))
	ring := must(keys.NewRing(keys.Options{Store: &keyShelf{}, Box: must(secrets.NewPlatformBox(kek, o.db)), Logger: slog.New(slog.DiscardHandler), Now: time.Now}))
	issuer := must(keys.NewIssuer(ring, base, time.Now))
	mux.Handle("GET "+keys.MetadataPath, issuer.Metadata())
	mux.Handle("GET "+keys.KeysPath, issuer.Keys())
	o.emulate(base + "/t/acme/mcp")
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 10 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	emulated := must(entra.LoopbackAuthority(o.login, o.graph))
	authority := func(tenants.Cloud) entra.Authority { return emulated }
	o.Onboarding = admin.NewOnboarding(admin.OnboardingParts{
		Store: o.db, Operator: o.invited, Admission: admission, Keys: must(secrets.NewBox(kek)), Tokens: entra.NewTokenClient(out, time.Now),
		Authority: authority, Graph: map[tenants.Cloud]*graph.Client{tenants.PublicCloud: must(graph.New(o.graph, out))}, People: o,
		Credential: entra.Proofs{
			SharedApp: must(entra.SecretCredential(entra.NewSecret("shared-secret"))), Issuer: issuer, Authority: authority, Now: time.Now,
		}.Of,
		Cloud: tenants.PublicCloud, Base: must(url.Parse(base)), Issuer: issuer.URL(), Record: o.record, Now: time.Now,
		SharedApp: admin.SharedApp{ClientID: tenants.MustGUID(sharedID), IdentifierURI: "api://" + sharedID},
	})
	return o
}

// keyShelf keeps signing keys.
type keyShelf struct {
	mu  sync.Mutex
	all []keys.Stored
}

func (k *keyShelf) SigningKeys(context.Context, keys.Purpose) ([]keys.Stored, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.all), nil
}

func (k *keyShelf) AddSigningKey(_ context.Context, n keys.Stored) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, n)
	return nil
}

// emulate starts an Entra whose shared app answers to the endpoint.
func (o *office) emulate(endpoint string) {
	o.t.Helper()
	login, root := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	o.login, o.graph = "http://"+login.Listener.Addr().String(), "http://"+root.Listener.Addr().String()
	e, err := emulator.New(emulator.Options{
		EntraURL: o.login, GraphURL: o.graph, ControlToken: "control", Entropy: "admin",
		Tenants: []seed.Tenant{{
			ID: acmeID, Name: "Acme", Domain: "acme.example",
			Users: []seed.User{
				{ID: adaID, Username: "ada@acme.example", Password: "pw", Name: "Ada Admin", DirectoryRoles: []string{cloudAdmin}},
				{ID: bobID, Username: "bob@acme.example", Password: "pw", Name: "Bob Boss", DirectoryRoles: []string{entra.GlobalAdministrator.Template.String()}},
				{ID: umaID, Username: "uma@acme.example", Password: "pw", Name: "Uma User"},
			},
			Groups: []seed.Group{{ID: staffID, Name: "Staff", Members: []string{umaID}}},
		}, {
			ID: vendorID, Name: "Vendor", Domain: "vendor.example",
			Users: []seed.User{{ID: "e0e00000-0000-4000-8000-000000000005", Username: "eve@vendor.example", Password: "pw", Name: "Eve", DirectoryRoles: []string{cloudAdmin}}},
			Apps: []seed.App{{
				ID: sharedID, Name: "Gatehouse", MultiTenant: true, RequestedTokenVersion: 2, Secret: "shared-secret", IdentifierURIs: []string{"api://" + sharedID, endpoint}, Redirects: seed.Redirects{Web: []string{setup.SharedRedirect(strings.TrimSuffix(endpoint, "/t/acme/mcp")).URI}},
				Scopes: []string{"access_as_user"}, RequiredAccess: []seed.Access{{Resource: seed.MicrosoftGraph, Scopes: onboarding.BasePermissions()}},
			}},
		}},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(e.Close)
	login.Config.Handler, root.Config.Handler = e.Entra(), e.Graph()
	for _, s := range []*httptest.Server{login, root} {
		s.Start()
		o.t.Cleanup(s.Close)
	}
}

// GraphToken is a person's for Microsoft Graph, as their delegation gives it.
func (o *office) GraphToken(ctx context.Context, p console.Person, scopes ...string) (string, error) {
	for i, s := range scopes {
		if s == o.denied {
			return "", fault.New(fault.Forbidden, "nobody has consented to "+s+"; sign in again at /auth/sign-in?scopes="+s)
		}
		scopes[i] = "https://graph.microsoft.com/" + s
	}
	form := url.Values{"grant_type": {"password"}, "client_id": {seed.AzureCLI}, "scope": {strings.Join(scopes, " ")}, "username": {p.Username}, "password": {"pw"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.login+"/"+p.TID.String()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	o.send(req, &answer)
	return answer.Token, nil
}

func (o *office) send(req *http.Request, out any) {
	o.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 || json.Unmarshal(text, out) != nil {
		o.t.Fatalf("%s %s: %d %s (%v)", req.Method, req.URL, resp.StatusCode, text, err)
	}
}

// secret makes a client secret of an app registration, as its administrator.
func (o *office) secret(objectID tenants.GUID) string {
	o.t.Helper()
	token, err := o.GraphToken(o.t.Context(), ada(), "Application.ReadWrite.All")
	if err != nil {
		o.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.graph+"/v1.0/applications/"+objectID.String()+"/addPassword",
		strings.NewReader(`{"passwordCredential":{"displayName":"Gatehouse"}}`))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	var answer struct {
		Text string `json:"secretText"`
	}
	o.send(req, &answer)
	return answer.Text
}

// application registers an app by hand, and returns its client id.
func (o *office) application(name string) tenants.GUID {
	o.t.Helper()
	token, err := o.GraphToken(o.t.Context(), ada(), "Application.ReadWrite.All")
	if err != nil {
		o.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.graph+"/v1.0/applications", strings.NewReader(`{"displayName":"`+name+`"}`))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	var answer struct {
		AppID tenants.GUID `json:"appId"`
	}
	o.send(req, &answer)
	return answer.AppID
}

func person(tid, oid, username string, roles ...string) console.Person {
	p := console.Person{
		TID: tenants.TID{GUID: tenants.MustGUID(tid)}, OID: tenants.MustGUID(oid), Name: username, Username: username, RolesTold: true, SignedInAt: time.Now(),
	}
	for _, r := range roles {
		p.WIDs = append(p.WIDs, tenants.MustGUID(r))
	}
	return p
}

func ada() console.Person { return person(acmeID, adaID, "ada@acme.example", cloudAdmin) }

func bob() console.Person {
	return person(acmeID, bobID, "bob@acme.example", entra.GlobalAdministrator.Template.String())
}

func uma() console.Person { return person(acmeID, umaID, "uma@acme.example") }

// claim makes Acme an organization with Ada as its owner.
func (o *office) claim() tenants.Organization {
	o.t.Helper()
	got, err := o.Claim(o.t.Context(), ada(), console.Claim{Slug: "acme"})
	if err != nil || got.Joined != nil {
		o.t.Fatalf("%+v, %v", got, err)
	}
	return got.Organization
}

// by is Ada in the organization as it is now.
func (o *office) by(org tenants.ID) console.Actor {
	o.t.Helper()
	now, err := o.db.Organization(o.t.Context(), org)
	if err != nil {
		o.t.Fatal(err)
	}
	p := ada()
	id := authz.Identity{Org: now.ID, TID: p.TID, OID: p.OID, Kind: authz.User, Delegated: true, Name: p.Name}
	return console.Actor{Caller: authz.Actor(id), Role: tenants.Owner, Organization: now, Person: &p}
}

func unchanged(tenants.Connection) error { return nil }

// connect connects an own app.
func (o *office) connect(org tenants.ID, client tenants.GUID) tenants.Connection {
	o.t.Helper()
	n, err := o.Connect(o.t.Context(), o.by(org).Caller, console.ConnectionSettings{Model: tenants.OwnApp, ClientID: client}, unchanged)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func (o *office) register(org tenants.ID, w console.WantedRegistration) console.Registration {
	o.t.Helper()
	made, err := o.CreateRegistration(o.t.Context(), o.by(org), w)
	if err != nil {
		o.t.Fatal(err)
	}
	return made
}

func (o *office) put(org tenants.ID, n console.NewCredential) error {
	o.t.Helper()
	_, err := o.PutCredential(o.t.Context(), o.by(org).Caller, n, unchanged)
	return err
}

// step is the one that is to be taken next, with its state.
func (o *office) step(org tenants.ID) (string, onboarding.Step) {
	o.t.Helper()
	s, err := o.Onboarding.Onboarding(o.t.Context(), o.by(org))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, step := range s.Steps {
		if string(step.ID) == s.Step {
			return s.Step, step
		}
	}
	o.t.Fatalf("there is no step %q", s.Step)
	return "", onboarding.Step{}
}

// pair is a certificate, alone and with its key.
func pair(t *testing.T, ends time.Time) (certificate, bundle string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Gatehouse"}, NotBefore: ends.AddDate(-2, 0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certificate, certificate + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// assign gives a group a tool role.
// staffGroup is a group of the directory that is set up, and everybody whoever is in it.
var (
	staffGroup = authz.Subject{Kind: authz.SubjectGroup, Value: staffID}
	everybody  = authz.Subject{Kind: authz.SubjectEverybody}
)

func (o *office) assign(org tenants.ID, to authz.Subject) {
	o.t.Helper()
	_, err := o.db.EditAccess(o.t.Context(), o.by(org).Caller, "role assigned", func(c *access.Configuration) error {
		role, err := c.AddRole(authz.Role{ID: tenants.NewGUID(), Name: "Readers", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"whoami"}}}})
		if err != nil {
			return err
		}
		_, err = c.AddAssignment(authz.Assignment{ID: tenants.NewGUID(), Role: role.ID, Subject: to}, time.Now())
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func wants(t *testing.T, err error, kind fault.Kind, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(fault.Public(err), text) {
		t.Errorf("%v of kind %s, want %s that says %q", err, fault.KindOf(err), kind, text)
	}
}
