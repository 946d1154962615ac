package store_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gatehouse/internal/access"
	"gatehouse/internal/audit/proof"
	"gatehouse/internal/audit/seal"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/exports"
	"gatehouse/internal/fault"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/membership"
	"gatehouse/internal/sinks"
	"gatehouse/internal/sources"
	"gatehouse/internal/store"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
	"gatehouse/internal/watch"
)

// pair is two organizations with everything a tenant can have.
type pair struct {
	db   *store.DB
	a, b tenants.Organization

	support     tenants.GUID   // a's request of furnish
	notice      tenants.GUID   // a's notice of it
	reservation tenants.GUID   // a's likewise
	letter      tenants.GUID   // of a's, open
	session     tenants.GUID   // of a's, with subscriptions
	until       time.Time      // when a's letter expires
	hook        graphhook.Hook // a's

	registration string       // a client of a's
	connection   tenants.GUID // a's, of somebody with that client
	person       tenants.GUID // whose it is
	grant        tenants.GUID // of it

	preregistered string                       // a client that an admin of a's registered, with a secret
	authorized    authorizations.Authorization // a's, of somebody at the source

	worker *store.DB // the same database, as the worker sees it

	alert    tenants.GUID // of a's
	delivery tenants.GUID // of it, waiting

	export   exports.New            // a's, of which a part has arrived
	schedule tenants.ExportSchedule // a's

	wish tenants.AccessRequest // of somebody at a
}

func newPair(t *testing.T, d storetest.Database) pair {
	t.Helper()
	p := pair{db: d.Open(t), a: organization("contoso"), b: organization("fabrikam")}
	for _, o := range []tenants.Organization{p.a, p.b} {
		create(t, p.db, o)
		must(t, configure(t.Context(), p.db, o, configuration()))
	}
	return p
}

// furnish gives both what an organization gets in the course of its life.
func (p *pair) furnish(t *testing.T) {
	t.Helper()
	for _, o := range []tenants.Organization{p.b, p.a} {
		support, err := p.db.RequestSupport(t.Context(), caller(o), tenants.NewGUID(), "ticket 7")
		must(t, err)
		reservation, _, err := p.db.Recall(t.Context(), caller(o), "key-1", [32]byte{1}, half)
		must(t, err)
		notices, err := p.db.Notices(t.Context(), o.ID)
		must(t, err)
		p.support, p.reservation, p.notice = support.ID, reservation, notices[0].ID
		p.letter, p.session = tenants.NewGUID(), tenants.NewGUID()
		p.until = time.Now().Add(time.Hour)
		must(t, p.db.OpenLetters(t.Context(), caller(o), p.until, p.letter))
		must(t, p.db.SaveFollowed(t.Context(), caller(o), []byte("of "+o.Slug.String())))
		must(t, p.db.HurryChore(t.Context(), caller(o), "watch", p.until.Add(-2*time.Hour)))
		p.hook = aHook()
		must(t, p.db.PutHook(t.Context(), caller(o), p.hook))
		must(t, p.db.PutSubscriptions(t.Context(), caller(o), p.session, store.Subscribed{Revision: 1, Ciphertext: []byte("a")}, time.Now().Add(time.Hour)))
		p.registration = registered(t, p.db, o, time.Now()).ID
		c, g := aConnection(tenants.NewGUID(), p.registration), aGrant(time.Now())
		p.connection, p.person, p.grant = connected(t, p.db, o, c, g).ID, c.Person.OID, g.ID
		must(t, p.db.KeepToken(t.Context(), caller(o), aKeptToken(o, p.person, time.Now())))
		must(t, p.db.SeeMember(t.Context(), caller(o), p.person, time.Now()))
		p.preregistered = preregistered(t, p.db, o, time.Now()).ID
		must(t, p.db.Ask(t.Context(), caller(o), aRequest("https://editor.example")))
		must(t, p.db.SawEntraClient(t.Context(), caller(o), codeEditor))
		p.authorized = anAuthorization(tenants.NewGUID())
		must(t, p.db.AuthorizeSource(t.Context(), caller(o), p.authorized))
		must(t, p.db.KeepSourceClient(t.Context(), caller(o), notesSecret, []byte(o.Slug.String())))
		p.alert, p.delivery = tenants.NewGUID(), tenants.NewGUID()
		must(t, p.db.SettleAlerts(t.Context(), caller(o), time.Now(), func(watch.State) (watch.Changes, error) {
			return watch.Changes{Alerts: []watch.Alert{anAlert(p.alert)}, Deliveries: []watch.Delivery{aDelivery(p.delivery, p.alert)}}, nil
		}))
		p.export = anExportOf(t, *p, o)
		p.schedule = aScheduleOf(t, *p, o)
		asked, bob := wish(o, "Bob")
		must(t, p.db.AskAccess(t.Context(), bob, asked))
		p.wish = asked
		refreshed(t, p.db, o, tool("search"), tool("write"))
		must(t, p.db.PutUpstreamSession(t.Context(), caller(o), upstream.StoredSession{
			SessionKey: upstream.SessionKey{Session: session, Source: notes}, Ciphertext: []byte(o.Slug.String()), ExpiresAt: time.Now().Add(time.Hour),
		}))
	}
}

func configure(ctx context.Context, db *store.DB, o tenants.Organization, to access.Configuration) error {
	_, err := db.EditAccess(ctx, caller(o), "configuration set", func(c *access.Configuration) error {
		*c = to
		return nil
	})
	return err
}

func setState(ctx context.Context, db *store.DB, o tenants.Organization, state tenants.State) error {
	_, err := db.EditOrganization(ctx, caller(o), "state set", func(o *tenants.Organization) error {
		o.State = state
		return nil
	})
	return err
}

// rename makes a change that is another one each time.
func rename(ctx context.Context, db *store.DB, o tenants.Organization) error {
	_, err := db.EditOrganization(ctx, caller(o), "renamed", func(o *tenants.Organization) error {
		o.Name += "!"
		return nil
	})
	return err
}

func organization(slug string) tenants.Organization {
	return tenants.Organization{
		ID: tenants.NewID(), Slug: tenants.MustSlug(slug), Name: slug, TID: tenants.TID{GUID: tenants.NewGUID()},
		State: tenants.Active, Mode: tenants.Direct,
		Connection: tenants.Connection{
			Cloud: tenants.PublicCloud, ClientID: tenants.NewGUID(), Versions: tenants.V2Only, Resource: "https://mcp.example.com/t/" + slug + "/mcp",
			Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse,
			GroupSource: tenants.OnBehalfOf, GroupsClaim: tenants.ClaimConfigured, ID: tenants.NewGUID(), Model: tenants.OwnApp,
			Credential: tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret},
		},
		Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
	}
}

