package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const roles = "/api/organizations/contoso/roles"

func TestChangesNeedWhatWasRead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	var role console.Role
	path := roles + "/" + r.access[r.contoso.ID].Rules.Roles[0].ID.String()
	read := b.read(path, &role)
	for tag, status := range map[string]int{"": 428, "*": 428, "stale": 428, `"stale"`: 412, "W/" + read: 412} {
		w := b.send(http.MethodPut, path, `{"name":"Writers","permissions":[{"effect":"allow","patterns":["who*"]}]}`, map[string]string{"If-Match": tag})
		if want(t, w, status); (status == 428 && tag != "stale") != strings.Contains(w.Body.String(), "send If-Match with the ETag of what you read") {
			t.Errorf("%q is answered %s", tag, w.Body)
		}
	}
	if len(r.wrote) != 0 {
		t.Error("a refused change was written")
	}
	w := b.send(http.MethodPut, path, `{"name":"Writers","permissions":[{"effect":"allow","patterns":["who*"]}]}`, map[string]string{"If-Match": read})
	want(t, w, http.StatusOK)
	if got := w.Header().Get("ETag"); got == read || got != b.read(path, &role) || role.Name != "Writers" {
		t.Errorf("afterwards the tag is %s and the role %v", got, role)
	}
	want(t, b.send(http.MethodDelete, path, "", map[string]string{"If-Match": read}), http.StatusPreconditionFailed)
	want(t, b.send(http.MethodDelete, path, "", map[string]string{"If-Match": w.Header().Get("ETag")}), http.StatusNoContent)
	want(t, b.get(path), http.StatusNotFound)
}

func TestCreationsAreForOnceWithAKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	create := func(b *browser, key, name string) *console.Role {
		w := b.send(http.MethodPost, roles, `{"name":"`+name+`","permissions":[{"effect":"allow","patterns":["who*"]}]}`, map[string]string{"Idempotency-Key": key})
		if w.Code != http.StatusCreated || w.Header().Get("ETag") == "" {
			t.Logf("%s %s: %d %s", key, name, w.Code, w.Body)
			return nil
		}
		var role console.Role
		decode(t, w, &role)
		if got := b.get(w.Header().Get("Location")); got.Code != http.StatusOK || got.Header().Get("ETag") != w.Header().Get("ETag") {
			t.Errorf("Location %s answers %d", w.Header().Get("Location"), got.Code)
		}
		return &role
	}
	first, again := create(b, "k", "One"), create(b, "k", "One")
	if first == nil || again == nil || first.ID != again.ID || len(r.wrote) != 1 {
		t.Errorf("twice with one key: %v, %v, written %d times", first, again, len(r.wrote))
	}
	if create(b, "k", "Two") != nil {
		t.Error("another request passes with the key of the first")
	}
	if create(b, "", "Four") == nil || create(b, "k2", "Five") == nil {
		t.Error("without a key, or with another, nothing is created")
	}
	if create(r.as(t, r.person(r.contoso, tenants.Admin)), "k", "Six") == nil {
		t.Error("a key is one person's own")
	}
}

func TestEndsThatNoDateCanBeAreNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	role := r.access[r.contoso.ID].Rules.Roles[0].ID.String()
	for path, body := range map[string]string{
		"assignments": `{"role":"` + role + `","subject":{"kind":"every_guest"},"endsAt":"9999-12-31T23:59:59-23:59"}`,
		"role-grants": `{"role":"viewer","grantee":{"kind":"person","id":"` + alice.String() + `"},"endsAt":"9999-12-31T23:59:59-23:59"}`,
	} {
		w := b.send(http.MethodPost, "/api/organizations/contoso/"+path, body, nil)
		if want(t, w, http.StatusUnprocessableEntity); !strings.Contains(w.Body.String(), "endsAt") || !strings.Contains(w.Body.String(), "give an earlier time") {
			t.Errorf("%s answers %s", path, w.Body)
		}
	}
}

