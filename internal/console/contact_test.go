package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// ContactSecret implements console.Contacts.
func (m *memory) ContactSecret(_ context.Context, _ tenants.ID, k tenants.Contact) (string, error) {
	return "whsec_" + k.Name + strings.Repeat("+", k.Secrets), nil
}

// TestContact implements console.Contacts.
func (m *memory) TestContact(_ context.Context, o tenants.Organization, k tenants.Contact) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tried = append(m.tried, o.Slug.String()+" "+k.Name)
	if len(m.tried) > 2 {
		return fault.New(fault.Limited, "too many requests; slow down and try again").RetryAfter(time.Minute)
	}
	if k.Name == "hook" {
		return fault.New(fault.Upstream, "hooks.example answered with 404; check the URL")
	}
	return nil
}

// Noticed implements console.Alerts.
func (m *memory) Noticed(_ context.Context, org tenants.ID) ([]watch.Noticed, error) {
	return m.noticed[org], nil
}

// Worded implements console.Alerts.
func (m *memory) Worded(o tenants.Organization, a watch.Alert) notify.Item {
	return watch.Item(o, watch.Deployment{Issuer: "https://gatehouse.example/federation"}, a)
}

func TestContactIsAddedChangedTriedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.send(http.MethodPost, ofContoso+"contacts", `{"name":"hook","url":"https://hooks.example/in"}`, nil)
	want(t, w, http.StatusCreated)
	if !strings.Contains(w.Body.String(), `"secret":"whsec_hook"`) {
		t.Errorf("the secret is not shown: %s", w.Body)
	}
	var k console.Contact
	tag := b.read(ofContoso+"contacts/hook", &k)
	if k.URL != "https://hooks.example/in" || k.Shape != tenants.PlainShape || !*k.Urgent || !*k.Digest || k.ID.IsZero() {
		t.Errorf("%+v", k)
	}
	if again := b.get(ofContoso + "contacts/hook"); strings.Contains(again.Body.String(), "whsec_") {
		t.Errorf("the secret is shown again: %s", again.Body)
	}
	want(t, b.send(http.MethodPost, ofContoso+"contacts", `{"name":"hook","email":"a@b.example"}`, nil), http.StatusConflict)
	w = b.send(http.MethodPut, ofContoso+"contacts/hook", `{"url":"https://hooks.example/other","digest":false}`, map[string]string{"If-Match": tag})
	want(t, w, http.StatusOK)
	tag = w.Header().Get("ETag")
	if c := r.access[r.contoso.ID].Contacts[1]; c.ID != k.ID || c.Digest || c.Webhook != "https://hooks.example/other" {
		t.Errorf("%+v", c)
	}
	w = b.send(http.MethodPost, ofContoso+"contacts/hook/secret", "", nil)
	want(t, w, http.StatusOK)
	if !strings.Contains(w.Body.String(), `"secret":"whsec_hook+"`) {
		t.Errorf("%s", w.Body)
	}
	want(t, b.send(http.MethodPost, ofContoso+"contacts", `{"name":"mail","email":"a@b.example"}`, nil), http.StatusCreated)
	want(t, b.send(http.MethodPost, ofContoso+"contacts/mail/secret", "", nil), http.StatusUnprocessableEntity)
	for name, said := range map[string]string{"hook": `"arrived":false,"trouble":"hooks.example answered with 404; check the URL"`, "contoso-desk": `"arrived":true,"at"`} {
		w = b.send(http.MethodPost, ofContoso+"contacts/"+name+"/test", "", nil)
		want(t, w, http.StatusOK)
		if !strings.Contains(w.Body.String(), said) {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	want(t, b.send(http.MethodPost, ofContoso+"contacts/fabrikam-desk/test", "", nil), http.StatusNotFound)
	if len(r.tried) != 2 {
		t.Errorf("tried are %v", r.tried)
	}
	if w = b.send(http.MethodPost, ofContoso+"contacts/hook/test", "", nil); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d %v %s", w.Code, w.Header(), w.Body)
	}
	want(t, b.send(http.MethodDelete, ofContoso+"contacts/hook", "", map[string]string{"If-Match": tag}), http.StatusNoContent)
	want(t, b.get(ofContoso+"contacts/hook"), http.StatusNotFound)
}