func create(tb testing.TB, db *store.DB, o tenants.Organization) {
	tb.Helper()
	must(tb, db.ClaimOrganization(tb.Context(), caller(o), tenants.NewOrganization{
		Organization: o, WrappedKey: []byte("wrapped"), Credential: []byte("encrypted"), Owner: owner(),
	}))
}

func owner() tenants.RoleGrant {
	return tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: tenants.NewGUID()}, Name: "Olivia"}
}

var operations = tenants.MustGUID("0c0ffee0-0000-4000-8000-000000000001")

func caller(o tenants.Organization) authz.Caller { return authz.SystemCaller(o.ID, "store test") }

func configuration() access.Configuration {
	role := tenants.NewGUID()
	return access.Configuration{
		Clients: []tenants.Client{{ID: "client-1", Name: "One"}},
		Rules: authz.Rules{
			Roles:          []authz.Role{{ID: role, Name: "staff", Permissions: []authz.Permission{{Effect: authz.Allow, Patterns: []string{"whoami"}}}}},
			Assignments:    []authz.Assignment{{Role: role, Subject: authz.Subject{Kind: authz.SubjectEverybody}}},
			ClientCeilings: map[string]authz.Ceiling{"client-1": {Patterns: []string{"*"}}},
			ScopeCeilings:  map[string]authz.Ceiling{"tools.read": {Patterns: []string{"*_get"}}},
		},
		Tools:      []tools.Selection{{Name: "whoami", Effect: tools.Read}},
		Sources:    []tools.Source{source()},
		Approvals:  []tools.Approval{approval(tool("search"), tools.Read)},
		Toolsets:   []tools.Toolset{{Name: "desk", Title: "Desk", Patterns: []string{"who*"}}},
		Recordings: []tenants.Recording{{Name: "one", Tool: "a*", Arguments: []string{"/a"}, Result: []string{"/b"}}},
		Limits:     []tenants.Limit{{Name: "one", Per: tenants.PerClient, Client: "client-1", Rate: tenants.LimitRate{Calls: 60, Every: tenants.EveryMinute, Burst: 5}, PerDay: 100, Uncounted: tenants.Refuse}},
		Contacts:   []tenants.Contact{{ID: operations, Name: "operations", Email: "operations@contoso.example", Urgent: true, Digest: true}},
		Sinks:      []tenants.Sink{theArchive()},
		Secrets:    map[tenants.GUID][]byte{notesSecret: []byte("encrypted"), archiveSecret: []byte("signature")},
	}
}

