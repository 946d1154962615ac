package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
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
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

var deployment = access.Deployment{Tools: []string{"whoami", "my_groups", "dice"}}

var catalog = []tools.Selection{{Name: "whoami", Effect: tools.Read}, {Name: "my_groups", Effect: tools.Read}, {Name: "dice", Effect: tools.Write}}

// estate is an organization behind a real console on a real database, managed by
// an automation of its own.
type estate struct {
	db        *store.DB
	org       tenants.Organization
	documents console.Documents
	proofs    *proofs
	client    *manage.Client

	mu      sync.Mutex
	between []func() // each runs before one PUT
	puts    []string
}

// The parts that managing a document has no use for.
type (
	idleSessions    struct{ console.SessionStore }
	idleOneTime     struct{ console.OneTime }
	idleEncrypter   struct{ console.Encrypter }
	idleCursors     struct{ console.Cursors }
	idleIdempotency struct{ console.Idempotency }
	idleSignIn      struct{ console.SignIn }
	idleDirectory   struct{ console.Directory }
	idleDecisions   struct{ console.Decisions }
	idleOwnAccess   struct{ console.OwnAccess }
	idleCalls       struct{ console.ToolCalls }
	queues          = console.Queues // a name that is not its method's
	idleQueues      struct{ queues }
	idleHealth      struct{ console.PlatformHealth }
	idleOnboarding  struct {
		console.Ownership
		console.Progress
		console.Connections
		console.Registrations
	}
	idleOperators      struct{ console.Operators }
	idleSources        struct{ console.Sources }
	idleContacts       struct{ console.Contacts }
	idleSinks          struct{ console.Sinks }
	idleAlerts         struct{ console.Alerts }
	idleSupport        struct{ console.Support }
	idleSignIns        struct{ console.SignIns }
	idleLogReader      struct{ console.LogReader }
	idleProofs         struct{ console.PlatformProofs }
	idleExportJobs     struct{ console.ExportJobs }
	idleSchedules      struct{ console.ExportSchedules }
	idleLogExporter    struct{ console.LogExporter }
	erasing            = console.Erasures
	idleErasures       struct{ erasing }
	idleAuthorizations struct{ console.Authorizations }
)

type automation struct{ org tenants.Organization }

const (
	bearer   = "an automation's token"
	pipeline = "b0000000-0000-4000-8000-00000000000b" // its client id
)

func (a automation) VerifyToken(_ context.Context, token string) (authz.Identity, error) {
	if token != bearer {
		return authz.Identity{}, fault.New(fault.Unauthenticated, "not a token of ours")
	}
	return authz.Identity{
		Org: a.org.ID, TID: a.org.TID, OID: tenants.MustGUID("a0000000-0000-4000-8000-00000000000a"), Kind: authz.App, AppRoles: []string{console.ManageRole}, Name: "deploy", Client: pipeline,
	}, nil
}

type toolList []tools.Selection

func (l toolList) Tools() []tools.Selection { return l }

func (toolList) Definition(string) []byte { return nil }

// proofs is Entra, which accepts what it is told to.
type proofs struct {
	mu        sync.Mutex
	refuses   error
	meanwhile func()
	tried     []tenants.Organization
}

func (p *proofs) Prove(_ context.Context, o tenants.Organization) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried = append(p.tried, o)
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return p.refuses
}

func newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{db: storetest.New(t).Open(t), org: northwind(), proofs: &proofs{}}
	e.documents = admin.NewDocuments(admin.DocumentParts{Store: e.db, Prover: e.proofs, Deployment: deployment, Now: time.Now})
	e.found(t)
	server := httptest.NewUnstartedServer(nil)
	base, err := url.Parse("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := console.New(console.Parts{
		Base: base, Platform: tenants.TID{GUID: tenants.NewGUID()}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Store: e.db,
		Sessions: idleSessions{}, OneTime: idleOneTime{}, Encrypter: idleEncrypter{}, Cursors: idleCursors{}, Idempotency: idleIdempotency{}, Answers: e.db,
		SignIn: idleSignIn{}, Tokens: automation{e.org}, Directory: idleDirectory{}, Tools: toolList(catalog), Calls: idleCalls{}, Queues: idleQueues{}, Health: idleHealth{}, Sources: idleSources{}, Contacts: idleContacts{}, Sinks: idleSinks{}, Alerts: idleAlerts{}, Authorizations: idleAuthorizations{}, Decisions: idleDecisions{}, OwnAccess: idleOwnAccess{}, AccessReports: admin.NewAccessReports(nil, nil), WhatIf: admin.NewWhatIf(admin.WhatIfParts{}),
		Documents: e.documents, Onboarding: idleOnboarding{}, Operators: idleOperators{}, Support: idleSupport{}, SignIns: idleSignIns{}, Admissions: e.db, LogReader: idleLogReader{}, LogExporter: idleLogExporter{}, Erasures: idleErasures{},
		PlatformProofs: idleProofs{}, ExportJobs: idleExportJobs{}, ExportSchedules: idleSchedules{},
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = e.watched(c)
	server.Start()
	t.Cleanup(server.Close)
	e.client = &manage.Client{Base: *base, Org: e.org.Slug, HTTP: outbound(t), Tokens: manage.BearerToken(bearer)}
	return e
}

