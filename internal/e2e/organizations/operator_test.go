package organizations_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"gatehouse/internal/audit"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/onboarding"
	"gatehouse/internal/tenants"
)

// operator is a browser in which the platform's operator has signed in.
func (k *stack) operator(t *testing.T) *client {
	t.Helper()
	return k.signedIn(t, demo.Platform().Person.OID)
}

// operated is an organization's path for operators.
func (k *stack) operated(slug, what string) string {
	return "/api/operator/organizations/" + k.orgs[slug].ID.String() + what
}

func TestOperatorAdmitsWhoHasClaimed(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: func(*stack) map[string]string { return map[string]string{"GATEHOUSE_ADMISSION": "approval"} }})
	ada := k.claim(t)
	if ada.org.State != tenants.Pending {
		t.Fatalf("an organization that nobody has admitted is %s", ada.org.State)
	}
	ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).refused(http.StatusConflict, "pending")
	ada.send(http.MethodPost, "/api/operator/organizations/"+ada.org.ID.String()+"/admit", "").refused(http.StatusForbidden, "operators")
	olga := k.operator(t)
	var listed struct {
		Items []console.OperatedOrganization
	}
	olga.get("/api/operator/organizations", &listed)
	if want := []console.OperatedOrganization{{ID: ada.org.ID, Slug: "adatum", State: tenants.Pending}}; !slices.Equal(listed.Items, want) {
		t.Errorf("the operator sees %+v, want %+v", listed.Items, want)
	}
	olga.send(http.MethodPost, "/api/operator/organizations/"+ada.org.ID.String()+"/admit", "").want(http.StatusNoContent)
	olga.send(http.MethodPost, "/api/operator/organizations/"+ada.org.ID.String()+"/admit", "").refused(http.StatusConflict, "")
	ada.get(at("adatum"), &ada.org)
	if ada.org.State != tenants.Onboarding {
		t.Errorf("an organization that was admitted is %s", ada.org.State)
	}
	ada.put(at("adatum", "connection"), ada.own(tenants.NewGUID())).want(http.StatusOK)
}

// inForce is how long a change may take to reach an endpoint; a second is what is
// promised, and a busy machine is given three.
const inForce = 3 * time.Second

func TestOperatorSuspendsAndTheOwnerCannotResume(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	contoso := company("contoso")
	token := k.password(t, contoso.TID, person("contoso", "alice"), contoso.Organization(k.places).Connection.QualifiedScope())
	if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	olga, alice := k.operator(t), k.as(t, "contoso", "alice")
	olga.send(http.MethodPost, k.operated("contoso", "/suspend"), "").want(http.StatusNoContent)
	eventually(t, "the endpoint refuses", inForce, func() bool { return k.call(t, k.replica, "contoso", token, "whoami").status == http.StatusForbidden })
	alice.change(http.MethodPost, at("contoso", "resume"), at("contoso"), nil).refused(http.StatusConflict, "whoever runs the platform has suspended")
	if a := k.call(t, k.replica, "contoso", token, "whoami"); a.status != http.StatusForbidden {
		t.Errorf("the owner's wish was granted: %d %s", a.status, a.body)
	}
	olga.send(http.MethodPost, k.operated("contoso", "/resume"), "").want(http.StatusNoContent)
	eventually(t, "the endpoint serves again", inForce, func() bool { return k.call(t, k.replica, "contoso", token, "whoami").worked() })
	var told []string
	for _, r := range k.records(t, "contoso") {
		if r.Kind == audit.OperatorAct && r.Actor.OID == demo.Platform().Person.OID {
			told = append(told, r.Detail+r.Target)
		}
	}
	if got := k.refusals(t, "suspended"); got == 0 {
		t.Error("the organization's log does not say that Alice was turned away")
	}
	if len(told) != 2 || !strings.Contains(told[0], "suspended") || !strings.Contains(told[1], "resumed") {
		t.Errorf("the organization's log tells %q", told)
	}
}

