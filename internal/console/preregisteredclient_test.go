package console_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const registeredAt = contoso + "/preregistered-clients"

// into decodes an answer.
func into[T any](t *testing.T, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

func TestAdminsRegisterClientsByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.send(http.MethodPost, registeredAt, `{"kind":"confidential","name":"Copilot Studio"}`, nil)
	want(t, w, http.StatusCreated)
	made := into[console.PreregisteredClient](t, w.Body.String())
	if !connections.IsPreregisteredID(made.ID) || made.Name != "Copilot Studio" || made.Kind != connections.Confidential || made.RedirectURIs == nil || made.Agent != nil || len(made.Secrets) > 0 {
		t.Errorf("%+v", made)
	}
	if got := w.Header().Get("Location"); got != registeredAt+"/"+made.ID {
		t.Errorf("it is at %q", got)
	}
	var listed console.Client
	b.read(contoso+"/clients/"+made.ID, &listed)
	if listed.ID != made.ID || listed.Name != "Copilot Studio" {
		t.Errorf("the list of clients has %+v", listed)
	}
	if got := r.access[r.contoso.ID].Preregistered; len(got) != 2 || !got[1].Agent.IsZero() {
		t.Errorf("%+v", got)
	}

	var read console.PreregisteredClient
	tag := b.read(registeredAt+"/"+made.ID, &read)
	if tag != w.Header().Get("ETag") {
		t.Errorf("it is tagged %s, and when it was made %s", tag, w.Header().Get("ETag"))
	}
	change := `{"name":"Studio","redirectUris":["https://global.consent.azure-apim.net/redirect/gatehouse"],"maximumPermissions":{"patterns":["who*"]}}`
	want(t, b.send(http.MethodPut, registeredAt+"/"+made.ID, change, nil), http.StatusPreconditionRequired)
	want(t, b.send(http.MethodPut, registeredAt+"/"+made.ID, change, map[string]string{"If-Match": `"other"`}), http.StatusPreconditionFailed)
	want(t, b.send(http.MethodPut, registeredAt+"/"+made.ID, change, map[string]string{"If-Match": tag}), http.StatusOK)
	tag = b.read(registeredAt+"/"+made.ID, &read)
	if read.Name != "Studio" || len(read.RedirectURIs) != 1 || read.MaximumPermissions == nil || read.Kind != connections.Confidential {
		t.Errorf("%+v", read)
	}
	want(t, b.send(http.MethodDelete, registeredAt+"/"+made.ID, "", map[string]string{"If-Match": tag}), http.StatusNoContent)
	want(t, b.get(registeredAt+"/"+made.ID), http.StatusNotFound)
	want(t, b.get(contoso+"/clients/"+made.ID), http.StatusNotFound)
}

// TestTheListRenamesAndRemovesRegisteredClients: an entry of the list is all that
// makes a client, whoever takes it off.
func TestTheListRenamesAndRemovesRegisteredClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	id := r.access[r.contoso.ID].Preregistered[0].ID
	var entry console.Client
	tag := b.read(contoso+"/clients/"+id, &entry)
	want(t, b.send(http.MethodPut, contoso+"/clients/"+id, `{"name":"Renamed"}`, map[string]string{"If-Match": tag}), http.StatusOK)
	var read console.PreregisteredClient
	b.read(registeredAt+"/"+id, &read)
	if read.Name != "Renamed" || len(read.Secrets) != 1 {
		t.Errorf("%+v", read)
	}
	tag = b.read(contoso+"/clients/"+id, &entry)
	want(t, b.send(http.MethodDelete, contoso+"/clients/"+id, "", map[string]string{"If-Match": tag}), http.StatusNoContent)
	want(t, b.get(registeredAt+"/"+id), http.StatusNotFound)
	if left := r.access[r.contoso.ID].Preregistered; len(left) > 0 {
		t.Errorf("%+v is left", left)
	}
}

