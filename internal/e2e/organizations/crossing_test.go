package organizations_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/exports"
	"gatehouse/internal/store"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// stateOf is all that can be seen of an organization by its owner, and how long
// its log is.
func (k *stack) stateOf(t *testing.T, slug string) (string, int) {
	t.Helper()
	owner := k.as(t, slug, "alice")
	text := ""
	for _, part := range []string{"", "/connection", "/configuration", "/role-grants", "/support-accesses", "/sources", "/sources/" + slug + "-notes/definitions", "/toolsets", "/limits", "/recordings", "/tools", "/body-grants"} {
		text += owner.send(http.MethodGet, at(slug)+part, "").want(http.StatusOK).body + "\n"
	}
	signIn := func(r audit.Record) bool { return r.Kind == audit.ConsoleSignIn } // as this one
	return text, len(slices.DeleteFunc(k.records(t, slug), signIn))
}

// records returns an organization's whole log.
func (k *stack) records(t *testing.T, slug string) []audit.Record {
	t.Helper()
	var all []audit.Record
	err := k.db.Records(t.Context(), k.box(t).Open, k.orgs[slug].ID, tenants.GUID{}, func(s store.StoredRecord) error {
		r, err := audit.Decode(s.Payload)
		if strays := audit.Strays(r); err == nil && len(strays) > 0 {
			t.Errorf("a record of %s has %v", r.Kind, strays)
		}
		all = append(all, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOrganizationsOfOthersDoNotExistOnAnyRoute asks every operation about
// Fabrikam as Contoso's owner, as Contoso's automation and as an operator: each
// is told what is told about an organization that does not exist, and of what
// only people do a token is told no more than that.
func TestOrganizationsOfOthersDoNotExistOnAnyRoute(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	c, all := k.contract(t)
	before, length := k.stateOf(t, "fabrikam")
	strangers := map[string]*client{
		"the owner of another": k.as(t, "contoso", "alice"), "an operator": k.operator(t),
		"an automation of another": k.automation(t, k.managing(t, "contoso")),
	}
	for _, o := range all {
		if !strings.HasPrefix(o.path, inside) {
			continue
		}
		theirs := strings.ReplaceAll(o.path, "{org}", "fabrikam")
		for name, value := range k.things(t, "fabrikam", o) {
			theirs = strings.ReplaceAll(theirs, "{"+name+"}", url.PathEscape(value))
		}
		nobodys := strings.Replace(theirs, "/fabrikam", "/northwind", 1)
		for who, stranger := range strangers {
			got := stranger.send(o.method, theirs+searching(o), c.body(t, o), with("If-Match", `"x"`), with("Idempotency-Key", tenants.NewGUID().String()))
			missing := stranger.send(o.method, nobodys+searching(o), c.body(t, o), with("If-Match", `"x"`), with("Idempotency-Key", tenants.NewGUID().String()))
			want := http.StatusNotFound
			if stranger.token != "" && !o.takesTokens() {
				want = http.StatusForbidden
			}
			if got.status != want || got.problem() != missing.problem() {
				t.Errorf("%s: %s is told %d %s, and of one that does not exist %d %s", o.ID, who, got.status, got.body, missing.status, missing.body)
			}
		}
	}
	k.unchanged(t, "fabrikam", before, length)
}

// TestThingsOfOthersDoNotExistOnAnyRoute names Fabrikam's roles, assignments,
// clients, scopes, grants, sources, toolsets, limits, connections, support accesses and
// exports within Contoso.
func TestThingsOfOthersDoNotExistOnAnyRoute(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	c, all := k.contract(t)
	operator := k.operator(t)
	for _, slug := range []string{"contoso", "fabrikam"} { // so that there is one
		k.as(t, slug, "bob").send(http.MethodPost, "/api/me/access-requests", `{"reason":"to have one"}`)
		operator.post("/api/operator/organizations/"+k.orgs[slug].ID.String()+"/support-accesses", console.SupportRequest{Reason: "to have one of these"}, &console.SupportAccess{})
		k.connect(t, slug, tenants.NewGUID())
		k.register(t, slug)
		k.authorize(t, slug)
		k.audited(t, slug)
	}
	before, length := k.stateOf(t, "fabrikam")
	alice, tried := k.as(t, "contoso", "alice"), 0
	for _, o := range all {
		if !o.names() {
			continue
		}
		path := strings.ReplaceAll(o.path, "{org}", "contoso")
		for name, value := range k.things(t, "fabrikam", o) {
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
		}
		tried++
		if got := alice.send(o.method, path, c.body(t, o), with("If-Match", `"x"`)); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d: %s", o.ID, got.status, got.body)
		}
	}
	if tried < 15 {
		t.Errorf("only %d operations name a thing", tried)
	}
	k.unchanged(t, "fabrikam", before, length)
}

// TestIdempotencyKeysAreTheOrganizationsOwn uses the key of somebody else's
// creation, which must neither answer with theirs nor refuse.
func TestIdempotencyKeysAreTheOrganizationsOwn(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	key := with("Idempotency-Key", tenants.NewGUID().String())
	made := map[string]bool{}
	for _, slug := range []string{"contoso", "fabrikam"} {
		var r console.Role
		k.as(t, slug, "carol").ask(http.MethodPost, at(slug, "roles"), console.RoleSettings{Name: "Readers", Permissions: []console.Permission{{Effect: authz.Allow, Patterns: []string{"whoami"}}}}, key).want(http.StatusCreated).into(&r)
		made[r.ID.String()] = true
	}
	if len(made) != 2 {
		t.Error("one organization was given the other's role")
	}
}

func (k *stack) unchanged(t *testing.T, slug, before string, length int) {
	t.Helper()
	if after, now := k.stateOf(t, slug); after != before || now != length {
		t.Errorf("%s was\n%s\nand is\n%s\nits log had %d records and has %d", slug, before, after, length, now)
	}
}

// searching is the query that an operation cannot do without.
func searching(o operation) string {
	switch {
	case o.has("query", "search"):
		return "?search=a"
	case o.has("query", "group"):
		return "?group=" + tenants.NewGUID().String()
	case o.has("query", "software"):
		return "?software=a"
	}
	return ""
}

// problem is the answer without the request's own id.
func (a answer) problem() string {
	a.t.Helper()
	var p console.Problem
	a.into(&p)
	return p.Type + " " + p.Title + " " + p.Detail
}

// register gives an organization a client of an admin's with a secret.
func (k *stack) register(t *testing.T, slug string) {
	t.Helper()
	carol := k.as(t, slug, "carol")
	var made struct{ ID string }
	carol.post(at(slug, "preregistered-clients"), map[string]any{"kind": "confidential", "name": slug, "redirectUris": []string{}}, &made)
	carol.post(at(slug, "preregistered-clients", made.ID, "secrets"), map[string]any{}, &struct{}{})
}

// authorize gives an organization somebody who has signed in at its source.
func (k *stack) authorize(t *testing.T, slug string) {
	t.Helper()
	carol, source := k.as(t, slug, "carol"), at(slug, "sources", slug+"-notes")
	carol.change(http.MethodPut, source+"/credential", source, console.NewSourceCredential{SourceCredential: console.SourceCredential{Kind: tools.UserAuthorization}}).want(http.StatusOK)
	a, err := k.db.Access(t.Context(), k.orgs[slug].ID)
	if err != nil {
		t.Fatal(err)
	}
	of := a.Sources[0]
	err = k.db.AuthorizeSource(t.Context(), authz.SystemCaller(k.orgs[slug].ID, "test"), authorizations.Authorization{
		ID: tenants.NewGUID(), Person: authorizations.Person{OID: tenants.NewGUID()}, Source: of.ID, Credential: of.Credential.ID,
		Issuer: "https://login.example", Kept: []byte("kept"), Generation: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// audited gives an organization somebody who may read bodies, an export, and a schedule
// of exports.
func (k *stack) audited(t *testing.T, slug string) {
	t.Helper()
	org, now := k.orgs[slug].ID, time.Now().UTC()
	_, err := k.db.GrantBodies(t.Context(), authz.SystemCaller(org, "test"), tenants.BodyGrant{
		ID: tenants.NewGUID(), Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: person(slug, "dan").OID}, Name: "Dan", Reason: "to have one of these", EndsAt: now.Add(time.Hour),
	})
	if err == nil {
		err = k.db.AddExport(t.Context(), authz.SystemCaller(org, "test"), exports.New{
			Job: tenants.ExportJob{
				ID: tenants.NewGUID(), State: tenants.ExportRunning, Sink: tenants.NewGUID(), SinkName: "archive", Format: "csv", To: 9, AskedAt: now, NextAt: now.Add(time.Hour), Object: "exports/x",
			},
			Decision: []byte("decision"), Event: audit.Event{Kind: audit.Export, Target: "export x", Outcome: audit.OK},
		})
	}
	if err == nil {
		err = k.db.AddExportSchedule(t.Context(), authz.SystemCaller(org, "test"), tenants.ExportSchedule{
			ID: tenants.NewGUID(), Name: slug + "-monthly", Every: tenants.EveryMonth, Sink: tenants.NewGUID(), SinkName: "archive", Format: "csv", MadeAt: now, From: now, NextAt: now.Add(time.Hour),
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// things is what an organization has that a path can name.
func (k *stack) things(t *testing.T, slug string, o operation) map[string]string {
	t.Helper()
	org := k.orgs[slug].ID
	a, err := k.db.Access(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"tool": "whoami", "client": automationID(slug, "pipeline"), "scope": slug + ".read", "source": slug + "-notes", "toolset": slug + "-set", "limit": slug + "-limit", "recording": slug + "-kept", "kind": "tool", "definition": "search", "schedule": slug + "-monthly"}
	switch {
	case strings.Contains(o.path, "/assignments/"):
		names["id"] = a.Rules.Assignments[0].ID.String()
	case strings.Contains(o.path, "/roles/"):
		names["id"] = a.Rules.Roles[0].ID.String()
	case strings.Contains(o.path, "/role-grants/"):
		grants, err := k.db.RoleGrants(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		names["id"] = grants[0].ID.String()
	case strings.Contains(o.path, "/notices/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.Notices(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/connections/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.Connections(t.Context(), org, connections.Filter{Most: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/preregistered-clients/") && len(a.Preregistered) > 0:
		names["client"], names["id"] = a.Preregistered[0].ID, a.Preregistered[0].Secrets[0].ID.String()
	case strings.Contains(o.path, "/source-authorizations/"):
		all, err := k.db.SourceAuthorizations(t.Context(), org, authorizations.Filter{Most: 1})
		if err != nil {
			t.Fatal(err)
		}
		names["id"] = tenants.NewGUID().String()
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/access-requests/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.AccessRequests(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/erasures/"), strings.Contains(o.path, "/holds/"):
		names["id"] = tenants.NewGUID().String()
	case strings.Contains(o.path, "/body-grants/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.BodyGrants(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/log/exports/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.Exports(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	case strings.Contains(o.path, "/support-accesses/"):
		names["id"] = tenants.NewGUID().String()
		all, err := k.db.SupportAccesses(t.Context(), org)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			names["id"] = all[0].ID.String()
		}
	}
	return names
}