// crossings tries each exported method of the store as A against B, or as B
// while A must stay as it was. A method without a row here fails the test.
var crossings = map[string]func(t *testing.T, p pair){
	"Close": func(*testing.T, pair) {}, // touches no data
	"Now":   func(*testing.T, pair) {}, // nor does this
	// The platform's key is no organization's.
	"PlatformKey": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.PlatformKey(t.Context()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
	},
	"CreatePlatformKey": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.CreatePlatformKey(t.Context(), []byte("wrapped"))
		must(t, err)
	},
	"RewrapPlatformKey": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.CreatePlatformKey(t.Context(), []byte("wrapped"))
		must(t, err)
		must(t, p.db.RewrapPlatformKey(t.Context(), []byte("wrapped"), []byte("anew")))
	},
	"Listen": func(*testing.T, pair) {}, // carries ids only; TestNotificationsCarryIdsOnly
	"OrgBySlug": func(t *testing.T, p pair) { // ids are what it is for
		t.Helper()
		if id, err := p.db.OrgBySlug(t.Context(), p.a.Slug); err != nil || id != p.a.ID {
			t.Errorf("%v %v", id, err)
		}
	},
	"Changes": func(t *testing.T, p pair) { // ids, versions and ends of sessions are what it is for
		t.Helper()
		changes, _, err := p.db.Changes(t.Context(), "")
		if err != nil || len(changes) != 2 {
			t.Errorf("%v %v", changes, err)
		}
	},
	"Organization": func(t *testing.T, p pair) {
		t.Helper()
		if o, err := p.db.Organization(t.Context(), p.a.ID); err != nil || o.Slug != p.a.Slug {
			t.Errorf("%v %v", o, err)
		}
		if _, err := p.db.Organization(t.Context(), tenants.NewID()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("an organization that is not there: %v", err)
		}
	},
	"ClaimOrganization": func(t *testing.T, p pair) {
		t.Helper()
		stolen := organization("northwind")
		stolen.ID = p.a.ID
		err := p.db.ClaimOrganization(t.Context(), caller(p.b), tenants.NewOrganization{Organization: stolen, WrappedKey: []byte("x"), Credential: []byte("x")})
		if err == nil {
			t.Error("B made a row with A's id")
		}
		twice := organization("tailspin")
		twice.TID = p.a.TID
		err = p.db.ClaimOrganization(t.Context(), caller(twice), tenants.NewOrganization{Organization: twice, WrappedKey: []byte("x"), Credential: []byte("x")})
		if fault.KindOf(err) != fault.Conflict || fault.Public(err) != "this directory is connected to an organization already; ask its owner for a role there" {
			t.Errorf("A's Entra tenant was claimed again: %v", err)
		}
		taken := organization(p.a.Slug.String())
		err = p.db.ClaimOrganization(t.Context(), caller(taken), tenants.NewOrganization{Organization: taken, WrappedKey: []byte("x"), Credential: []byte("x")})
		if fault.KindOf(err) != fault.Conflict || fault.Public(err) != "slug is taken; choose another" {
			t.Errorf("A's slug was taken again: %v", err)
		}
	},
	"OrgByTID": func(t *testing.T, p pair) { // ids are what it is for
		t.Helper()
		if id, err := p.db.OrgByTID(t.Context(), p.a.TID); err != nil || id != p.a.ID {
			t.Errorf("%v %v", id, err)
		}
		if _, err := p.db.OrgByTID(t.Context(), tenants.TID{GUID: tenants.NewGUID()}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a tenant without organization: %v", err)
		}
	},
	"EditOrganization": func(t *testing.T, p pair) {
		t.Helper()
		must(t, setState(t.Context(), p.db, p.b, tenants.Suspended))
		for field, steal := range map[string]func(*tenants.Organization){
			"organization id":       func(o *tenants.Organization) { o.ID = p.a.ID },
			"slug":                  func(o *tenants.Organization) { o.Slug = p.a.Slug },
			"directory (tenant) ID": func(o *tenants.Organization) { o.TID = p.a.TID },
		} {
			_, err := p.db.EditOrganization(t.Context(), caller(p.b), "theft", func(o *tenants.Organization) error { steal(o); return nil })
			if fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(fault.Public(err), field+" never changes") {
				t.Errorf("B takes A's %s: %v", field, err)
			}
		}
		if err := setState(t.Context(), p.db, organization("nobody"), tenants.Active); fault.KindOf(err) != fault.NotFound {
			t.Errorf("an organization that is not there: %v", err)
		}
	},
	"OperateOrganization": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.OperateOrganization(t.Context(), caller(p.b), "suspended", "", func(o *tenants.Organization) error { return o.Suspend(tenants.ByOperator) })
		must(t, err)
	},
	"PutCredential": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.PutCredential(t.Context(), caller(p.b), tenants.Credential{ID: p.a.Connection.Credential.ID, Kind: tenants.ClientSecret}, []byte("b")))
		_, ciphertext, _, err := p.db.CredentialOf(t.Context(), p.a.ID)
		if err != nil || string(ciphertext) != "encrypted" {
			t.Errorf("A has %q %v", ciphertext, err)
		}
	},
	"PutCredentialIf": func(t *testing.T, p pair) {
		t.Helper()
		n := tenants.NewCredential{Credential: tenants.Credential{ID: p.a.Connection.Credential.ID, Kind: tenants.ClientSecret}, Ciphertext: []byte("b")}
		_, err := p.db.PutCredentialIf(t.Context(), caller(p.b), n, func(seen tenants.Organization) error {
			if seen.ID != p.b.ID {
				t.Errorf("B is shown %s", seen.ID)
			}
			return nil
		})
		must(t, err)
		_, ciphertext, _, err := p.db.CredentialOf(t.Context(), p.a.ID)
		if err != nil || string(ciphertext) != "encrypted" {
			t.Errorf("A has %q %v", ciphertext, err)
		}
	},
	"PutConnection": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.PutConnection(t.Context(), caller(p.b), p.a.Connection, []byte("b"))
		if fault.KindOf(err) != fault.Conflict || !strings.HasPrefix(fault.Public(err), "client id is connected to another organization") {
			t.Errorf("B connects A's client id: %v", err)
		}
	},
	"CredentialOf": func(t *testing.T, p pair) {
		t.Helper()
		c, _, wrapped, err := p.db.CredentialOf(t.Context(), p.b.ID)
		if err != nil || c != p.b.Connection.Credential || string(wrapped) != "wrapped" {
			t.Errorf("%+v %q %v", c, wrapped, err)
		}
	},
	"EditAccess": func(t *testing.T, p pair) {
		t.Helper()
		stolen, err := p.db.Access(t.Context(), p.a.ID)
		must(t, err)
		if len(stolen.Secrets) > 0 {
			t.Error("a configuration that is read has secrets")
		}
		must(t, configure(t.Context(), p.db, p.b, stolen)) // the same ids, in rows of its own
		must(t, configure(t.Context(), p.db, p.b, access.Configuration{}))
	},
	"Access": func(t *testing.T, p pair) {
		t.Helper()
		must(t, configure(t.Context(), p.db, p.b, access.Configuration{}))
		c, err := p.db.Access(t.Context(), p.b.ID)
		if err != nil || len(c.Clients)+len(c.Tools)+len(c.Rules.Roles)+len(c.Rules.Assignments)+len(c.Rules.ScopeCeilings)+len(c.Sources)+len(c.Approvals)+len(c.Toolsets)+len(c.Limits)+len(c.Recordings)+len(c.Contacts)+len(c.Sinks) != 0 {
			t.Errorf("B reads %+v %v", c, err)
		}
	},
	"Whole": func(t *testing.T, p pair) {
		t.Helper()
		w, err := p.db.Whole(t.Context(), p.b.ID)
		if err != nil || w.Organization.Slug != p.b.Slug || len(w.RoleGrants) != 1 || len(w.Access.Clients) != 2 || len(w.Access.Preregistered) != 1 || w.Access.Preregistered[0].ID == p.preregistered {
			t.Errorf("%+v %v", w, err)
		}
	},
	"EditWhole": func(t *testing.T, p pair) {
		t.Helper()
		stolen, err := p.db.Whole(t.Context(), p.a.ID)
		must(t, err)
		_, err = p.db.EditWhole(t.Context(), caller(p.b), "all replaced", func(w *access.Whole) error {
			w.Access, w.RoleGrants, w.Organization.Name = stolen.Access, stolen.RoleGrants, stolen.Organization.Name
			return nil
		})
		must(t, err)
	},
	"TryWhole": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.TryWhole(t.Context(), caller(p.b), func(w *access.Whole) error {
			w.Access = access.Configuration{}
			return nil
		})
		must(t, err)
	},
	"EditRoleGrants": func(t *testing.T, p pair) {
		t.Helper()
		theirs, err := p.db.RoleGrants(t.Context(), p.a.ID)
		must(t, err)
		must(t, p.db.EditRoleGrants(t.Context(), caller(p.b), "owners replaced", func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) { return theirs, nil }))
	},
	"JoinOrganization": func(t *testing.T, p pair) {
		t.Helper()
		theirs, err := p.db.RoleGrants(t.Context(), p.a.ID)
		must(t, err)
		held, err := p.db.JoinOrganization(t.Context(), caller(p.b), "joined", theirs[0])
		if err != nil || len(held) != 1 {
			t.Errorf("%+v %v", held, err)
		}
	},
	"HadRoleGrant": func(t *testing.T, p pair) {
		t.Helper()
		was, err := p.db.RoleGrants(t.Context(), p.b.ID)
		must(t, err)
		must(t, p.db.EditRoleGrants(t.Context(), caller(p.b), "owner replaced", func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) {
			return []tenants.RoleGrant{owner()}, nil
		}))
		for org, want := range map[tenants.ID]bool{p.a.ID: false, p.b.ID: true} {
			if had, err := p.db.HadRoleGrant(t.Context(), org, was[0].Grantee); err != nil || had != want {
				t.Errorf("%v %v", had, err)
			}
		}
	},
	"RoleGrants": func(t *testing.T, p pair) {
		t.Helper()
		grants, err := p.db.RoleGrants(t.Context(), p.b.ID)
		if err != nil || len(grants) != 1 {
			t.Errorf("%+v %v", grants, err)
		}
	},
	"TellRoleGrants": func(t *testing.T, p pair) {
		t.Helper()
		theirs, err := p.db.RoleGrants(t.Context(), p.a.ID)
		must(t, err)
		must(t, p.db.TellRoleGrants(t.Context(), caller(p.b), tenants.OwnershipRecovered, "owners replaced", func([]tenants.RoleGrant) ([]tenants.RoleGrant, error) { return theirs, nil }))
	},
	"Notices": func(t *testing.T, p pair) {
		t.Helper()
		list, err := p.db.Notices(t.Context(), p.b.ID)
		if err != nil || len(list) != 1 || list[0].ID == p.notice {
			t.Errorf("%+v %v", list, err)
		}
	},
	"DismissNotice": func(t *testing.T, p pair) {
		t.Helper()
		if err := p.db.DismissNotice(t.Context(), person(t, p.b, p.b.TID, "Bob"), p.notice); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B dismisses A's: %v", err)
		}
	},
	"RequestSupport": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.RequestSupport(t.Context(), caller(p.b), tenants.NewGUID(), "another"); err != nil {
			t.Error(err)
		}
	},
	"ApproveSupport": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.ApproveSupport(t.Context(), caller(p.b), p.support, time.Hour)
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("B approves A's: %v", err)
		}
	},
	"RevokeSupport": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.RevokeSupport(t.Context(), caller(p.b), p.support); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B revokes A's: %v", err)
		}
	},
	"SupportAccesses": func(t *testing.T, p pair) {
		t.Helper()
		list, err := p.db.SupportAccesses(t.Context(), p.b.ID)
		if err != nil || len(list) != 1 || list[0].ID == p.support {
			t.Errorf("%+v %v", list, err)
		}
	},
	"Recall": func(t *testing.T, p pair) {
		t.Helper()
		if _, _, err := p.db.Recall(t.Context(), caller(p.b), "key-2", [32]byte{9}, half); err != nil {
			t.Errorf("B with a key of its own: %v", err)
		}
	},
	"Remember": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Remember(t.Context(), caller(p.b), p.reservation, store.Answer{Status: 201}))
	},
	"Forget": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Forget(t.Context(), caller(p.b), p.reservation))
	},
	"WrappedKeys": func(t *testing.T, p pair) { // keys under the platform's key are what it is for
		t.Helper()
		keys, err := p.db.WrappedKeys(t.Context(), tenants.ID{}, 10)
		if err != nil || len(keys) != 2 {
			t.Errorf("%v %v", keys, err)
		}
	},
	"Rewrapped": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Rewrapped(t.Context(), caller(p.b), []byte("again")))
	},
	"SaveSession": func(t *testing.T, p pair) { // of the platform, as those below
		t.Helper()
		must(t, p.db.SaveSession(t.Context(), [32]byte{1}, time.Now().Add(time.Hour), []byte("x")))
	},
	"FindSession": func(t *testing.T, p pair) {
		t.Helper()
		if _, _, err := p.db.FindSession(t.Context(), [32]byte{2}); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"TouchSession": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.TouchSession(t.Context(), [32]byte{1}, time.Now().Add(time.Hour)))
	},
	"DeleteSession": func(t *testing.T, p pair) { t.Helper(); must(t, p.db.DeleteSession(t.Context(), [32]byte{1})) },
	"PutOneTime": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.PutOneTime(t.Context(), [32]byte{1}, time.Now().Add(time.Hour), []byte("x")))
	},
	"TakeOneTime": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.TakeOneTime(t.Context(), [32]byte{2}); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"HasOneTime": func(t *testing.T, p pair) {
		t.Helper()
		if there, err := p.db.HasOneTime(t.Context(), [32]byte{2}); err != nil || there {
			t.Errorf("%t %v", there, err)
		}
	},
	"RecallOutside": func(t *testing.T, p pair) { // of the platform, as those below
		t.Helper()
		if _, answer, err := p.db.RecallOutside(t.Context(), [32]byte{1}, [32]byte{2}); err != nil || answer != nil {
			t.Errorf("%q %v", answer, err)
		}
	},
	"RememberOutside": func(t *testing.T, p pair) { // a's reservation is none of these
		t.Helper()
		must(t, p.db.RememberOutside(t.Context(), p.reservation, []byte("x")))
	},
	"ForgetOutside": func(t *testing.T, p pair) { t.Helper(); must(t, p.db.ForgetOutside(t.Context(), p.reservation)) },
	"AddInvitation": func(t *testing.T, p pair) {
		t.Helper()
		invite(t, p.db, olga(), time.Now().Add(time.Hour), [32]byte{3})
	},
	"Invitations": func(t *testing.T, p pair) {
		t.Helper()
		if list, err := p.db.Invitations(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	},
	"DeleteInvitation": func(t *testing.T, p pair) {
		t.Helper()
		if err := p.db.DeleteInvitation(t.Context(), tenants.NewGUID()); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"TakeInvitation": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.TakeInvitation(t.Context(), p.b.TID, [32]byte{4}); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"ApproveSlug": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.ApproveSlug(t.Context(), olga(), p.b.TID, tenants.MustSlug("approved"))
		must(t, err)
	},
	"ApprovedSlugs": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.ApproveSlug(t.Context(), olga(), p.a.TID, tenants.MustSlug("approved"))
		must(t, err)
		if slugs, err := p.db.ApprovedSlugs(t.Context(), p.b.TID); err != nil || len(slugs) != 0 {
			t.Errorf("%v %v", slugs, err)
		}
	},
	"SlugApprovals": func(t *testing.T, p pair) { // of the platform: operators read all of them
		t.Helper()
		if slugs, err := p.db.SlugApprovals(t.Context()); err != nil || len(slugs) != 0 {
			t.Errorf("%v %v", slugs, err)
		}
	},
	"DeleteSlugApproval": func(t *testing.T, p pair) { // an organization keeps its slug
		t.Helper()
		if err := p.db.DeleteSlugApproval(t.Context(), p.a.Slug); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"SigningKeys": func(t *testing.T, p pair) {
		t.Helper()
		if keys, err := p.db.SigningKeys(t.Context(), "federation"); err != nil || len(keys) != 0 {
			t.Errorf("%v %v", keys, err)
		}
	},
	"AddSigningKey": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.AddSigningKey(t.Context(), store.SigningKey{KID: "k", Purpose: "federation", Algorithm: "RS256", CreatedAt: time.Now(), NotBefore: time.Now(), RetiresAt: time.Now().Add(time.Hour)}))
	},
	"SourceStates": func(t *testing.T, p pair) {
		t.Helper()
		moved(t, p.db, p.b)
		if states, err := p.db.SourceStates(t.Context(), p.b.ID); err != nil || len(states) != 1 || states[notes].Served != 0 {
			t.Errorf("%+v %v", states, err)
		}
	},
	"Offers": func(t *testing.T, p pair) {
		t.Helper()
		refreshed(t, p.db, p.b)
		if list, err := p.db.Offers(t.Context(), p.b.ID, notes); err != nil || len(list) != 1 || list[0].Offered() {
			t.Errorf("B reads %+v %v", list, err)
		}
	},
	"ClaimRefresh": func(t *testing.T, p pair) {
		t.Helper()
		holding(t, p.db, p.b, time.Now())
	},
	"FailRefresh": func(t *testing.T, p pair) {
		t.Helper()
		theirs, now := holding(t, p.db, p.b, time.Now()), time.Now()
		must(t, p.db.FailRefresh(t.Context(), caller(p.b), sources.Failure{Source: notes, Ticket: theirs, At: now, Trouble: "it is away"}))
	},
	"NoteTurn": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.NoteTurn(t.Context(), caller(p.b), sources.Turn{Source: notes, At: time.Now(), Trouble: "it is away"}))
	},
	"EndRefresh": func(t *testing.T, p pair) {
		t.Helper()
		refreshed(t, p.db, p.b, tool("other"))
	},
	"UpstreamSession": func(t *testing.T, p pair) {
		t.Helper()
		got, err := p.db.UpstreamSession(t.Context(), p.b.ID, upstream.SessionKey{Session: session, Source: notes})
		if err != nil || string(got) != p.b.Slug.String() {
			t.Errorf("B reads %q %v", got, err)
		}
	},
	"PutUpstreamSession": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.PutUpstreamSession(t.Context(), caller(p.b), upstream.StoredSession{
			SessionKey: upstream.SessionKey{Session: session, Source: notes}, Ciphertext: []byte("anew"), ExpiresAt: time.Now().Add(time.Hour),
		}))
	},
	"RemoveUpstreamSession": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.RemoveUpstreamSession(t.Context(), caller(p.b), upstream.SessionKey{Session: session, Source: notes}))
	},
	"Contacts": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.EditAccess(t.Context(), caller(p.b), "contacts removed", func(c *access.Configuration) error {
			c.Contacts = nil
			return nil
		})
		must(t, err)
		if all, err := p.db.Contacts(t.Context(), p.b.ID); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
	},
	"DueSinks": func(t *testing.T, p pair) {
		t.Helper()
		due, err := p.db.DueSinks(t.Context(), time.Now(), sinks.Room{Each: 9, Fast: 9, Slow: 9}) // nothing is sealed
		if err == nil || len(due) != 0 {                                                          // and the API may not ask
			t.Errorf("%+v %v", due, err)
		}
	},
	"TakeSink": func(t *testing.T, p pair) {
		t.Helper()
		withoutSinks(t, p)
		if task, err := p.db.TakeSink(t.Context(), caller(p.b), archive, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%+v %v", task, err)
		}
	},
	"PutSinkState": func(t *testing.T, p pair) {
		t.Helper()
		withoutSinks(t, p)
		was, err := p.db.SinkStates(t.Context(), p.a.ID)
		must(t, err)
		if err := p.db.PutSinkState(t.Context(), caller(p.b), archive, was[archive].Due, sinks.State{Most: 1, Next: 9}); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
	},
	"SinkSecret": func(t *testing.T, p pair) {
		t.Helper()
		withoutSinks(t, p)
		if secret, err := p.db.SinkSecret(t.Context(), p.b.ID, archiveSecret); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s %v", secret, err)
		}
	},
	"SinkStates": func(t *testing.T, p pair) {
		t.Helper()
		withoutSinks(t, p)
		if states, err := p.db.SinkStates(t.Context(), p.b.ID); err != nil || len(states) != 0 {
			t.Errorf("%+v %v", states, err)
		}
	},
	"LogReach": func(t *testing.T, p pair) {
		t.Helper()
		if h, err := p.db.LogReach(t.Context(), p.b.ID); err != nil || h.Origin != "log of fabrikam" {
			t.Errorf("%+v %v", h, err)
		}
	},
	"Observe": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.EditAccess(t.Context(), caller(p.b), "sources removed", func(c *access.Configuration) error {
			c.Sources, c.Approvals = nil, nil
			return nil
		})
		must(t, err)
		if o, err := p.db.Observe(t.Context(), p.b.ID, time.Now()); err != nil || o.Organization.ID != p.b.ID || len(o.Sources) != 0 {
			t.Errorf("%+v %v", o, err)
		}
		if o, err := p.db.Observe(t.Context(), p.a.ID, time.Now()); err != nil || len(o.Sources) != 1 || o.Sources[0].Pending != 1 {
			t.Errorf("%+v %v", o, err)
		}
	},
	"SettleAlerts": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.SettleAlerts(t.Context(), caller(p.b), time.Now(), func(s watch.State) (watch.Changes, error) {
			if len(s.Alerts) != 1 || s.Alerts[0].ID == p.alert || len(s.Contacts) != 1 {
				t.Errorf("%+v", s)
			}
			a := anAlert(p.alert) // the same id, in a row of its own
			a.Subject, a.Facts = "another", watch.Facts{"name": "another"}
			return watch.Changes{Alerts: []watch.Alert{a}, Deliveries: []watch.Delivery{aDelivery(p.delivery, p.alert)}}, nil
		}))
	},
	"Alerts": func(t *testing.T, p pair) {
		t.Helper()
		all, err := p.db.Alerts(t.Context(), p.b.ID)
		if err != nil || len(all) != 1 || all[0].ID == p.alert || len(all[0].Deliveries) != 1 || all[0].Deliveries[0].ID == p.delivery {
			t.Errorf("%+v %v", all, err)
		}
	},
	"DueDeliveries": func(t *testing.T, p pair) {
		t.Helper()
		due, err := p.db.DueDeliveries(t.Context(), caller(p.b), time.Now().Add(time.Hour), time.Now().Add(2*time.Hour), 10)
		if err != nil || len(due) != 1 || due[0].ID == p.delivery {
			t.Errorf("%+v %v", due, err)
		}
	},
	"PutDelivery": func(t *testing.T, p pair) {
		t.Helper()
		d := aDelivery(p.delivery, p.alert)
		d.Outcome, d.DoneAt, d.DueAt = watch.Sent, time.Now(), time.Time{}
		must(t, p.db.PutDelivery(t.Context(), caller(p.b), d))
	},
	"NextDelivery": func(t *testing.T, p pair) {
		t.Helper()
		due, err := p.db.DueDeliveries(t.Context(), caller(p.b), time.Now().Add(time.Hour), p.until, 10)
		must(t, err)
		if next, err := p.db.NextDelivery(t.Context(), p.b.ID); err != nil || len(due) != 1 || next.Sub(p.until).Abs() > time.Millisecond {
			t.Errorf("%s %v", next, err)
		}
	},
	"LoadSnapshot": func(t *testing.T, p pair) {
		t.Helper()
		d, err := p.db.LoadSnapshot(t.Context(), p.b.ID)
		if err != nil || d.Organization.ID != p.b.ID || len(d.Tools) != 1 || d.Credential == nil || len(d.Pinned) != 1 || len(d.SourceSecrets) != 1 || len(d.Toolsets) != 1 || len(d.Limits) != 1 || len(d.Recordings) != 1 {
			t.Errorf("%+v %v", d, err)
		}
	},
	"LoadAfter": func(t *testing.T, p pair) {
		t.Helper()
		var named []tools.Approval
		d, err := p.db.LoadAfter(t.Context(), p.b.ID, func(a tools.Approval) bool { named = append(named, a); return true })
		if err != nil || d.Organization.ID != p.b.ID || len(d.Pinned) != 1 || len(named) != 1 || d.Pinned[0].Definition != nil || d.Pinned[0].Approval != named[0] {
			t.Errorf("%+v %v", d, err)
		}
		all, err := p.db.LoadAfter(t.Context(), p.b.ID, func(tools.Approval) bool { return false })
		if err != nil || all.Pinned[0].Definition == nil {
			t.Errorf("%+v %v", all.Pinned, err)
		}
	},
	"Revoke": func(t *testing.T, p pair) {
		t.Helper()
		now := time.Now()
		must(t, p.db.Revoke(t.Context(), caller(p.b), authz.Revocation{ID: tenants.NewGUID(), Kind: authz.RevokeOrganization, NotBefore: now, ExpiresAt: now.Add(time.Hour)}))
	},
	"Revocations": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Revoke(t.Context(), caller(p.b), authz.CutOff(authz.RevokeOrganization, "", time.Now())))
		if all, err := p.db.Revocations(t.Context(), p.a.ID); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
	},
	"PersonCutOff": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Revoke(t.Context(), caller(p.b), authz.CutOff(authz.RevokeOrganization, "", time.Now())))
		if cut, err := p.db.PersonCutOff(t.Context(), p.a.ID, tenants.NewGUID(), time.Now()); err != nil || cut {
			t.Errorf("%t %v", cut, err)
		}
	},
	"OpenLetters": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.OpenLetters(t.Context(), caller(p.b), time.Now().Add(2*time.Hour), p.letter)) // the same id, in a row of its own
	},
	"KeepLetter": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.CloseLetter(t.Context(), caller(p.b), p.letter))
		refused(t, p.db.KeepLetter(t.Context(), caller(p.b), p.letter, p.until.Add(time.Hour)), fault.NotFound, "nobody waits for this answer any more")
	},
	"PutLetter": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.CloseLetter(t.Context(), caller(p.b), p.letter))
		refused(t, p.db.PutLetter(t.Context(), caller(p.b), p.letter, []byte("b"), time.Now().Add(time.Hour)), fault.NotFound, "nobody waits for this answer any more")
	},
	"TakeLetter": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.PutLetter(t.Context(), caller(p.a), p.letter, []byte("a"), time.Now().Add(time.Hour)))
		must(t, p.db.CloseLetter(t.Context(), caller(p.b), p.letter))
		_, err := p.db.TakeLetter(t.Context(), p.b.ID, p.letter)
		refused(t, err, fault.NotFound, "nobody waits for this answer any more")
		got, err := p.db.TakeLetter(t.Context(), p.a.ID, p.letter)
		if err != nil || string(got) != "a" {
			t.Errorf("%q %v", got, err)
		}
		must(t, p.db.CloseLetter(t.Context(), caller(p.a), p.letter))
		must(t, p.db.OpenLetters(t.Context(), caller(p.a), p.until, p.letter))
	},
	"CloseLetter": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.CloseLetter(t.Context(), caller(p.b), p.letter))
	},
	"Subscriptions": func(t *testing.T, p pair) {
		t.Helper()
		if s, err := p.db.Subscriptions(t.Context(), p.b.ID, p.session); err != nil || s.Revision != 0 || s.Ciphertext != nil {
			t.Errorf("B reads %+v %v", s, err)
		}
	},
	"PutSubscriptions": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.PutSubscriptions(t.Context(), caller(p.b), p.session, store.Subscribed{Revision: 2, Ciphertext: []byte("b")}, time.Now().Add(time.Hour)))
	},
	"Subscribing": func(t *testing.T, p pair) { // a hint, and only of its own organization's
		t.Helper()
		changed, end := p.db.Subscribing(p.a.ID, p.session)
		defer end()
		must(t, p.db.PutSubscriptions(t.Context(), caller(p.b), p.session, store.Subscribed{Revision: 2, Ciphertext: []byte("b")}, time.Now().Add(time.Hour)))
		if len(changed) != 0 {
			t.Error("A is woken by B's change")
		}
	},
	"Register": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Register(t.Context(), caller(p.b), connections.Registered{ // the same id, in a row of its own
			ID: p.registration, Redirects: []string{"https://b.example"}, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		}))
		if c, err := p.db.Registered(t.Context(), p.a.ID, p.registration); err != nil || c.Name != "Editor" {
			t.Errorf("A has %+v %v", c, err)
		}
	},
	"Registered": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.Registered(t.Context(), p.b.ID, p.registration); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B reads A's: %v", err)
		}
	},
	"Preregistered": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.Preregistered(t.Context(), p.b.ID, p.preregistered); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B reads A's: %v", err)
		}
	},
	"Connect": func(t *testing.T, p pair) {
		t.Helper()
		c, g := aConnection(p.person, p.registration), aGrant(time.Now()) // the same person, client and ids, in rows of its own
		c.ID, g.ID = p.connection, p.grant
		connected(t, p.db, p.b, c, g)
	},
	"Agreement": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.Agreement(t.Context(), p.b.ID, p.person, p.registration); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B reads A's: %v", err)
		}
	},
	"Connection": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.Connection(t.Context(), p.b.ID, p.connection); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B reads A's: %v", err)
		}
	},
	"Connections": func(t *testing.T, p pair) {
		t.Helper()
		list, err := p.db.Connections(t.Context(), p.b.ID, connections.Filter{Most: 10})
		if err != nil || len(list) != 1 || list[0].ID == p.connection {
			t.Errorf("B reads %+v %v", list, err)
		}
		if list, err = p.db.Connections(t.Context(), p.b.ID, connections.Filter{Person: p.person, Most: 10}); err != nil || len(list) != 0 {
			t.Errorf("B reads of A's person %+v %v", list, err)
		}
		_, err = p.db.Connections(t.Context(), p.b.ID, connections.Filter{After: p.connection, Most: 10})
		refused(t, err, fault.NotFound, "list them from the first")
	},
	"Disconnect": func(t *testing.T, p pair) {
		t.Helper()
		if err := p.db.Disconnect(t.Context(), caller(p.b), p.connection); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B removes A's: %v", err)
		}
	},
	"AuthorizeSource": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.AuthorizeSource(t.Context(), caller(p.b), p.authorized)) // the same ids, in a row of its own
	},
	"SourceAuthorization": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.SourceAuthorization(t.Context(), p.b.ID, authorizations.Key{Person: p.authorized.Person.OID, Credential: notesSecret})
		refused(t, err, fault.NotFound, "")
	},
	"SourceAuthorizations": func(t *testing.T, p pair) {
		t.Helper()
		list, err := p.db.SourceAuthorizations(t.Context(), p.b.ID, authorizations.Filter{Most: 10})
		if err != nil || len(list) != 1 || list[0].ID == p.authorized.ID {
			t.Errorf("B reads %+v %v", list, err)
		}
		_, err = p.db.SourceAuthorizations(t.Context(), p.b.ID, authorizations.Filter{After: p.authorized.ID, Most: 10})
		refused(t, err, fault.NotFound, "list them from the first")
	},
	"RevokeSourceAuthorization": func(t *testing.T, p pair) {
		t.Helper()
		_, err := p.db.RevokeSourceAuthorization(t.Context(), caller(p.b), authorizations.Revoking{ID: p.authorized.ID})
		refused(t, err, fault.NotFound, "no such authorization")
	},
	"ClaimRenewal": func(t *testing.T, p pair) {
		t.Helper()
		err := p.db.ClaimRenewal(t.Context(), caller(p.b), authorizations.Claim{ID: p.authorized.ID, Generation: 1, Now: time.Now(), Until: time.Now().Add(time.Minute)})
		refused(t, err, fault.NotFound, "")
	},
	"RenewSourceAuthorization": func(t *testing.T, p pair) {
		t.Helper()
		refused(t, p.db.RenewSourceAuthorization(t.Context(), caller(p.b), p.authorized), fault.NotFound, "")
	},
	"SourceClient": func(t *testing.T, p pair) {
		t.Helper()
		if kept, _, err := p.db.SourceClient(t.Context(), p.b.ID, notesSecret); err != nil || string(kept) != p.b.Slug.String() {
			t.Errorf("B reads %s %v", kept, err)
		}
	},
	"KeepSourceClient": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.KeepSourceClient(t.Context(), caller(p.b), notesSecret, nil))
		if kept, _, err := p.db.SourceClient(t.Context(), p.a.ID, notesSecret); err != nil || string(kept) != p.a.Slug.String() {
			t.Errorf("A is left %s %v", kept, err)
		}
	},
	"KeepEntra": func(t *testing.T, p pair) {
		t.Helper()
		if err := p.db.KeepEntra(t.Context(), caller(p.b), p.connection, connections.Answer{Shown: time.Now().Add(time.Hour), Entra: []byte("b")}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B writes A's: %v", err)
		}
	},
	"Rotate": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.Rotate(t.Context(), caller(p.b), p.grant, 1, time.Now()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B rotates A's: %v", err)
		}
	},
	"Grant": func(t *testing.T, p pair) {
		t.Helper()
		if _, _, err := p.db.Grant(t.Context(), p.b.ID, p.grant); fault.KindOf(err) != fault.NotFound {
			t.Errorf("B reads A's: %v", err)
		}
	},
	"EndGrant": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.EndGrant(t.Context(), caller(p.b), p.grant, "theft"))
	},
	"Ask": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Ask(t.Context(), caller(p.b), aRequest("https://editor.example")))
	},
	"Requests": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Ask(t.Context(), caller(p.b), aRequest("https://b.example")))
		if list, err := p.db.Requests(t.Context(), p.a.ID); err != nil || len(list) != 1 || list[0].Times != 1 {
			t.Errorf("A reads %+v %v", list, err)
		}
	},
	"SeenSoftware": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Ask(t.Context(), caller(p.b), aRequest("https://b.example")))
		list, err := p.db.SeenSoftware(t.Context(), p.a.ID, "", 100)
		if err != nil || len(list) == 0 || slices.ContainsFunc(list, func(s connections.Seen) bool { return s.Software == "https://b.example" }) {
			t.Errorf("A reads %+v %v", list, err)
		}
	},
	"SawEntraClient": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.SawEntraClient(t.Context(), caller(p.b), codeEditor))
	},
	"Dismiss": func(t *testing.T, p pair) {
		t.Helper()
		must(t, p.db.Dismiss(t.Context(), caller(p.b), "https://editor.example"))
	},
	"EndSession": func(t *testing.T, p pair) {
		t.Helper()
		now := time.Now()
		must(t, p.db.EndSession(t.Context(), caller(p.b), authz.EndedSession{Session: tenants.NewGUID(), Person: tenants.NewGUID(), EndedAt: now, ExpiresAt: now.Add(time.Hour)}))
	},
	"SaveMembership": func(t *testing.T, p pair) {
		t.Helper()
		rememberPerson(t, p)
	},
	"LoadMembership": func(t *testing.T, p pair) {
		t.Helper()
		person := rememberPerson(t, p)
		if r, err := p.db.LoadMembership(t.Context(), p.b.ID, person); err != nil || len(r.Answers) != 2 {
			t.Errorf("%+v %v", r, err)
		}
		if _, err := p.db.LoadMembership(t.Context(), p.a.ID, person); fault.KindOf(err) != fault.NotFound {
			t.Errorf("A reads B's person: %v", err)
		}
	},
	"ClockAhead": func(t *testing.T, p pair) {
		t.Helper()
		if ahead := p.db.ClockAhead(); ahead.Abs() > time.Minute {
			t.Errorf("the machine's clock is %s ahead", ahead)
		}
	},
	"WaitingLogs": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.WaitingLogs(t.Context(), tenants.ID{}, 10); fault.KindOf(err) != fault.Internal {
			t.Errorf("the role of the api asks what waits: %v", err)
		}
	},
	"LogsUnderAnotherKey": func(t *testing.T, p pair) {
		t.Helper()
		if _, err := p.db.LogsUnderAnotherKey(t.Context(), "x", 10); fault.KindOf(err) != fault.Internal {
			t.Errorf("the role of the api asks for logs: %v", err)
		}
	},
	"WrappedKey": func(t *testing.T, p pair) {
		t.Helper()
		if key, err := p.db.WrappedKey(t.Context(), p.b.ID); err != nil || string(key) != "wrapped" {
			t.Errorf("%s %v", key, err)
		}
		if _, err := p.db.WrappedKey(t.Context(), tenants.NewID()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("of nobody: %v", err)
		}
	},
	"SealLog": func(t *testing.T, p pair) {
		t.Helper()
		p.sealLog(t, p.b)
	},
	"LogHead": func(t *testing.T, p pair) {
		t.Helper()
		p.sealLog(t, p.b)
		if h, err := p.db.LogHead(t.Context(), p.a.ID); err != nil || h.Size != 1 || h.Waiting.Records != 13 {
			t.Errorf("A reads %+v %v", h, err)
		}
	},
	"LogKeys": func(t *testing.T, p pair) {
		t.Helper()
		if keys, err := p.db.LogKeys(t.Context(), p.a.ID); err != nil || len(keys) != 1 || keys[0].Key != "key of contoso" {
			t.Errorf("A reads %+v %v", keys, err)
		}
	},
	"LogPeople": func(t *testing.T, p pair) {
		t.Helper()
		if people, err := p.db.LogPeople(t.Context(), p.a.ID, p.logged(p.a), p.logged(p.b)); err != nil || len(people) != 1 || people[0].OID != p.logged(p.a) {
			t.Errorf("A reads %+v %v", people, err)
		}
	},
	"LogPerson": func(t *testing.T, p pair) {
		t.Helper()
		if person, err := p.db.LogPerson(t.Context(), p.a.ID, 1); err != nil || person.OID != p.logged(p.a) {
			t.Errorf("A reads %+v %v", person, err)
		}
		if _, err := p.db.LogPerson(t.Context(), p.a.ID, 2); fault.KindOf(err) != fault.NotFound {
			t.Errorf("A reads a second person: %v", err)
		}
	},
	"LogSubtrees": func(t *testing.T, p pair) {
		t.Helper()
		hashes, err := p.db.LogSubtrees(t.Context(), p.a.ID, []proof.Subtree{{Level: 0, Index: 0}})
		if err != nil || hashes[0] != leafOf(p.a) {
			t.Errorf("A reads %v %v", hashes, err)
		}
	},
	"SeqAt": func(t *testing.T, p pair) {
		t.Helper()
		if seq, err := p.db.SeqAt(t.Context(), p.a.ID, time.Now().Add(time.Hour)); err != nil || seq != 1 {
			t.Errorf("A reads %d %v", seq, err)
		}
	},
	"CountSealed": func(t *testing.T, p pair) {
		t.Helper()
		p.sealLog(t, p.b)
		counted, err := p.db.CountSealed(t.Context(), p.a.ID, seal.Query{To: 10}, [2]time.Time{}, "year")
		if err != nil || len(counted) != 1 || counted[time.Date(time.Now().UTC().Year(), 1, 1, 0, 0, 0, 0, time.UTC)] != 1 {
			t.Errorf("A counts %v %v", counted, err)
		}
	},
	"LogPeopleNumbered": func(t *testing.T, p pair) {
		t.Helper()
		if people, err := p.db.LogPeopleNumbered(t.Context(), p.a.ID, 1, 2); err != nil || len(people) != 1 || people[0].OID != p.logged(p.a) {
			t.Errorf("A reads %+v %v", people, err)
		}
	},
	"SealedRows": func(t *testing.T, p pair) {
		t.Helper()
		p.readsItsOwn(t, p.db.SealedRows)
	},
	"SealedBackwards": func(t *testing.T, p pair) {
		t.Helper()
		p.readsItsOwn(t, p.db.SealedBackwards)
	},
	"FindSealed": func(t *testing.T, p pair) {
		t.Helper()
		if r, _, err := p.db.FindSealed(t.Context(), p.a.ID, idOf(p.a)); err != nil || string(r.Own) != "contoso" {
			t.Errorf("A reads %+v %v", r, err)
		}
		if _, _, err := p.db.FindSealed(t.Context(), p.a.ID, idOf(p.b)); fault.KindOf(err) != fault.NotFound {
			t.Errorf("A reads B's record: %v", err)
		}
	},
	"Records": func(t *testing.T, p pair) {
		t.Helper()
		for _, o := range []tenants.Organization{p.a, p.b} {
			n := 0
			must(t, p.db.Records(t.Context(), nil, o.ID, tenants.GUID{}, func(store.StoredRecord) error { n++; return nil }))
			if n != 13 {
				t.Errorf("%s reads %d records, its own are 13", o.Slug, n)
			}
		}
	},
}