func TestClientsThatCannotBeAreNotRegistered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	for body, says := range map[string]string{
		`{"kind":"agent","name":"Nightly","redirectUris":["https://a.example/cb"]}`:                                   "redirectUris: is not for agents",
		`{"kind":"public","name":"Desk","redirectUris":["javascript:alert(1)"]}`:                                      "redirectUris[0]",
		`{"kind":"public","name":"Desk","redirectUris":["http://a.example/cb"]}`:                                      "use https",
		`{"kind":"public","name":"Desk","redirectUris":["https://a.example/cb","https://a.example/cb"]}`:              "redirectUris[1]: stands there twice",
		`{"kind":"public","name":" ","redirectUris":[]}`:                                                              "name",
		`{"kind":"public","name":"Desk","redirectUris":[],"maximumPermissions":{"patterns":["no such (pattern"]}}`:    "maximumPermissions",
		`{"kind":"public","name":"Desk","redirectUris":[],"jwksUri":"https://a.example/keys"}`:                        "is not for public clients",
		`{"kind":"agent","name":"Desk","redirectUris":[],"jwks":"{}"}`:                                                "the key set has to be",
		`{"kind":"agent","name":"Desk","redirectUris":[],"jwksUri":"http://a.example/keys"}`:                          "is no https URL",
		`{"kind":"agent","name":"Desk","redirectUris":[],"jwks":"{}","jwksUri":"https://a.example/keys"}`:             "leave one of them out",
		`{"kind":"other","name":"Desk","redirectUris":[]}`:                                                            "kind",
		`{"kind":"public","name":"Desk","redirectUris":["` + strings.Repeat(`https://a.example/cb","`, 20) + `x:/"]}`: "redirectUris",
	} {
		if w := b.send(http.MethodPost, registeredAt, body, nil); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s answers %d %s", body, w.Code, w.Body)
		}
	}
	if left := r.access[r.contoso.ID]; len(left.Preregistered) != 1 || len(left.Clients) != 2 || len(r.wrote) > 0 {
		t.Errorf("%+v", left)
	}
}

func TestAgentsAreKnownByAnIdOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.send(http.MethodPost, registeredAt, `{"kind":"agent","name":"Nightly","redirectUris":[]}`, nil)
	want(t, w, http.StatusCreated)
	made := into[console.PreregisteredClient](t, w.Body.String())
	if made.Agent == nil || made.Agent.IsZero() {
		t.Errorf("%+v", made)
	}
}