// refusals counts Alice's refused requests in Contoso's log by their reason.
func (k *stack) refusals(t *testing.T, reason string) (n int) {
	t.Helper()
	for _, r := range k.records(t, "contoso") {
		if r.Kind == audit.RefusedRequest && r.Outcome == audit.Refused && r.Reason == reason && r.Actor.OID == person("contoso", "alice").OID {
			n++
		}
	}
	return n
}

// TestOwnerSuspendsAndResumes is what the refusal above is not about.
func TestOwnerSuspendsAndResumes(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice := k.as(t, "contoso", "alice")
	for _, step := range []string{"suspend", "resume"} {
		alice.change(http.MethodPost, at("contoso", step), at("contoso"), nil).want(http.StatusOK)
	}
	k.as(t, "contoso", "carol").change(http.MethodPost, at("contoso", "suspend"), at("contoso"), nil).refused(http.StatusForbidden, "owner")
}

func TestOperatorLooksInsideOnlyAsApproved(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	olga, alice := k.operator(t), k.as(t, "contoso", "alice")
	var asked, decided console.SupportAccess
	olga.post(k.operated("contoso", "/support-accesses"), console.SupportRequest{Reason: "Ticket 4711: roles do not apply"}, &asked)
	olga.send(http.MethodGet, at("contoso", "roles"), "").refused(http.StatusNotFound, "no such organization")
	var listed struct{ Items []console.SupportAccess }
	alice.get(at("contoso", "support-accesses"), &listed)
	if len(listed.Items) != 1 || listed.Items[0].Reason != "Ticket 4711: roles do not apply" || listed.Items[0].State != tenants.SupportPending {
		t.Fatalf("the owner is shown %+v", listed.Items)
	}
	path := at("contoso", "support-accesses", asked.ID.String())
	k.as(t, "contoso", "carol").ask(http.MethodPost, path+"/approve", console.SupportApproval{Hours: 8}).refused(http.StatusForbidden, "owner")
	for _, hours := range []int{0, 9} {
		alice.ask(http.MethodPost, path+"/approve", console.SupportApproval{Hours: hours}).want(http.StatusUnprocessableEntity)
	}
	alice.ask(http.MethodPost, path+"/approve", console.SupportApproval{Hours: 8}).want(http.StatusOK).into(&decided)
	if decided.State != tenants.SupportApproved || decided.EndsAt == nil || decided.EndsAt.After(time.Now().Add(8*time.Hour+time.Minute)) {
		t.Errorf("approved until %v", decided.EndsAt)
	}
	if by := decided.ApprovedBy; by == nil || by.OID != person("contoso", "alice").OID {
		t.Errorf("approved by %+v", by)
	}
	visited := len(k.visits(t))
	for _, part := range []string{"", "/roles", "/onboarding"} {
		olga.send(http.MethodGet, at("contoso")+part, "").want(http.StatusOK)
	}
	var state console.OnboardingState
	olga.get(at("contoso", "onboarding"), &state)
	if state.Colleague != nil || len(state.Steps) < 2 || state.Steps[1].State != onboarding.Done || !strings.Contains(state.Steps[0].Explanation, company("contoso").TID.String()) {
		t.Errorf("support is shown %+v", state)
	}
	olga.send(http.MethodPost, at("contoso", "doctor"), "").refused(http.StatusForbidden, "reading")
	olga.send(http.MethodPut, at("contoso"), "{}", with("If-Match", `"x"`)).refused(http.StatusForbidden, "reading")
	olga.send(http.MethodGet, at("fabrikam", "roles"), "").refused(http.StatusNotFound, "no such organization")
	if got := k.visits(t)[visited:]; !slices.Equal(got, []string{"ok getOrganization", "ok listRoles", "ok getOnboarding", "ok getOnboarding", "refused runDoctor", "refused updateOrganization"}) {
		t.Errorf("the organization's log has the visits %q", got)
	}
	alice.send(http.MethodPost, path+"/revoke", "").want(http.StatusOK).into(&decided)
	if decided.State != tenants.SupportEnded {
		t.Errorf("after its end it is %s", decided.State)
	}
	olga.send(http.MethodGet, at("contoso", "roles"), "").refused(http.StatusNotFound, "no such organization")
	alice.ask(http.MethodPost, path+"/approve", console.SupportApproval{Hours: 8}).refused(http.StatusConflict, "ended")
}