func TestContactThatCannotBeNamesTheField(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for body, field := range map[string]string{
		`{"name":"a"}`:                                                     "email: is missing",
		`{"name":"a","email":"no address"}`:                                "email: address is no e-mail address",
		`{"name":"a","email":"a@b.example","shape":"plain"}`:               "shape: is for webhooks",
		`{"name":"a","url":"http://hooks.example/"}`:                       "url: url does not begin with https://",
		`{"name":"a","url":"https://10.0.0.1/"}`:                           "url: url names a host",
		`{"name":"a","url":"http://localhost:99/"}`:                        "url: is a private address",
		`{"name":"a","email":"a@b.example","urgent":false,"digest":false}`: "urgent: is false, and so is digest",
	} {
		w := b.send(http.MethodPost, ofContoso+"contacts", body, nil)
		want(t, w, http.StatusUnprocessableEntity)
		if !strings.Contains(w.Body.String(), field) {
			t.Errorf("%s: %s", body, w.Body)
		}
	}
	if len(r.access[r.contoso.ID].Contacts) != 1 {
		t.Error("one of them was added")
	}
	viewer := r.as(t, r.person(r.contoso, tenants.Viewer))
	want(t, viewer.send(http.MethodPost, ofContoso+"contacts", `{"name":"a","email":"a@b.example"}`, nil), http.StatusForbidden)
	want(t, viewer.send(http.MethodPost, ofContoso+"contacts/contoso-desk/test", "", nil), http.StatusForbidden)
	want(t, viewer.send(http.MethodPost, ofContoso+"contacts/contoso-desk/secret", "", nil), http.StatusForbidden)
}

func TestAlertsAreListedWithWhatWasTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	failing := watch.Alert{ID: tenants.NewGUID(), Cause: watch.Cause{Kind: watch.SourceFailing, Facts: watch.Facts{"name": "notes", "why": "it is down"}}, OpenedAt: start.Add(-time.Hour)}
	over := failing
	over.ID, over.OpenedAt, over.ResolvedAt = tenants.NewGUID(), start, start.Add(time.Minute)
	later := failing
	later.ID, later.OpenedAt = tenants.NewGUID(), start
	d := watch.Delivery{Name: "desk", Kind: notify.Alert, MadeAt: start, DueAt: start.Add(time.Minute), Attempts: 1, Trouble: "the mailbox is full"}
	r.noticed = map[tenants.ID][]watch.Noticed{r.contoso.ID: {{Alert: over}, {Alert: failing, Deliveries: []watch.Delivery{d}}, {Alert: later}}}
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	var page console.Page[console.Alert]
	b.read(ofContoso+"alerts", &page)
	if len(page.Items) != 3 || page.Items[0].ID != later.ID || page.Items[1].ID != failing.ID || page.Items[2].ID != over.ID {
		t.Fatalf("%+v", page.Items)
	}
	if a := page.Items[1]; a.Title != "The source notes fails" || len(a.Deliveries) != 1 || a.Deliveries[0].State != "waiting" || a.Deliveries[0].Trouble != d.Trouble || a.ResolvedAt != nil {
		t.Errorf("%+v", a)
	}
	b.read(ofContoso+"alerts?state=open", &page)
	if len(page.Items) != 2 {
		t.Errorf("open are %+v", page.Items)
	}
}

// TestURLOfAWebhookIsShownToWhoMayChangeIt: of a workflow of Teams it is the credential.
func TestURLOfAWebhookIsShownToWhoMayChangeIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	const whole, host = "https://hooks.example/desk", "https://hooks.example/#hidden"
	for role, url := range map[tenants.Role]string{tenants.Owner: whole, tenants.Admin: whole, tenants.Auditor: host, tenants.Viewer: host} {
		b := r.as(t, r.person(r.contoso, role))
		var k console.Contact
		b.read(ofContoso+"contacts/contoso-desk", &k)
		var page console.Page[console.Contact]
		b.read(ofContoso+"contacts", &page)
		if k.URL != url || len(page.Items) != 1 || page.Items[0].URL != url {
			t.Errorf("%s sees %q and %+v", role, k.URL, page.Items)
		}
	}
}