func TestRegisteringTwiceWithOneKeyRegistersOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	body, key := `{"kind":"public","name":"Desk","redirectUris":[]}`, map[string]string{"Idempotency-Key": "one"}
	first, again := b.send(http.MethodPost, registeredAt, body, key), b.send(http.MethodPost, registeredAt, body, key)
	if first.Code != http.StatusCreated || again.Code != http.StatusCreated || first.Body.String() != again.Body.String() || len(r.access[r.contoso.ID].Preregistered) != 2 {
		t.Errorf("%d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	clear(r.answers) // the answer was lost
	want(t, b.send(http.MethodPost, registeredAt, body, key), http.StatusConflict)
}

func TestSecretsAreShownOnceAndRotated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	id := r.access[r.contoso.ID].Preregistered[0].ID
	at, key := registeredAt+"/"+id+"/secrets", map[string]string{"Idempotency-Key": "one"}
	w := b.send(http.MethodPost, at, `{}`, key)
	want(t, w, http.StatusCreated)
	made := into[console.NewClientSecret](t, w.Body.String())
	kept := r.access[r.contoso.ID].Preregistered[0]
	found, ok := kept.SecretOf(made.Secret)
	if !strings.HasPrefix(made.Secret, "ghcs_") || len(made.Secret) < 5+52 || !strings.HasSuffix(made.Secret, made.Hint) || len(made.Hint) != 4 || !ok || found.ID != made.ID ||
		!made.EndsAt.Equal(start.Add(180*24*time.Hour)) {
		t.Errorf("%+v", made)
	}
	again := b.send(http.MethodPost, at, `{}`, key)
	if second := into[console.NewClientSecret](t, again.Body.String()); again.Code != http.StatusCreated || second.ClientSecret != made.ClientSecret || second.Secret != "" {
		t.Errorf("repeated, it answers %d %s", again.Code, again.Body)
	}
	for _, a := range r.answers {
		if strings.Contains(string(a.answer.Body), made.Secret) {
			t.Error("the secret is kept with the answer")
		}
	}
	if w := b.send(http.MethodPost, at, `{}`, nil); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "has 2 secrets already") {
		t.Errorf("a third answers %d %s", w.Code, w.Body)
	}
	var read console.PreregisteredClient
	b.read(registeredAt+"/"+id, &read)
	if len(read.Secrets) != 2 || read.Secrets[1] != made.ClientSecret {
		t.Errorf("%+v", read.Secrets)
	}
	var seen console.ClientSecret
	if tag := b.read(w.Header().Get("Location"), &seen); seen != made.ClientSecret || tag != w.Header().Get("ETag") {
		t.Errorf("%+v is tagged %s", seen, tag)
	}
	old := at + "/" + read.Secrets[0].ID.String()
	tag := b.read(old, &seen)
	want(t, b.send(http.MethodDelete, old, "", map[string]string{"If-Match": `"other"`}), http.StatusPreconditionFailed)
	want(t, b.send(http.MethodDelete, old, "", map[string]string{"If-Match": tag}), http.StatusNoContent)
	want(t, b.send(http.MethodDelete, old, "", map[string]string{"If-Match": tag}), http.StatusNotFound)
	b.read(registeredAt+"/"+id, &read)
	if len(read.Secrets) != 1 || read.Secrets[0].ID != made.ID {
		t.Errorf("%+v", read.Secrets)
	}
	w = b.send(http.MethodPost, at, `{"days":730}`, nil)
	want(t, w, http.StatusCreated)
	if longest := into[console.NewClientSecret](t, w.Body.String()); !longest.EndsAt.Equal(start.Add(730 * 24 * time.Hour)) {
		t.Errorf("%+v", longest)
	}
}

func TestSecretsThatAreOverMakeRoom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	at := registeredAt + "/" + r.access[r.contoso.ID].Preregistered[0].ID + "/secrets"
	want(t, b.send(http.MethodPost, at, `{"days":1}`, nil), http.StatusCreated)
	want(t, b.send(http.MethodPost, at, `{"days":1}`, nil), http.StatusConflict)
	r.mu.Lock()
	ends := r.access[r.contoso.ID].Preregistered[0].Secrets
	ends[1].EndsAt = start
	r.mu.Unlock()
	want(t, b.send(http.MethodPost, at, `{"days":1}`, nil), http.StatusCreated)
	if got := r.access[r.contoso.ID].Preregistered[0].Secrets; len(got) != 2 || !got[1].EndsAt.After(start) {
		t.Errorf("%+v", got)
	}
}

func TestWhoHasNoSecretGetsNone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	w := b.send(http.MethodPost, registeredAt, `{"kind":"public","name":"Desk","redirectUris":[]}`, nil)
	want(t, w, http.StatusCreated)
	desk := into[console.PreregisteredClient](t, w.Body.String()).ID
	confidential := r.access[r.contoso.ID].Preregistered[0].ID
	for _, row := range []struct {
		client, body string
		status       int
	}{
		{desk, `{}`, 422}, {confidential, `{"days":0}`, 422}, {confidential, `{"days":731}`, 422}, {connections.PreregisteredPrefix + strings.Repeat("A", 26), `{}`, 404},
	} {
		want(t, b.send(http.MethodPost, registeredAt+"/"+row.client+"/secrets", row.body, nil), row.status)
	}
}
