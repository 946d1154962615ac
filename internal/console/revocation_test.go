package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const revocations = contoso + "/revocations"

func TestAdminsCutOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seen = map[tenants.ID][]connections.Seen{r.contoso.ID: {{Software: "Agent <http://127.0.0.1/cb>"}}}
	connection := r.connected[r.contoso.ID][0].ID
	admin := r.person(r.contoso, tenants.Admin)
	b := r.as(t, admin)
	for _, row := range []struct {
		body    string
		kind    authz.RevocationKind
		subject string
	}{
		{`{"kind":"person","subject":"A11CE000-0000-4000-8000-000000000001","reason":"laptop stolen"}`, authz.RevokePerson, alice.String()},
		{`{"kind":"client","subject":"` + r.access[r.contoso.ID].Clients[0].ID + `","reason":"sends spam"}`, authz.RevokeClient, r.access[r.contoso.ID].Clients[0].ID},
		{`{"kind":"client","subject":"Agent <http://127.0.0.1/cb>","reason":"not ours"}`, authz.RevokeClient, "Agent <http://127.0.0.1/cb>"},
		{`{"kind":"connection","subject":"` + connection.String() + `","reason":"tried it out"}`, authz.RevokeConnection, connection.String()},
		{`{"kind":"session","subject":"` + group.String() + `","reason":"left open"}`, authz.RevokeSession, group.String()},
		{`{"kind":"organization","reason":"key leaked"}`, authz.RevokeOrganization, ""},
	} {
		b.signIn(admin) // the last one cuts off whoever asks
		r.pass(time.Minute)
		b.signIn(admin)
		w := b.send(http.MethodPost, revocations, row.body, nil)
		want(t, w, http.StatusCreated)
		var made console.Revocation
		decode(t, w, &made)
		got := r.cutOff[r.contoso.ID][len(r.cutOff[r.contoso.ID])-1]
		if got.Kind != row.kind || got.Subject != row.subject || got.Why == "" || !strings.Contains(row.body, got.Why) || got.By.OID != admin.OID {
			t.Errorf("%s has cut off %+v", row.body, got)
		}
		if !got.NotBefore.Equal(r.at().Add(10*time.Second)) || got.ExpiresAt.Sub(got.NotBefore) < 28*time.Hour {
			t.Errorf("%s covers what was issued before %s, until %s", row.body, got.NotBefore, got.ExpiresAt)
		}
		if made.ID != got.ID || made.Kind != row.kind || made.Subject != row.subject || made.Reason != got.Why || made.By == nil || made.By.Kind != "user" || made.By.Name != "Alice" ||
			made.By.OID == nil || *made.By.OID != admin.OID || !made.MadeAt.Equal(r.at()) || !made.IssuedBefore.Equal(got.NotBefore) || !made.Until.Equal(got.ExpiresAt) {
			t.Errorf("%s is answered %+v", row.body, made)
		}
	}
	if left := r.connected[r.contoso.ID]; len(left) != 0 {
		t.Errorf("%+v is left", left)
	}
	r.pass(time.Minute)
	b.signIn(admin)
	var all console.Page[console.Revocation]
	b.read(revocations, &all)
	if len(all.Items) != 6 || all.Items[0].Kind != authz.RevokeOrganization || all.Items[5].Kind != authz.RevokePerson {
		t.Errorf("in force are %+v", all.Items)
	}
}

func TestASlipOfThePenCutsNobodyOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.seen = map[tenants.ID][]connections.Seen{r.contoso.ID: {{Software: "Agent"}, {Software: "Agent 2"}}}
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	none := tenants.NewGUID().String()
	for body, says := range map[string]string{
		`{"kind":"person","subject":"alice@contoso.example","reason":"x"}`:           "a user name is none",
		`{"kind":"person","reason":"x"}`:                                             "must be the object ID of the person",
		`{"kind":"person","subject":"` + tenants.GUID{}.String() + `","reason":"x"}`: "must be the object ID of the person",
		`{"kind":"client","subject":"Agent 1","reason":"x"}`:                         "listSeenApps",
		`{"kind":"client","reason":"x"}`:                                             "listSeenApps",
		`{"kind":"connection","subject":"Claude","reason":"x"}`:                      "listConnections has them",
		`{"kind":"session","subject":"this one","reason":"x"}`:                       "tokenSession",
		`{"kind":"organization","subject":"contoso","reason":"x"}`:                   "must be left out",
	} {
		w := b.send(http.MethodPost, revocations, body, nil)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), `"location":"body.subject"`) {
			t.Errorf("%s is answered %d %s", body, w.Code, w.Body)
		}
	}
	for _, body := range []string{`{"kind":"connections","reason":"x"}`, `{"kind":"person","subject":"` + none + `"}`, `{"kind":"person","subject":"` + none + `","reason":""}`, `{"kind":"group","reason":"x"}`} {
		want(t, b.send(http.MethodPost, revocations, body, nil), http.StatusUnprocessableEntity)
	}
	w := b.send(http.MethodPost, revocations, `{"kind":"connection","subject":"`+none+`","reason":"x"}`, nil)
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "it may be revoked already") {
		t.Errorf("a connection that is not there: %d %s", w.Code, w.Body)
	}
	if len(r.cutOff[r.contoso.ID]) != 0 {
		t.Errorf("cut off is %+v", r.cutOff[r.contoso.ID])
	}
}

func TestTheSameRevocationIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, key := r.as(t, r.person(r.contoso, tenants.Admin)), map[string]string{"Idempotency-Key": "one"}
	body := `{"kind":"person","subject":"` + alice.String() + `","reason":"laptop stolen"}`
	first, again := b.send(http.MethodPost, revocations, body, key), b.send(http.MethodPost, revocations, body, key)
	want(t, first, http.StatusCreated)
	want(t, again, http.StatusCreated)
	if first.Body.String() != again.Body.String() || len(r.cutOff[r.contoso.ID]) != 1 {
		t.Errorf("%s, then %s; cut off is %+v", first.Body, again.Body, r.cutOff[r.contoso.ID])
	}
	want(t, b.send(http.MethodPost, revocations, strings.Replace(body, "stolen", "found", 1), key), http.StatusConflict)
}

// TestWhoWasCutOffHasNoSession: neither one that Entra has still to confirm, nor one
// begun in the moment after; the next one is good.
func TestWhoWasCutOffHasNoSession(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ kind, subject string }{{"person", `,"subject":"` + alice.String() + `"`}, {"organization", ""}} {
		r := newRig(t)
		p := console.Person{TID: r.contoso.TID, OID: alice, Name: "Alice"}
		b, other := r.as(t, p), r.as(t, r.person(r.contoso, tenants.Viewer))
		elsewhere := r.as(t, console.Person{TID: r.other.TID, OID: alice, Name: "Alice of Fabrikam"})
		w := r.as(t, r.person(r.contoso, tenants.Admin)).send(http.MethodPost, revocations, `{"kind":"`+row.kind+`"`+row.subject+`,"reason":"laptop stolen"}`, nil)
		want(t, w, http.StatusCreated)
		if w := b.get("/api/session"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "your access was revoked") {
			t.Errorf("%s: %d %s", row.kind, w.Code, w.Body)
		}
		if w := b.get("/api/session"); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "your access was revoked") {
			t.Errorf("%s: the session is still there: %d %s", row.kind, w.Code, w.Body)
		}
		if got := other.get("/api/session").Code; got != map[string]int{"person": http.StatusOK, "organization": http.StatusUnauthorized}[row.kind] {
			t.Errorf("%s: another of the organization is answered %d", row.kind, got)
		}
		want(t, elsewhere.get("/api/session"), http.StatusOK)
		r.pass(9 * time.Second)
		b.signIn(p)
		want(t, b.get("/api/session"), http.StatusUnauthorized)
		r.pass(2 * time.Second)
		b.signIn(p)
		want(t, b.get("/api/session"), http.StatusOK)
	}
}
