package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/manage"
	"gatehouse/internal/orgfile"
	"gatehouse/internal/tenants"
)

func TestApplyingAnExportedFileLeavesNoTrace(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	before := e.whole(t)
	version, records := e.trace(t)
	for _, extent := range []manage.Extent{manage.Changeable, manage.WithGrants} {
		for _, mode := range []orgfile.Mode{orgfile.Keep, orgfile.Prune} {
			outcome, out, err := e.apply(t, e.export(t, extent), func(a *manage.Application) { a.Mode = mode })
			if err != nil || outcome != manage.Unchanged || len(e.puts) != 0 {
				t.Errorf("outcome %d, %v, %s", outcome, err, out)
			}
		}
	}
	// The client has seen that there is nothing to do; the server must see it too.
	now, err := e.client.Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.client.ApplyConfiguration(t.Context(), manage.Put{Document: now.Document, ETag: now.ETag, Mode: orgfile.Prune}); err != nil {
		t.Fatal(err)
	}
	again, after := e.trace(t)
	if again != version || len(after) != len(records) || !reflect.DeepEqual(before, e.whole(t)) {
		t.Errorf("version %d became %d, %d records %d", version, again, len(records), len(after))
	}
}

const edits = `gatehouse: 1
organization: {name: Northwind Traders, apps: refuse}
tools: [{name: dice, effect: destructive}]
roles: [{name: Reader, permissions: [{effect: allow, patterns: [whoami], condition: caller.guest}]}]
assignments: [{role: Reader, subject: {kind: every_guest}}]
`

func TestEditsAreOneChangeWithOneRecord(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	before := e.whole(t)
	version, records := e.trace(t)
	outcome, out, err := e.apply(t, edits, nil)
	if err != nil || outcome != manage.Applied {
		t.Fatalf("outcome %d, %v, %s", outcome, err, out)
	}
	now := e.whole(t)
	again, after := e.trace(t)
	if now.Organization.Name != "Northwind Traders" || now.Organization.Connection.Apps != tenants.Refuse || len(now.Access.Tools) != 4 ||
		len(now.Access.Rules.Roles) != 2 || len(now.Access.Rules.Assignments) != 4 || !reflect.DeepEqual(now.RoleGrants, before.RoleGrants) {
		t.Errorf("the organization is now %+v", now)
	}
	if again != version+1 || len(after) != len(records)+1 {
		t.Fatalf("version %d became %d, %d records %d", version, again, len(records), len(after))
	}
	r := after[len(after)-1]
	if r.Target != "configuration applied" || !strings.Contains(r.Before, "Größe") || !strings.Contains(r.After, "Northwind Traders") || !strings.Contains(r.After, "every_guest") || r.Actor.Name != "deploy" {
		t.Errorf("the record is %+v", r)
	}
}

func TestPruneRemovesWhatIsNotMentioned(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	outcome, out, err := e.apply(t, "gatehouse: 1\ntools: [{name: whoami, effect: read}]\nclients: []\nscopeCeilings: []\n", func(a *manage.Application) { a.Mode = orgfile.Prune })
	if err != nil || outcome != manage.Applied {
		t.Fatalf("outcome %d, %v, %s", outcome, err, out)
	}
	now := e.whole(t).Access
	if len(now.Tools) != 1 || len(now.Clients) != 0 || len(now.Rules.ClientCeilings) != 0 || len(now.Rules.ScopeCeilings) != 0 || len(now.Rules.Roles) != 2 {
		t.Errorf("the organization has now %+v", now)
	}
}

