package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const invitations = "/api/operator/invitations"

func TestInvitationIsShownOnceAndKeptAsAHash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	olga := r.operator()
	b := r.as(t, olga)
	w := b.send(http.MethodPost, invitations, `{"days":7}`, nil)
	want(t, w, http.StatusCreated)
	var i console.IssuedInvitation
	decode(t, w, &i)
	if len(i.Code) < 26 || len(r.codes) != 1 || r.codes[0] != console.InvitationHash(i.Code) {
		t.Errorf("%+v is kept as %x", i, r.codes)
	}
	if got := i.ExpiresAt.Sub(r.at()).Hours(); got != 7*24 {
		t.Errorf("it lasts %v hours", got)
	}
	if i.InvitedBy.OID != olga.OID || r.invited[1].By != (tenants.Operator{TID: platform, OID: olga.OID, Name: "Olga"}) {
		t.Errorf("it was made by %+v", r.invited[1].By)
	}
	var again console.Invitation
	b.read(w.Header().Get("Location"), &again)
	if text := b.get(invitations).Body.String() + b.get(w.Header().Get("Location")).Body.String(); again != i.Invitation || strings.Contains(text, i.Code) {
		t.Errorf("%+v is shown as %s", i, text)
	}
	want(t, b.send(http.MethodPost, invitations, `{"days":91}`, nil), http.StatusUnprocessableEntity)
}

func TestInvitationsAreListedWithWhatTheyAreGoodFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	taken := tenants.TID{GUID: tenants.NewGUID()}
	r.invited = append(r.invited,
		tenants.Invitation{ID: tenants.NewGUID(), ExpiresAt: start.Add(24 * time.Hour), TakenBy: taken, TakenAt: start},
		tenants.Invitation{ID: tenants.NewGUID(), ExpiresAt: start.Add(24 * time.Hour)})
	r.pass(2 * time.Hour)
	b := r.as(t, r.operator())
	var page console.Page[console.Invitation]
	b.read(invitations, &page)
	got := map[tenants.GUID]tenants.InvitationState{}
	for _, i := range page.Items {
		got[i.ID] = i.State
		if i.State == tenants.InvitationTaken && *i.TakenBy != taken {
			t.Errorf("taken by %s", i.TakenBy)
		}
	}
	for n, state := range []tenants.InvitationState{tenants.InvitationExpired, tenants.InvitationTaken, tenants.InvitationOpen} {
		if got[r.invited[n].ID] != state {
			t.Errorf("number %d is %q, want %q", n, got[r.invited[n].ID], state)
		}
	}
	open := invitations + "/" + r.invited[2].ID.String()
	want(t, b.send(http.MethodDelete, open, "", nil), http.StatusNoContent)
	want(t, b.get(open), http.StatusNotFound)
	want(t, b.send(http.MethodDelete, open, "", nil), http.StatusNotFound)
}

func TestApprovedSlugsKeepTheRuleOfSlugs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.approved = nil
	olga := r.operator()
	b, tid := r.as(t, olga), tenants.NewGUID().String()
	for slug, status := range map[string]int{"north": 201, "admin": 422, "North": 422} {
		if w := b.send(http.MethodPost, "/api/operator/slugs", `{"slug":"`+slug+`","tid":"`+tid+`"}`, nil); w.Code != status {
			t.Errorf("%s: %d %s", slug, w.Code, w.Body)
		}
	}
	want(t, b.send(http.MethodPost, "/api/operator/slugs", `{"slug":"south","tid":"00000000-0000-0000-0000-000000000000"}`, nil), http.StatusUnprocessableEntity)
	if len(r.approved) != 1 || r.approved[0].Slug != tenants.MustSlug("north") || r.approved[0].By.OID != olga.OID {
		t.Errorf("approved: %+v", r.approved)
	}
	var page console.Page[console.ApprovedSlug]
	b.read("/api/operator/slugs", &page)
	if len(page.Items) != 1 || page.Items[0].Slug != "north" || page.Items[0].ApprovedBy.Name != "Olga" {
		t.Errorf("listed: %+v", page.Items)
	}
	want(t, b.send(http.MethodDelete, "/api/operator/slugs/north", "", nil), http.StatusNoContent)
	if w := b.get("/api/operator/slugs"); !strings.Contains(w.Body.String(), `"items":[]`) {
		t.Errorf("no approvals are listed as %s", w.Body)
	}
	for _, gone := range []string{"north", "-"} {
		want(t, b.get("/api/operator/slugs/"+gone), http.StatusNotFound)
		want(t, b.send(http.MethodDelete, "/api/operator/slugs/"+gone, "", nil), http.StatusNotFound)
	}
}

// TestCreationsOutsideAnOrganizationAreMadeOnce sends each twice with one key.
func TestCreationsOutsideAnOrganizationAreMadeOnce(t *testing.T) {
	t.Parallel()
	tid := tenants.NewGUID().String()
	for path, body := range map[string]string{
		"/api/organizations": `{"slug":"northwind","name":"N"}`, invitations: `{"days":7}`, "/api/operator/slugs": `{"slug":"north","tid":"` + tid + `"}`,
	} {
		r := newRig(t)
		r.approved = nil
		somebody := r.operator()
		b, key := r.as(t, somebody), map[string]string{"Idempotency-Key": "first try"}
		first, second := b.send(http.MethodPost, path, body, key), b.send(http.MethodPost, path, body, key)
		want(t, first, http.StatusCreated)
		if second.Code != first.Code || second.Body.String() != first.Body.String() || second.Header().Get("Location") != first.Header().Get("Location") {
			t.Errorf("%s answers %s, and then %d %s", path, first.Body, second.Code, second.Body)
		}
		if made := len(r.orgs) - 2 + len(r.invited) - 1 + len(r.approved); made != 1 {
			t.Errorf("%s has made %d", path, made)
		}
		for _, kept := range r.outside {
			if text := string(kept.ciphertext); strings.Contains(text, "north") || strings.Contains(text, "expiresAt") {
				t.Errorf("%s keeps its answer as %s", path, text)
			}
		}
		other := strings.NewReplacer("north", "south", "7", "8").Replace(body)
		want(t, b.send(http.MethodPost, path, other, key), http.StatusConflict)
		somebody.OID, somebody.TID = tenants.NewGUID(), platform
		if colleague := r.as(t, somebody).send(http.MethodPost, path, other, key); colleague.Body.String() == first.Body.String() || path != "/api/organizations" && colleague.Code != http.StatusCreated {
			t.Errorf("%s answers a colleague with the same key %d %s", path, colleague.Code, colleague.Body)
		}
	}
}

func TestCreationOutsideThatFailedIsMadeAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	nora := console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: alice, Name: "Nora"}
	b, key := r.as(t, nora), map[string]string{"Idempotency-Key": "first try"}
	want(t, b.send(http.MethodPost, "/api/organizations", `{"slug":"admin"}`, key), http.StatusUnprocessableEntity)
	want(t, b.send(http.MethodPost, "/api/organizations", `{"slug":"northwind"}`, key), http.StatusCreated)
}
