package organizations_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

// becomes changes an organization's state as its owner, and checks what it is
// then.
func (c *client) becomes(slug, step string, want tenants.State) console.Organization {
	c.t.Helper()
	var o console.Organization
	method, path := http.MethodPost, at(slug, step)
	if step == "delete" {
		method, path = http.MethodDelete, at(slug)
	}
	c.change(method, path, at(slug), nil).want(http.StatusOK).into(&o)
	if o.State != want {
		c.t.Fatalf("after %s the organization is %s, want %s", step, o.State, want)
	}
	return o
}

var byApproval = setup{environ: func(*stack) map[string]string { return map[string]string{"GATEHOUSE_ADMISSION": "approval"} }}

// document is an organization's connection to an app of its own, as a file has
// it.
func (a *adatum) document(id tenants.GUID) map[string]any {
	return map[string]any{"gatehouse": 1, "organization": map[string]any{
		"groups": map[string]any{"claim": "configured", "source": "on_behalf_of"},
		"connection": map[string]any{
			"model": "own", "clientId": id, "resource": a.endpoint(), "scope": demo.Scope, "appRole": demo.AppRole,
			"credential": map[string]any{"kind": "platform_issuer"},
		},
	}}
}

func TestDeletionAdmitsNobody(t *testing.T) {
	t.Parallel()
	ada := start(t, byApproval).claim(t)
	ada.becomes("adatum", "delete", tenants.Deleted)
	ada.becomes("adatum", "restore", tenants.Pending)
	ada.change(http.MethodPost, at("adatum", "resume"), at("adatum"), nil).refused(http.StatusConflict, "pending")
	ada.ask(http.MethodPost, at("adatum", "activate"), nil).want(http.StatusUnprocessableEntity)
	ada.change(http.MethodPost, at("adatum", "restore"), at("adatum"), nil).refused(http.StatusConflict, "not deleted")
}

func TestDocumentConnectsNobodyWhoIsNotAdmitted(t *testing.T) {
	t.Parallel()
	ada := start(t, byApproval).claim(t)
	before := ada.get(at("adatum", "connection"), &console.Connection{}).body
	for _, query := range []string{"?dryRun=true", ""} {
		ada.change(http.MethodPatch, at("adatum", "configuration")+query, at("adatum", "configuration"), ada.document(tenants.NewGUID())).refused(http.StatusUnprocessableEntity, "pending")
	}
	if after := ada.get(at("adatum", "connection"), &console.Connection{}).body; after != before {
		t.Errorf("the connection was\n%s\nand is\n%s", before, after)
	}
	ada.becomes("adatum", "delete", tenants.Deleted)
	ada.send(http.MethodGet, at("adatum", "configuration"), "").refused(http.StatusNotFound, "deleted")
}

// TestDocumentWithTheFirstClientIdKeepsTheFederatedSubject: the app was made with
// a federated credential for the subject that the organization had before.
func TestDocumentWithTheFirstClientIdKeepsTheFederatedSubject(t *testing.T) {
	t.Parallel()
	ada := start(t, setup{directories: withStaff}).claim(t)
	var before, after console.Connection
	ada.get(at("adatum", "connection"), &before)
	ada.change(http.MethodPatch, at("adatum", "configuration"), at("adatum", "configuration"), ada.document(ada.registerForIssuer())).want(http.StatusOK)
	if ada.get(at("adatum", "connection"), &after); after.Subject != before.Subject {
		t.Fatalf("the subject was %s and is %s", before.Subject, after.Subject)
	}
	ada.finish()
}