func TestChangeInBetweenIsMetWithAnotherTry(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	rename := func(name string) func() {
		return func() {
			_, err := e.db.EditOrganization(t.Context(), authz.SystemCaller(e.org.ID, "test"), "renamed", func(o *tenants.Organization) error {
				o.Name = name
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	e.between = []func(){rename("One")}
	const text = "gatehouse: 1\ntools: [{name: dice, effect: write}]\n"
	outcome, out, err := e.apply(t, text, nil)
	if now := e.whole(t); err != nil || outcome != manage.Applied || !strings.Contains(out, "beginning again") || now.Organization.Name != "One" || len(now.Access.Tools) != 4 {
		t.Errorf("outcome %d, %v, %s: %+v", outcome, err, out, now)
	}
	e.between = []func(){rename("Two"), rename("Three")}
	_, _, err = e.apply(t, strings.Replace(text, "write", "read", 1), nil)
	if err == nil || !strings.Contains(err.Error(), "412") || len(e.puts) != 4 {
		t.Errorf("%v after %v", err, e.puts)
	}
}

func TestDryRunSaysWhatWouldBeAndWritesNothing(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	before := e.whole(t)
	version, records := e.trace(t)
	outcome, out, err := e.apply(t, edits, func(a *manage.Application) { a.Effort = manage.Try })
	if err != nil || outcome != manage.Pending || len(e.puts) != 1 {
		t.Fatalf("outcome %d, %v, %s, %v", outcome, err, out, e.puts)
	}
	w := e.put(t, "?dryRun=true", `{"gatehouse":1,"organization":{"name":"Would be"}}`, "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"name":"Would be"`) || w.Header().Get("ETag") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body.String())
	}
	again, after := e.trace(t)
	if again != version || len(after) != len(records) || !reflect.DeepEqual(before, e.whole(t)) {
		t.Error("the dry run left a trace")
	}
}

// TestDryRunFindsWhatOnlyTheDatabaseKnows tries to connect the app that another
// organization has proved to be its own.
func TestDryRunFindsWhatOnlyTheDatabaseKnows(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	other := northwind()
	other.ID, other.Slug = tenants.NewID(), tenants.MustSlug("other")
	other.Connection.Credential = tenants.Credential{ID: tenants.NewGUID(), Kind: tenants.ClientSecret}
	claim(t, e.db, other)
	w := e.put(t, "?dryRun=true", `{"gatehouse":1,"organization":{"groups":{"source":"token_only"},"connection":{"clientId":"`+other.Connection.ClientID.String()+`"}}}`, "")
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "another organization already") {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
}

// TestRefusedDocuments gives for each document the status and what is said of
// which field.
func TestRefusedDocuments(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	version, _ := e.trace(t)
	for name, c := range map[string]struct {
		body, tag      string
		status         int
		location, word string
	}{
		"unknown member":      {`{"gatehouse":1,"organisation":{}}`, "", 422, "body", "did you mean organization"},
		"unknown tool":        {`{"gatehouse":1,"tools":[{"name":"whoami","effect":"read"},{"name":"whoamy","effect":"read"}]}`, "", 422, "body.tools[1].name", "whoami"},
		"CEL mistake":         {`{"gatehouse":1,"roles":[{"name":"New","permissions":[{"effect":"allow","patterns":["*"],"condition":"caller.gest"}]}]}`, "", 422, "body.roles[0].permissions[0].condition", "column"},
		"two mistakes":        {`{"gatehouse":1,"roles":[{"name":"New","permissions":[{"effect":"permit","patterns":["*"]}]}],"clients":[{"id":"x","name":"X"}]}`, "", 422, "body.roles[0].permissions[0].effect", "allow"},
		"null":                {`{"gatehouse":1,"tools":null}`, "", 422, "body.tools", "is empty"},
		"secret":              {`{"gatehouse":1,"organization":{"connection":{"credential":{"kind":"client_secret","value":"hunter2"}}}}`, "", 422, "body.organization.connection.credential", "no secret belongs"},
		"misspelled variable": {`{"gatehouse":1,"roles":[{"name":"New","permissions":[{"effect":"allow","patterns":["*"],"condition":"context.tme.getHours(\"UTC\") > 8"}]}]}`, "", 422, "body.roles[0].permissions[0].condition", "context.authenticationContexts, context.scopes, context.time"},
		"no version":          {`{}`, "", 422, "body", "gatehouse is missing"},
		"twice":               {`{"gatehouse":1,"gatehouse":1}`, "", 400, "body", "named twice"},
		"role grants":         {`{"gatehouse":1,"roleGrants":[{"role":"admin","grantee":{"kind":"person","id":"` + staff.String() + `"}}]}`, "", 403, "", "only an owner changes who administers the organization; leave the section out, and have an owner change it with the management API, signed in"},
		"no tag":              {`{"gatehouse":1}`, "none", 428, "", "If-Match"},
		"any tag":             {`{"gatehouse":1}`, "*", 428, "", "If-Match"},
		"another tag":         {`{"gatehouse":1}`, `"abc"`, 412, "", "changed since"},
		"shared app":          {`{"gatehouse":1,"organization":{"connection":{"model":"shared"}}}`, "", 422, "body.organization.connection.model", "updateConnection"},
		"too large":           {`{"gatehouse":1,"organization":{"name":"` + strings.Repeat("a", 1<<20) + `"}}`, "", 413, "", "1 MB"},
		"end in the past":     {`{"gatehouse":1,"assignments":[{"role":"Reader","subject":{"kind":"every_app"},"endsAt":"2020-01-01T00:00:00Z"}]}`, "", 422, "body.assignments[0].endsAt", "has passed"},
		"no such role":        {`{"gatehouse":1,"assignments":[{"role":"Raeder","subject":{"kind":"every_app"}}]}`, "", 422, "body.assignments[0].role", `\"Raeder\" is no role of this organization; did you mean \"Reader\"?`},
		"origin":              {`{"gatehouse":1,"organization":{"origins":["ftp://x"]}}`, "", 422, "body.organization.origins[0]", "browser origin"},
		"end of no date":      {`{"gatehouse":1,"assignments":[{"role":"Reader","subject":{"kind":"every_app"},"endsAt":"9999-12-31T23:59:59-23:59"}]}`, "", 422, "body.assignments[0].endsAt", "earlier time"},
	} {
		w := e.put(t, "", c.body, c.tag)
		var p console.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.status || !strings.Contains(w.Body.String(), c.word) || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body.String())
		}
		if c.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != c.location) {
			t.Errorf("%s: %+v, want %s", name, p.Errors, c.location)
		}
	}
	if again, _ := e.trace(t); again != version {
		t.Error("something was written")
	}
}

// put sends a document with the tag of the present one, or with the one given.
func (e *estate) put(t *testing.T, query, body, tag string) *httptest.ResponseRecorder {
	t.Helper()
	if tag == "" {
		now, err := e.client.Configuration(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tag = now.ETag
	}
	u := e.client.Base.JoinPath("api/organizations/northwind/configuration")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, u.String()+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", "application/json")
	if tag != "none" {
		req.Header.Set("If-Match", tag)
	}
	answer, err := outbound(t).Do(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body)
	return w
}

func TestOwnerChangesRoleGrants(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	by := authz.Actor(authz.Identity{Org: e.org.ID, TID: e.org.TID, OID: owner.Grantee.ID, Kind: authz.User, Delegated: true})
	n := console.NewDocument{Document: json.RawMessage(`{"gatehouse":1,"roleGrants":[{"role":"admin","grantee":{"kind":"person","id":"` + staff.String() + `"},"name":"Ada"}]}`), Role: tenants.Admin}
	agree := func(json.RawMessage) error { return nil }
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("as an admin: %v", err)
	}
	n.Role = tenants.Owner
	after, err := e.documents.PutDocument(t.Context(), by, n, agree)
	if err != nil || !strings.Contains(string(after.Configuration), `"Ada"`) || len(e.whole(t).RoleGrants) != 3 {
		t.Errorf("as an owner: %v %s", err, after)
	}
	n.Document = json.RawMessage(`{"gatehouse":1,"roleGrants":[]}`)
	n.Prune = true
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); len(access.ProblemsOf(err)) != 1 || access.ProblemsOf(err)[0].Path != "roleGrants" {
		t.Errorf("the last owner: %v", err)
	}
}