func rememberPerson(t *testing.T, p pair) tenants.GUID {
	t.Helper()
	person := tenants.NewGUID()
	_, err := p.db.SaveMembership(t.Context(), caller(p.b), membership.Record{
		Person: person, AskedAt: time.Now(), SeenAt: time.Now(),
		Answers: map[tenants.GUID]authz.Answer{tenants.NewGUID(): authz.Member, tenants.NewGUID(): authz.NotMember},
	}, time.Now())
	must(t, err)
	return person
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestEveryMethodStaysInItsOrganization(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[*store.DB]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		cross, ok := crossings[name]
		if !ok {
			t.Errorf("store.DB.%s has no row in crossings", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := storetest.New(t)
			p := newPair(t, d)
			p.furnish(t)
			if name != "Records" { // reads what waits here; of what is sealed there are tests of its own
				p.worker = d.OpenWorker(t)
				p.sealLog(t, p.b)
				p.sealLog(t, p.a)
			}
			before := dump(t, d, p.a.ID)
			cross(t, p)
			if after := dump(t, d, p.a.ID); !slices.Equal(before, after) {
				t.Errorf("A's rows changed:\n%v\n%v", before, after)
			}
		})
	}
	if methods.NumMethod() < len(crossings) {
		t.Error("crossings has a row for a method that is gone")
	}
}