// long is a role whose representation has half a megabyte.
func long(name string) string {
	patterns := strings.Repeat(`"`+strings.Repeat("w", 99)+`*",`, 100)
	permission := `{"effect":"allow","patterns":[` + strings.TrimSuffix(patterns, ",") + `]},`
	return `{"name":"` + name + `","permissions":[` + strings.TrimSuffix(strings.Repeat(permission, 50), ",") + `]}`
}

func TestLongAnswerIsRememberedWithoutItsBody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	most := 0
	r.remembering = func(a console.Answer) error {
		most = max(most, len(a.Body))
		return nil
	}
	key := map[string]string{"Idempotency-Key": "k"}
	first := b.send(http.MethodPost, roles, long("Long"), key)
	want(t, first, http.StatusCreated)
	again := b.send(http.MethodPost, roles, long("Long"), key)
	want(t, again, http.StatusCreated)
	for _, name := range []string{"Location", "ETag"} {
		if was := first.Header().Get(name); was == "" || again.Header().Get(name) != was {
			t.Errorf("%s is %q and then %q", name, was, again.Header().Get(name))
		}
	}
	if body := strings.TrimSpace(again.Body.String()); body != "null" || len(r.wrote) != 1 || first.Body.Len() < 400_000 {
		t.Errorf("%d bytes, then %.200s; written %d times", first.Body.Len(), body, len(r.wrote))
	}
	if most > 128<<10 {
		t.Errorf("%d bytes are remembered", most)
	}
	want(t, b.get(again.Header().Get("Location")), http.StatusOK)
}

func TestCreationStandsWhenItsAnswerIsNotRemembered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	r.remembering = func(console.Answer) error { return fault.New(fault.Unavailable, "the database cannot be reached") }
	w := b.send(http.MethodPost, roles, `{"name":"One","permissions":[{"effect":"allow","patterns":["who*"]}]}`, map[string]string{"Idempotency-Key": "k"})
	want(t, w, http.StatusCreated)
	want(t, b.get(w.Header().Get("Location")), http.StatusOK)
}

func TestOneKeyMakesOneRegistrationHoweverManyAskAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Admin)
	first, second := r.as(t, p), r.as(t, p)
	begun, end := make(chan struct{}), make(chan struct{})
	r.registering = func() error {
		close(begun)
		<-end
		return nil
	}
	register := func(b *browser) *httptest.ResponseRecorder {
		return b.send(http.MethodPost, "/api/organizations/contoso/registration", "", map[string]string{"Idempotency-Key": "k"})
	}
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() { answered <- register(first) }()
	<-begun
	want(t, register(second), http.StatusConflict)
	close(end)
	made := <-answered
	want(t, made, http.StatusCreated)
	again := register(second)
	want(t, again, http.StatusCreated)
	if again.Body.String() != made.Body.String() || r.registered != 1 {
		t.Errorf("%d registrations; first %s, again %s", r.registered, made.Body, again.Body)
	}
}