// TestDocumentBringsRecordsToSomebodyNewByAnOwnerOnly adds a sink of records as an admin,
// who may not read the log, and then repeats what an owner has decided.
func TestDocumentBringsRecordsToSomebodyNewByAnOwnerOnly(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	by := authz.Actor(authz.Identity{Org: e.org.ID, TID: e.org.TID, OID: owner.Grantee.ID, Kind: authz.User, Delegated: true})
	n := console.NewDocument{Document: json.RawMessage(`{"gatehouse":1,"sinks":[{"name":"soc","kind":"webhook","url":"https://soc.example/in","records":true}]}`), Role: tenants.Admin}
	agree := func(json.RawMessage) error { return nil }
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); fault.KindOf(err) != fault.Forbidden || !strings.Contains(err.Error(), "soc") {
		t.Errorf("as an admin: %v", err)
	}
	n.Role = tenants.Owner
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); err != nil || len(e.whole(t).Access.Sinks) != 1 {
		t.Errorf("as an owner: %v", err)
	}
	n.Role = tenants.Admin
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); err != nil {
		t.Errorf("an admin, who repeats it: %v", err)
	}
}

// TestOddResultIsAppliedWithAWarning misspells a pattern. What the organization
// had that is odd is told as well.
func TestOddResultIsAppliedWithAWarning(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	const text = "gatehouse: 1\nroles: [{name: Dicers, permissions: [{effect: allow, patterns: [dcie]}]}]\n"
	want := "! roles[Dicers]: is a role that nobody has; assign it, or remove it\n" +
		"! roles[Dicers].permissions[0].patterns[0]: \"dcie\" matches no tool of this deployment, and none that is approved of a source; check its spelling\n"
	for _, effort := range []manage.Effort{manage.Try, manage.Do} {
		_, out, err := e.apply(t, text, func(a *manage.Application) { a.Effort = effort })
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, "! tools[gone_tool].name: \"gone_tool\" is no tool of this deployment") {
			t.Errorf("effort %d: %v, %s", effort, err, out)
		}
	}
	if n := len(e.whole(t).Access.Rules.Roles); n != 3 {
		t.Errorf("there are %d roles", n)
	}
}