// dump returns every row of an organization as text, whatever the table.
func dump(t *testing.T, d storetest.Database, org tenants.ID) []string {
	t.Helper()
	conn := connect(t, d.Superuser)
	var all []string
	for _, table := range column(t, conn, `SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'org_id' ORDER BY 1`) {
		all = append(all, column(t, conn, "SELECT '"+table+" ' || x::text FROM "+table+" x WHERE org_id = $1 ORDER BY 1", org.String())...)
	}
	if len(all) == 0 {
		t.Fatal("nothing to compare")
	}
	return all
}

func TestOutsideAnOrganizationNothingIsSeenAndNothingGoesIn(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	p := newPair(t, d)
	pool, err := pgxpool.New(t.Context(), d.API)
	must(t, err)
	defer pool.Close()
	inside := func(sql string, args ...any) (int64, error) { return exec(t.Context(), pool, p.b.ID, sql, args...) }

	var seen int
	must(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM roles").Scan(&seen))
	if seen != 0 {
		t.Errorf("%d roles are seen outside any organization", seen)
	}
	if _, err := pool.Exec(t.Context(), "INSERT INTO tools (name, effect) VALUES ('x', 'read')"); err == nil {
		t.Error("an insert outside any organization succeeds")
	}
	if n, err := inside("DELETE FROM roles WHERE org_id = $1", p.a.ID.String()); err != nil || n != 0 {
		t.Errorf("B deletes %d of A's roles, %v", n, err)
	}
	if _, err := inside("INSERT INTO tools (org_id, name, effect) VALUES ($1, 'x', 'read')", p.a.ID.String()); err == nil {
		t.Error("B inserts a row of A's")
	}
	must(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM roles").Scan(&seen))
	if seen != 0 {
		t.Errorf("%d roles are seen on a pooled connection after a transaction", seen)
	}
}

func exec(ctx context.Context, pool *pgxpool.Pool, org tenants.ID, sql string, args ...any) (int64, error) {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, "SELECT set_config('app.org_id', $1, true)", org.String()); err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	return tag.RowsAffected(), tx.Commit(ctx)
}

// The sink that everybody has, and its secret.
var archive, archiveSecret = tenants.MustGUID("a0000000-0000-4000-8000-00000000000a"), tenants.MustGUID("a0000000-0000-4000-8000-00000000000b")

// withoutSinks removes B's.
func withoutSinks(t *testing.T, p pair) {
	t.Helper()
	_, err := p.db.EditAccess(t.Context(), caller(p.b), "sinks removed", func(c *access.Configuration) error {
		c.Sinks = nil
		return nil
	})
	must(t, err)
}