func TestWhatFailedCanBeTriedAgainWithItsKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	key := map[string]string{"Idempotency-Key": "k"}
	r.registering = func() error { return fault.New(fault.Unavailable, "Microsoft Graph does not answer") }
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/registration", "", key), http.StatusServiceUnavailable)
	r.registering = nil
	want(t, b.send(http.MethodPost, "/api/organizations/contoso/registration", "", key), http.StatusCreated)
	want(t, b.send(http.MethodPost, roles, `{"name":"One","permissions":[{"effect":"allow","patterns":["who*"]}]}`, key), http.StatusConflict) // another operation
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	a := r.access[r.contoso.ID]
	for i := range 9 {
		a.Rules.Roles = append(a.Rules.Roles, authz.Role{ID: tenants.NewGUID(), Name: fmt.Sprint("role ", i)})
	}
	r.access[r.contoso.ID] = a
	seen, cursor, pages := map[tenants.GUID]bool{}, "", 0
	for {
		var page console.Page[console.Role]
		b.read(roles+"?limit=4&cursor="+cursor, &page)
		for _, role := range page.Items {
			seen[role.ID] = true
		}
		pages++
		if cursor = page.NextCursor; cursor == "" {
			break
		}
		if pages == 1 { // what comes and goes hides nothing else
			a.Rules.Roles = append(a.Rules.Roles[:0:0], a.Rules.Roles...)
			a.Rules.Roles[0], a.Rules.Roles[9] = a.Rules.Roles[9], a.Rules.Roles[0]
			r.access[r.contoso.ID] = a
			want(t, b.get("/api/organizations/contoso/clients?cursor="+cursor), http.StatusUnprocessableEntity)
			want(t, r.as(t, r.person(r.other, tenants.Admin)).get("/api/organizations/fabrikam/roles?cursor="+cursor), http.StatusUnprocessableEntity)
		}
	}
	if len(seen) != 10 || pages != 3 {
		t.Errorf("%d roles on %d pages", len(seen), pages)
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "cursor=invented", "unknown=1"} {
		want(t, b.get(roles+"?"+query), http.StatusUnprocessableEntity)
	}
}