// TestChangesMayStandBesideRoleGrantsThatAreEqual applies, as an automation, a
// file that has the section and changes something else.
func TestChangesMayStandBesideRoleGrantsThatAreEqual(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	before := e.whole(t)
	text := strings.Replace(e.export(t, manage.WithGrants), "guests: admit", "guests: refuse", 1)
	outcome, out, err := e.apply(t, text, nil)
	if now := e.whole(t); err != nil || outcome != manage.Applied || now.Organization.Connection.Guests != tenants.Refuse || !reflect.DeepEqual(now.RoleGrants, before.RoleGrants) {
		t.Errorf("outcome %d, %v, %s: %+v", outcome, err, out, now)
	}
}

// TestEverySpellingOfJSONIsRead sends what JSON allows and YAML does not.
func TestEverySpellingOfJSONIsRead(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	w := e.put(t, "", "{\t\"gatehouse\":1,\n\t\"organization\":\t{\"name\":\"A \\ud83d\\ude00 \\/ B\"}}", "")
	if w.Code != http.StatusOK || e.whole(t).Organization.Name != "A 😀 / B" || w.Header().Get("ETag") == "" {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
}

// TestCredentialIsNotGivenByADocument names a kind that needs a secret, and the
// one that does not.
func TestCredentialIsNotGivenByADocument(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	credential := func(kind string) tenants.Credential {
		if w := e.put(t, "", `{"gatehouse":1,"organization":{"connection":{"credential":{"kind":"`+kind+`"}}}}`, ""); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", kind, w.Code, w.Body.String())
		}
		return e.whole(t).Organization.Connection.Credential
	}
	if c := credential("certificate"); c.Kind != tenants.ClientSecret {
		t.Errorf("%+v", c)
	}
	if c := credential("platform_issuer"); c.Kind != tenants.PlatformIssuer || c.ID == e.org.Connection.Credential.ID {
		t.Errorf("%+v", c)
	}
}