func outbound(t *testing.T) *egress.Client {
	t.Helper()
	out, err := egress.New(egress.Options{
		Loopback: egress.AllowLoopback, Timeout: 5 * time.Second, MaxResponseBytes: 1 << 20, Tracer: noop.NewTracerProvider().Tracer(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.Close)
	return out
}

// watched runs what a test wants to happen between reading and writing.
func (e *estate) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			e.mu.Lock()
			e.puts = append(e.puts, r.URL.RequestURI())
			if len(e.between) > 0 {
				e.between[0]()
				e.between = e.between[1:]
			}
			e.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func northwind() tenants.Organization {
	client := tenants.NewGUID()
	return tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug("northwind"), Name: `Northwind "Größe" 😀 <&>`, TID: tenants.TID{GUID: tenants.NewGUID()},
		State: tenants.Active, Mode: tenants.Direct, Membership: tenants.MembershipPolicy{Soft: 5 * time.Minute, Hard: time.Hour},
		Origins: []string{"https://z.example", "https://a.example"},
		Connection: tenants.Connection{
			ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: client, Versions: tenants.V1AndV2, V1Audiences: []string{"api://one"},
			Resource: "api://" + client.String(), Scope: "access_as_user", AppRole: "Use.Tools", Guests: tenants.Admit, Agents: tenants.Refuse, Apps: tenants.Admit,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimUnknown,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret, CreatedAt: time.Now().UTC()},
		},
	}
}

var (
	owner   = tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Name: "Olga"}
	auditor = tenants.RoleGrant{
		ID: tenants.NewGUID(), Role: tenants.Auditor, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: tenants.NewGUID()}, EndsAt: time.Now().Add(time.Hour),
	}
	staff = tenants.NewGUID() // a group
)

// found gives the organization something of everything, an assignment that is
// over and a tool that this deployment does not have included.
func (e *estate) found(t *testing.T) {
	t.Helper()
	by := authz.SystemCaller(e.org.ID, "test")
	claim(t, e.db, e.org)
	reader, payroll := tenants.NewGUID(), tenants.NewGUID()
	_, err := e.db.EditWhole(t.Context(), by, "furnished", func(w *access.Whole) error {
		w.RoleGrants = append(w.RoleGrants, auditor)
		w.Access = access.Configuration{
			Clients: []tenants.Client{{ID: tenants.NewGUID().String(), Name: "Editor"}, {ID: "https://client.example/id", Name: "Web"}},
			Rules: authz.Rules{
				Roles: []authz.Role{
					{ID: reader, Name: "Reader", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"who*", "my_*"}}}},
					{ID: payroll, Name: "Payroll", Permissions: []authz.Permission{
						{Effect: authz.Allow, Patterns: []string{"dice"}, Condition: `args.sides < 7 && caller.guest == false`, AuthenticationContext: "c1"},
						{Effect: authz.Deny, Patterns: []string{"my_groups"}},
					}},
				},
				Assignments: []authz.Assignment{
					{Role: reader, Subject: authz.Subject{Kind: authz.SubjectEverybody}},
					{Role: payroll, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: staff.String()}, Name: "Staff", EndsAt: time.Now().Add(time.Hour)},
					{Role: payroll, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: tenants.NewGUID().String()}, EndsAt: time.Now().Add(-time.Hour)},
				},
				ScopeCeilings: map[string]authz.Ceiling{"tools.read": {Patterns: []string{"who*"}}},
			},
			Tools: append([]tools.Selection{{Name: "gone_tool", Effect: tools.Destructive}}, catalog[:2]...),
		}
		w.Access.Rules.ClientCeilings = map[string]authz.Ceiling{w.Access.Clients[0].ID: {Patterns: []string{"*"}}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (e *estate) whole(t *testing.T) access.Whole {
	t.Helper()
	w, err := e.db.Whole(t.Context(), e.org.ID)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// trace is what every change leaves: the version, and the last of the records.
func (e *estate) trace(t *testing.T) (version int64, records []audit.Record) {
	t.Helper()
	data, err := e.db.LoadSnapshot(t.Context(), e.org.ID)
	if err != nil {
		t.Fatal(err)
	}
	err = e.db.Records(t.Context(), nil, e.org.ID, tenants.GUID{}, func(r store.StoredRecord) error {
		record, err := audit.Decode(r.Payload)
		records = append(records, record)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data.Version, records
}

func (e *estate) export(t *testing.T, extent manage.Extent) string {
	t.Helper()
	var out strings.Builder
	if err := manage.Export(t.Context(), e.client, extent, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// apply applies a text as gatehouse apply does.
func (e *estate) apply(t *testing.T, text string, with func(*manage.Application)) (manage.Outcome, string, error) {
	t.Helper()
	f, err := orgfile.Read("org.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	a := manage.Application{File: f, Secrets: manage.Secrets{Value: os.LookupEnv, ReadFile: os.ReadFile}}
	if with != nil {
		with(&a)
	}
	var out strings.Builder
	outcome, err := manage.Apply(t.Context(), e.client, a, &out)
	return outcome, out.String(), err
}

func claim(t *testing.T, db *store.DB, o tenants.Organization) {
	t.Helper()
	n := tenants.NewOrganization{Organization: o, WrappedKey: []byte("wrapped"), Owner: owner}
	if !o.Connection.Credential.ID.IsZero() {
		n.Credential = []byte("encrypted")
	}
	if err := db.ClaimOrganization(t.Context(), authz.SystemCaller(o.ID, "test"), n); err != nil {
		t.Fatal(err)
	}
}