// TestDocumentGivesNoCredentialThatEntraRefuses: Contoso is in use and its app has
// no federated credential.
func TestDocumentGivesNoCredentialThatEntraRefuses(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	alice, path := k.as(t, "contoso", "alice"), at("contoso", "configuration")
	wanted := map[string]any{"gatehouse": 1, "organization": map[string]any{"connection": map[string]any{"credential": map[string]any{"kind": "platform_issuer"}}}}
	for _, query := range []string{"?dryRun=true", ""} {
		alice.change(http.MethodPatch, path+query, path, wanted).refused(http.StatusConflict, "does not accept")
	}
	var n console.Connection
	if alice.get(at("contoso", "connection"), &n); n.Credential == nil || n.Credential.Kind != tenants.ClientSecret {
		t.Errorf("the connection has %+v", n.Credential)
	}
}

func TestDeletionEndsNoSuspensionByAnOperator(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	olga, alice := k.operator(t), k.as(t, "contoso", "alice")
	olga.send(http.MethodPost, k.operated("contoso", "/suspend"), "").want(http.StatusNoContent)
	alice.becomes("contoso", "delete", tenants.Deleted)
	olga.send(http.MethodPost, k.operated("contoso", "/resume"), "").refused(http.StatusConflict, "deleted")
	if o := alice.becomes("contoso", "restore", tenants.Suspended); o.SuspendedBy != tenants.ByOperator {
		t.Errorf("it is suspended by %q", o.SuspendedBy)
	}
	alice.change(http.MethodPost, at("contoso", "resume"), at("contoso"), nil).refused(http.StatusConflict, "whoever runs the platform has suspended")
	olga.send(http.MethodPost, k.operated("contoso", "/resume"), "").want(http.StatusNoContent)
}

// TestDeletedOrganizationsAnswerNothing asks every operation about Contoso once it
// is deleted: as its owner, as its automation, and as an operator whom it had let
// look inside.
func TestDeletedOrganizationsAnswerNothing(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true, directories: withAutomations})
	c, all := k.contract(t)
	alice, olga, machine := k.as(t, "contoso", "alice"), k.operator(t), k.automation(t, k.managing(t, "contoso"))
	var asked console.SupportAccess
	olga.post(k.operated("contoso", "/support-accesses"), console.SupportRequest{Reason: "to look inside later on"}, &asked)
	alice.ask(http.MethodPost, at("contoso", "support-accesses", asked.ID.String(), "approve"), console.SupportApproval{Hours: 8}).want(http.StatusOK)
	for _, insider := range []*client{olga, machine} {
		insider.send(http.MethodGet, at("contoso", "roles"), "").want(http.StatusOK)
	}
	alice.becomes("contoso", "delete", tenants.Deleted)
	before, tried := len(k.records(t, "contoso")), 0
	for _, o := range all {
		if !strings.HasPrefix(o.path, inside) {
			continue
		}
		path := strings.ReplaceAll(o.path, "{org}", "contoso")
		for name, value := range k.things(t, "contoso", o) {
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
		}
		tried++
		send := func(who *client, path string) answer {
			return who.send(o.method, path+searching(o), c.body(t, o), with("If-Match", `"x"`), with("Idempotency-Key", tenants.NewGUID().String()))
		}
		for who, insider := range map[string]*client{"an operator": olga, "its automation": machine} {
			got, missing := send(insider, path), send(insider, strings.Replace(path, "/contoso", "/northwind", 1))
			if got.status < 400 || got.status != missing.status || got.problem() != missing.problem() {
				t.Errorf("%s: %s is told %d %s, and of one that does not exist %d %s", o.ID, who, got.status, got.body, missing.status, missing.body)
			}
		}
		if got := send(alice, path); !slices.Contains([]string{"getOrganization", "restoreOrganization", "listHolds", "createHold", "withdrawHold", "restoreHold"}, o.ID) {
			if got.status != http.StatusNotFound || !strings.Contains(got.body, "was deleted") {
				t.Errorf("%s: its owner is told %d %s", o.ID, got.status, got.body)
			}
		}
	}
	if now := len(k.records(t, "contoso")); tried < 40 || now != before {
		t.Errorf("%d operations were tried; the log had %d records and has %d", tried, before, now)
	}
	alice.becomes("contoso", "restore", tenants.Suspended)
}