const withoutSecret = `{"gatehouse":1,"organization":{"connection":{"credential":{"kind":"platform_issuer"}}}}`

func TestCredentialByADocumentIsProvedWhereItIsUsed(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	e.proofs.refuses = fault.New(fault.Conflict, "credential: Entra does not accept this one")
	for _, query := range []string{"", "?dryRun=true"} {
		if w := e.put(t, query, withoutSecret, ""); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "does not accept") {
			t.Errorf("%s: %d %s", query, w.Code, w.Body.String())
		}
	}
	if c := e.whole(t).Organization.Connection; c.Credential.ID != e.org.Connection.Credential.ID {
		t.Errorf("%+v", c)
	}
	e.proofs.refuses = nil
	if w := e.put(t, "?dryRun=true", withoutSecret, ""); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
	e.proofs.tried = nil
	if w := e.put(t, "", withoutSecret, ""); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body.String())
	}
	tried := e.proofs.tried
	if len(tried) != 1 || tried[0].Connection.Credential.Kind != tenants.PlatformIssuer || tried[0].Connection.ID != e.org.Connection.ID {
		t.Errorf("proved was %+v", tried)
	}
}

// TestWhatIsProvedIsWhatIsWritten changes the connection between the proof and
// the writing, though not in what the caller has read.
func TestWhatIsProvedIsWhatIsWritten(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	by := authz.SystemCaller(e.org.ID, "test")
	e.proofs.meanwhile = func() {
		c := e.org.Connection
		c.Credential.ID = tenants.NewGUID()
		if _, err := e.db.PutConnection(t.Context(), by, c, []byte("another")); err != nil {
			t.Error(err)
		}
	}
	if w := e.put(t, "", withoutSecret, ""); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "meanwhile") {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
	if c := e.whole(t).Organization.Connection.Credential; c.Kind != tenants.ClientSecret {
		t.Errorf("%+v", c)
	}
}

func TestWhatChangesNoProofIsNotProvedAgain(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	for _, body := range []string{`{"gatehouse":1,"organization":{"name":"Another","connection":{"scope":"use"}}}`, `{"gatehouse":1,"organization":{"groups":{"source":"token_only"},"connection":{"credential":{"kind":"none"}}}}`} {
		if w := e.put(t, "", body, ""); w.Code != http.StatusOK || len(e.proofs.tried) > 0 {
			t.Errorf("%d %s, tried %v", w.Code, w.Body.String(), e.proofs.tried)
		}
	}
}

// TestAutomationDoesNotShutItselfOut applies a file that forgets it, with --prune.
func TestAutomationDoesNotShutItselfOut(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	with := `{"gatehouse":1,"clients":[{"id":"` + pipeline + `","name":"Pipeline"}]}`
	if w := e.put(t, "", with, ""); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body.String())
	}
	const without = `{"gatehouse":1,"clients":[]}`
	for _, query := range []string{"?prune=true", "?prune=true&dryRun=true"} {
		if w := e.put(t, query, without, ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "shut it out") {
			t.Errorf("%s: %d %s", query, w.Code, w.Body.String())
		}
	}
	person := authz.Actor(authz.Identity{Org: e.org.ID, TID: e.org.TID, OID: tenants.NewGUID(), Kind: authz.User})
	n := console.NewDocument{Document: json.RawMessage(without), Role: tenants.Admin, Prune: true}
	if _, err := e.documents.PutDocument(t.Context(), person, n, func(json.RawMessage) error { return nil }); err != nil || len(e.whole(t).Access.Clients) > 0 {
		t.Errorf("a person is refused: %v", err)
	}
}