// TestListsAreInTheOrderOfNames, whatever their letters' case, and namesakes in
// the order of their ids.
func TestListsAreInTheOrderOfNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	a := r.access[r.contoso.ID]
	role := a.Rules.Roles[0].ID
	a.Rules.Roles, a.Rules.Assignments, r.grants[r.contoso.ID] = nil, nil, r.grants[r.contoso.ID][1:]
	for _, name := range []string{"delta", "Alpha", "charlie", "Bravo", "alpha"} {
		id, other := tenants.NewGUID(), tenants.NewGUID()
		a.Rules.Roles = append(a.Rules.Roles, authz.Role{ID: id, Name: name})
		a.Rules.Assignments = append(a.Rules.Assignments, authz.Assignment{ID: id, Role: role, Subject: authz.Subject{Kind: authz.SubjectPerson, Value: other.String()}, Name: name})
		r.grant(r.contoso, tenants.RoleGrant{ID: id, Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: other}, Name: name})
	}
	r.access[r.contoso.ID] = a
	for _, list := range []string{"roles", "assignments", "role-grants"} {
		var page console.Page[struct{ ID, Name string }]
		b.read("/api/organizations/contoso/"+list, &page)
		var names []string
		for _, item := range page.Items {
			if item.Name != "" { // the signed-in person's own grant
				names = append(names, strings.ToLower(item.Name))
			}
		}
		at := len(page.Items) - 5
		if got := strings.Join(names, " "); got != "alpha alpha bravo charlie delta" || page.Items[at].ID > page.Items[at+1].ID {
			t.Errorf("%s come as %s: %v", list, got, page.Items)
		}
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for name, c := range map[string]struct {
		body, media string
		want        int
	}{
		"unknown member":   {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}],"id":"x"}`, "application/json", 422},
		"other case":       {`{"NAME":"A","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "application/json", 422},
		"named twice":      {`{"name":"A","name":"B","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "application/json", 400},
		"twice below":      {`{"name":"A","permissions":[{"effect":"deny","effect":"allow","patterns":["*"]}]}`, "application/json", 400},
		"two values":       {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}]} {}`, "application/json", 400},
		"cut short":        {`{"name":"A"`, "application/json", 400},
		"no body":          {``, "application/json", 400},
		"very deep":        {strings.Repeat("[", 200_000), "application/json", 400},
		"null list":        {`{"name":"A","permissions":null}`, "application/json", 422},
		"form":             {`name=A`, "application/x-www-form-urlencoded", 415},
		"text":             {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "text/plain", 415},
		"no media type":    {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "", 415},
		"other JSON":       {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "application/merge-patch+json", 415},
		"over a megabyte":  {`{"name":"` + strings.Repeat("a", 1<<20) + `","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "application/json", 413},
		"charset is noise": {`{"name":"A","permissions":[{"effect":"allow","patterns":["who*"]}]}`, "application/json; charset=utf-8", 201},
	} {
		w := b.send(http.MethodPost, roles, c.body, map[string]string{"Content-Type": c.media})
		if w.Code != c.want {
			t.Errorf("%s is answered %d, want %d: %.300s", name, w.Code, c.want, w.Body)
		}
	}
	want(t, b.send(http.MethodPatch, roles, "", nil), http.StatusMethodNotAllowed)
}

// ownerOf makes a person an owner.
func (b *browser) ownerOf(org tenants.ID, oid tenants.GUID) *browser {
	b.r.grant(tenants.Organization{ID: org}, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Owner, Grantee: tenants.Grantee{Kind: tenants.PersonGrantee, ID: oid}})
	return b
}

func TestBodyNeverNamesTheDirectory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	tid := tenants.TID{GUID: tenants.NewGUID()}
	b := r.as(t, console.Person{TID: tid, OID: alice, Name: "Nora"})
	want(t, b.send(http.MethodPost, "/api/organizations", `{"slug":"northwind","name":"N","tid":"`+r.contoso.TID.String()+`"}`, nil), http.StatusUnprocessableEntity)
	w := b.send(http.MethodPost, "/api/organizations", `{"slug":"northwind","name":"N"}`, nil)
	want(t, w, http.StatusCreated)
	var o console.Organization
	decode(t, w, &o)
	if o.TID != tid {
		t.Errorf("registered %s", o.TID)
	}
	if read := b.ownerOf(o.ID, alice).get(w.Header().Get("Location")); read.Code != http.StatusOK || read.Header().Get("ETag") != w.Header().Get("ETag") {
		t.Errorf("the claim is tagged %s, the organization %s: %d", w.Header().Get("ETag"), read.Header().Get("ETag"), read.Code)
	}
	want(t, b.send(http.MethodPost, "/api/organizations", `{"slug":"northwinds","name":"N"}`, nil), http.StatusConflict)
}

func TestSecretsGoInAndNeverComeOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	var n console.Connection
	read := b.read("/api/organizations/contoso/connection", &n)
	w := b.send(http.MethodPut, "/api/organizations/contoso/connection/credential", `{"kind":"client_secret","secret":"s3cr3t~Value.of-Entra"}`, map[string]string{"If-Match": read})
	want(t, w, http.StatusOK)
	all := w.Body.String() + b.get("/api/organizations/contoso/connection").Body.String() + r.log.String()
	if strings.Contains(all, "s3cr3t") || !strings.Contains(all, "client_secret") {
		t.Errorf("the answer is %s", all)
	}
}

// TestCredentialsOfTheSharedAppAreRefusedWithTheReason: the contract does not
// name their kinds, and whoever sends one is told why.
func TestCredentialsOfTheSharedAppAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for kind, says := range map[string]string{"managed_identity": "one subject for everybody", "workload_identity": "one subject for everybody", "password": "is not known"} {
		read := b.get("/api/organizations/contoso/connection").Header().Get("ETag")
		w := b.send(http.MethodPut, "/api/organizations/contoso/connection/credential", `{"kind":"`+kind+`"}`, map[string]string{"If-Match": read})
		if want(t, w, http.StatusUnprocessableEntity); !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: %s", kind, w.Body)
		}
	}
}

// TestCloudIsSaidAndNotChosen: an organization is in the platform's.
func TestCloudIsSaidAndNotChosen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	const path = "/api/organizations/contoso/connection"
	var n console.Connection
	read := b.read(path, &n)
	if n.Cloud != tenants.PublicCloud {
		t.Errorf("the cloud is %q", n.Cloud)
	}
	want(t, b.send(http.MethodPut, path, `{"model":"own","cloud":"china"}`, map[string]string{"If-Match": read}), http.StatusUnprocessableEntity)
}

// TestCertificatesTravelInBodies: what proxies cut off and log is no place for one.
func TestCertificatesTravelInBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	const path = "/api/organizations/contoso/setup"
	want(t, b.send(http.MethodPost, path, `{"model":"own","credential":"certificate","certificate":"-----BEGIN CERTIFICATE-----"}`, nil), http.StatusOK)
	want(t, b.send(http.MethodPost, path, "", nil), http.StatusOK)
	want(t, b.send(http.MethodPost, path+"?certificate=x", "", nil), http.StatusUnprocessableEntity)
	want(t, b.get(path), http.StatusMethodNotAllowed)
	if got := r.setups; len(got) != 2 || got[0].Certificate != "-----BEGIN CERTIFICATE-----" || got[0].Credential != tenants.Certificate || got[1] != (console.WantedRegistration{}) {
		t.Errorf("asked for %+v", got)
	}
}

func TestReconciliationRenamesAndReports(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	gone := tenants.NewGUID()
	a := r.access[r.contoso.ID]
	a.Rules.Assignments = append(a.Rules.Assignments, authz.Assignment{ID: tenants.NewGUID(), Role: a.Rules.Roles[0].ID, Subject: authz.Subject{Kind: authz.SubjectGroup, Value: gone.String()}, Name: "Gone"})
	r.access[r.contoso.ID] = a
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.send(http.MethodPost, "/api/organizations/contoso/groups/reconcile", "", nil)
	want(t, w, http.StatusOK)
	var got console.Reconciliation
	decode(t, w, &got)
	if len(got.Renamed) != 1 || got.Renamed[0].Name != "Payroll" || len(got.Deleted) != 1 || got.Deleted[0].ID != gone {
		t.Errorf("reconciled %+v", got)
	}
	if now := r.access[r.contoso.ID].Rules.Assignments; now[0].Name != "Payroll" || now[1].Name != "Gone" {
		t.Errorf("assignments are %+v", now)
	}
}

var errNotConsented = fault.New(fault.Forbidden, "nobody has consented to GroupMember.Read.All")

// TestGroupsThatDoNotExistGetNoRole asks the directory where it can be asked.
func TestGroupsThatDoNotExistGetNoRole(t *testing.T) {
	t.Parallel()
	const assignments = "/api/organizations/contoso/assignments"
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	there := r.access[r.contoso.ID].Rules.Assignments[0]
	settings := func(kind authz.SubjectKind, value string) string {
		return `{"role":"` + there.Role.String() + `","subject":{"kind":"` + string(kind) + `","value":"` + value + `"}}`
	}
	path, gone := assignments+"/"+there.ID.String(), tenants.NewGUID().String()
	refused := func(w *httptest.ResponseRecorder) {
		t.Helper()
		want(t, w, http.StatusUnprocessableEntity)
		if !strings.Contains(w.Body.String(), `"location":"body.subject.value"`) || !strings.Contains(w.Body.String(), "no group") {
			t.Errorf("the answer is %s", w.Body)
		}
	}
	change := func(body string) *httptest.ResponseRecorder {
		var now console.Assignment
		return b.send(http.MethodPut, path, body, map[string]string{"If-Match": b.read(path, &now)})
	}
	refused(b.send(http.MethodPost, assignments, settings(authz.SubjectGroup, gone), nil))
	refused(change(settings(authz.SubjectGroup, gone)))
	if len(r.wrote) != 0 {
		t.Error("a refused assignment was written")
	}
	want(t, b.send(http.MethodPost, assignments, settings(authz.SubjectPerson, gone), nil), http.StatusCreated)
	r.groups = nil
	want(t, change(settings(authz.SubjectGroup, group.String())), http.StatusOK) // which it had before
	r.noGroups = errNotConsented
	want(t, b.send(http.MethodPost, assignments, settings(authz.SubjectGroup, gone), nil), http.StatusCreated)
}
