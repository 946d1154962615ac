package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
)

// TestDocumentHoldsNoWebhookOfWhoMayNotApplyIt: what a viewer sees is nothing that could
// be applied by mistake either.
func TestDocumentHoldsNoWebhookOfWhoMayNotApplyIt(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	by := authz.Actor(authz.Identity{Org: e.org.ID, TID: e.org.TID, OID: owner.Grantee.ID, Kind: authz.User, Delegated: true})
	agree := func(json.RawMessage) error { return nil }
	n := console.NewDocument{Document: json.RawMessage(`{"gatehouse":1,"contacts":[{"name":"team","url":"https://hooks.example/key","shape":"teams"}]}`), Role: tenants.Admin}
	if _, err := e.documents.PutDocument(t.Context(), by, n, agree); err != nil {
		t.Fatal(err)
	}
	for role, sees := range map[tenants.Role]bool{tenants.Owner: true, tenants.Admin: true, tenants.Auditor: false, tenants.Viewer: false} {
		text, err := e.documents.Document(t.Context(), e.org.ID, role)
		if err != nil || strings.Contains(string(text), "hooks.example/key") != sees || !strings.Contains(string(text), "https://hooks.example/") {
			t.Errorf("%s: %s, %v", role, text, err)
		}
		n.Document = text
		if _, err := e.documents.PutDocument(t.Context(), by, n, agree); !sees && (err == nil || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("what %s sees is applied: %v", role, err)
		}
	}
	if c := e.whole(t).Access.Contacts; len(c) != 1 || c[0].Webhook != "https://hooks.example/key" {
		t.Errorf("%+v", c)
	}
}

// postbox counts mails by address.
type postbox map[string]int

func (p postbox) Mail(_ context.Context, to string, _ notify.Message) error {
	p[to]++
	return nil
}

func (p postbox) Post(_ context.Context, to notify.Webhook, _ notify.Message) error {
	p[to.URL]++
	return nil
}

// TestTestMessagesAreFew: neither does an organization send many, nor does an address
// get many because many organizations name it.
func TestTestMessagesAreFew(t *testing.T) {
	t.Parallel()
	tests, err := limit.NewVisitors("contact test", limit.Rate{PerSecond: 1.0 / 60, Burst: 5}, 1_000)
	if err != nil {
		t.Fatal(err)
	}
	box := postbox{}
	c := admin.NewContacts(admin.ContactParts{Sender: box, Base: "https://gatehouse.example/", Now: time.Now, Tests: tests})
	send := func(org tenants.ID, email string) error {
		return c.TestContact(t.Context(), tenants.Organization{ID: org, Name: "Contoso", Slug: tenants.MustSlug("contoso")}, tenants.Contact{ID: tenants.NewGUID(), Email: email})
	}
	bomber := tenants.NewID()
	for n := range 20 {
		if err := send(bomber, fmt.Sprintf("p%d@victim.example", n)); (err == nil) != (n < 5) || err != nil && fault.KindOf(err) != fault.Limited {
			t.Errorf("message %d of one organization: %v", n, err)
		}
	}
	for n := range 20 {
		address := "ceo@victim.example"
		if n%2 > 0 {
			address = "CEO@victim.example"
		}
		if err := send(tenants.NewID(), address); (err == nil) != (n < 5) {
			t.Errorf("message %d to one address: %v", n, err)
		}
	}
	if len(box) != 7 {
		t.Errorf("sent are %v", box)
	}
}