func TestRefusedSupportIsNotApprovedLater(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	olga, alice := k.operator(t), k.as(t, "contoso", "alice")
	var asked, refused console.SupportAccess
	olga.post(k.operated("contoso", "/support-accesses"), console.SupportRequest{Reason: "Ticket 4711: roles do not apply"}, &asked)
	path := at("contoso", "support-accesses", asked.ID.String())
	alice.send(http.MethodPost, path+"/revoke", "").want(http.StatusOK).into(&refused)
	if refused.State != tenants.SupportRefused || refused.ApprovedBy != nil || refused.EndsAt != nil {
		t.Errorf("refused is %+v", refused)
	}
	alice.ask(http.MethodPost, path+"/approve", console.SupportApproval{Hours: 1}).refused(http.StatusConflict, "refused")
	olga.send(http.MethodGet, at("contoso", "roles"), "").refused(http.StatusNotFound, "no such organization")
}

// TestAdminsAreToldWhoWantsToLookInside: until one of them has seen it.
func TestAdminsAreToldWhoWantsToLookInside(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	k.operator(t).post(k.operated("contoso", "/support-accesses"), console.SupportRequest{Reason: "Ticket 4711: roles do not apply"}, &console.SupportAccess{})
	carol := k.as(t, "contoso", "carol")
	told := carol.notices("contoso")
	if len(told) != 1 || told[0].Kind != tenants.SupportRequested || told[0].By.OID != demo.Platform().Person.OID || told[0].Reason != "Ticket 4711: roles do not apply" {
		t.Fatalf("an admin is told %+v", told)
	}
	carol.send(http.MethodPost, at("contoso", "notices", told[0].ID.String(), "dismiss"), "").want(http.StatusNoContent)
	if told = k.as(t, "contoso", "alice").notices("contoso"); len(told) != 0 {
		t.Errorf("the owner is still told %+v", told)
	}
}

// notices are what the person is told of an organization.
func (c *client) notices(slug string) []console.Notice {
	c.t.Helper()
	var o console.NotifiedOrganization
	c.get(at(slug), &o)
	return o.Notices
}

// visits are the outcomes and operations that the operator's records in Contoso's
// log name.
func (k *stack) visits(t *testing.T) (operations []string) {
	t.Helper()
	for _, r := range k.records(t, "contoso") {
		if r.Kind == audit.SupportVisit && r.Actor.OID == demo.Platform().Person.OID {
			operations = append(operations, string(r.Outcome)+" "+r.Target)
		}
	}
	return operations
}

// TestOperatorsDatabaseRoleReadsNoRows asks PostgreSQL what the role that the
// platform reads for operators with may see, and tries it.
func TestOperatorsDatabaseRoleReadsNoRows(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	root, role := connect(t, k.database.Superuser), connect(t, k.database.Operator)
	rows, err := root.Query(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND has_column_privilege('gatehouse_operator', quote_ident(table_name), column_name, 'SELECT, INSERT, UPDATE') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, column := range []string{"created_at", "entra_tid", "name", "org_id", "slug", "state", "version"} {
		want = append(want, "organizations."+column)
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the role may see or write %q, want %q", seen, want)
	}
	for _, query := range []string{
		"SELECT * FROM organizations", "UPDATE organizations SET state = 'active'", "SELECT 1 FROM credentials", "SELECT 1 FROM role_grants",
		"SELECT 1 FROM support_accesses", "SELECT 1 FROM notices", "SELECT 1 FROM invitations", "SELECT 1 FROM platform_answers", "SELECT 1 FROM audit_outbox", "SET ROLE gatehouse_api",
	} {
		var failed *pgconn.PgError
		if _, err := role.Exec(t.Context(), query); !errors.As(err, &failed) || failed.Code != "42501" && failed.Code != "42P01" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}
