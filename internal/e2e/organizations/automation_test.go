package organizations_test

import (
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/access"
	"gatehouse/internal/authz"
	"gatehouse/internal/authz/authztest"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// The automations of both companies: one that may manage, one that lacks the app
// role, and one that the organization does not list.
var automations = []string{"pipeline", "idle", "unlisted"}

const automationSecret = "the secret of every automation"

func automationID(slug, name string) string { return authztest.ID("app", slug+" "+name).String() }

// withAutomations registers them in Entra.
func withAutomations(all []seed.Tenant, _ demo.Places) []seed.Tenant {
	for _, c := range demo.Companies() {
		at, slug := of(all, c.TID.String()), c.Slug.String()
		for _, name := range automations {
			id := automationID(slug, name)
			at.Apps = append(at.Apps, seed.App{ID: id, Name: slug + " " + name, Secret: automationSecret})
			if name != "idle" {
				at.Apps[0].AppRoleAssignments = append(at.Apps[0].AppRoleAssignments, seed.AppRoleAssignment{Role: demo.ManageRole, Principal: id})
			}
		}
	}
	return all
}

// managing is a token of the company's automation, whose client is listed.
func (k *stack) managing(t *testing.T, slug string) string {
	t.Helper()
	k.list(t, slug, "pipeline")
	return k.automationToken(t, slug, "pipeline")
}

func (k *stack) automationToken(t *testing.T, slug, name string) string {
	t.Helper()
	c := company(slug)
	return k.app(t, c.TID, automationID(slug, name), automationSecret, k.places.Base+"/t/"+slug+"/mcp")
}

// list puts an automation on the organization's list of clients.
func (k *stack) list(t *testing.T, slug, name string) {
	t.Helper()
	_, err := k.db.EditAccess(t.Context(), authz.SystemCaller(k.orgs[slug].ID, "test"), "client created", func(a *access.Configuration) error {
		id := automationID(slug, name)
		if !slices.ContainsFunc(a.Clients, func(c tenants.Client) bool { return c.ID == id }) {
			a.Clients = append(a.Clients, tenants.Client{ID: id, Name: name})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	read := k.automation(t, k.automationToken(t, slug, name))
	eventually(t, "the client is listed", patience, func() bool { return read.send(http.MethodGet, at(slug), "").status != http.StatusUnauthorized })
}

func TestAutomationNeedsItsRoleItsClientAndItsTenant(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	good := k.managing(t, "contoso")
	k.list(t, "contoso", "idle")
	k.automation(t, good).send(http.MethodGet, at("contoso"), "").want(http.StatusOK)
	contoso := company("contoso")
	for _, row := range []struct {
		name, token, slug string
		status            int
		says              string
	}{
		{"without the app role", k.automationToken(t, "contoso", "idle"), "contoso", http.StatusForbidden, console.ManageRole},
		{"from a client that is not listed", k.automationToken(t, "contoso", "unlisted"), "contoso", http.StatusForbidden, "client"},
		{"of another tenant", k.managing(t, "fabrikam"), "contoso", http.StatusNotFound, "no such organization"},
		{"at another organization", good, "fabrikam", http.StatusNotFound, "no such organization"},
		{
			"of a person", k.password(t, contoso.TID, person("contoso", "alice"), contoso.Organization(k.places).Connection.QualifiedScope()), "contoso",
			http.StatusForbidden, "people sign in",
		},
		{"for Microsoft Graph", k.graph(t, contoso.TID, person("contoso", "alice"), "User.Read"), "contoso", http.StatusUnauthorized, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := k.automation(t, row.token)
			for _, method := range []string{http.MethodGet, http.MethodPut} {
				c.send(method, at(row.slug), "").refused(row.status, row.says)
			}
		})
	}
}

// TestAutomationDoesNotActAsAPerson: some operations are a person's, or an
// owner's, which an automation is not.
func TestAutomationDoesNotActAsAPerson(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	c := k.automation(t, k.managing(t, "contoso"))
	for _, row := range []struct{ method, path string }{
		{http.MethodPost, "/api/organizations"},
		{http.MethodGet, "/api/session"},
		{http.MethodPost, "/api/ownership"},
		{http.MethodGet, "/api/operator/organizations"},
		{http.MethodPost, at("contoso", "consent")},
		{http.MethodPost, at("contoso", "registration")},
		{http.MethodGet, at("contoso", "groups") + "?search=a"},
		{http.MethodPost, at("contoso", "suspend")},
		{http.MethodPost, at("contoso", "role-grants")},
	} {
		c.send(row.method, row.path, "", with("Idempotency-Key", tenants.NewGUID().String())).refused(http.StatusForbidden, "this is for people")
	}
}
