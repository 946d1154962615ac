package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

const connected = contoso + "/connections"

// connect adds connections of somebody, each used before the one before it.
func (r *rig) connect(o tenants.Organization, person tenants.GUID, many int) []connections.Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range many {
		n := len(r.connected[o.ID])
		r.connected[o.ID] = append(r.connected[o.ID], connections.Connection{
			ID: tenants.NewGUID(), Person: connections.Person{OID: person, Name: "Bob"}, Client: "gh_x", Software: "Agent <http://127.0.0.1/cb>", Name: "Agent",
			Redirect: "127.0.0.1", MadeAt: start, UsedAt: start.Add(-time.Duration(n) * time.Minute),
		})
	}
	return slices.Clone(r.connected[o.ID])
}

func idsOf(list []connections.Connection) []tenants.GUID {
	ids := make([]tenants.GUID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

// pages reads a list of connections to its end and returns the ids, page by page.
func (b *browser) pages(path string) [][]tenants.GUID {
	b.t.Helper()
	var all [][]tenants.GUID
	cursor := ""
	for range 20 {
		var page console.Page[console.ClientConnection]
		b.read(path+cursor, &page)
		ids := []tenants.GUID{}
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		if all = append(all, ids); page.NextCursor == "" {
			return all
		}
		cursor = "&cursor=" + url.QueryEscape(page.NextCursor)
	}
	b.t.Fatal("the list has no end")
	return nil
}

func TestConnectionsSayWhoActsForWhom(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.connect(r.contoso, tenants.NewGUID(), 1)
	w := r.as(t, r.person(r.contoso, tenants.Viewer)).get(connected)
	want(t, w, http.StatusOK)
	var page console.Page[console.ClientConnection]
	decode(t, w, &page)
	made := r.connected[r.contoso.ID][0]
	if len(page.Items) != 2 || page.Items[0] != (console.ClientConnection{
		ID: made.ID, Person: console.ConnectedPerson{OID: alice, Name: "Alice", Username: "alice@contoso.example", Guest: true}, Client: "https://claude.ai/client.json",
		Software: "https://claude.ai", Name: "Claude", Host: "claude.ai", AnswersTo: "claude.ai", Remembered: true, EntraKept: true, MadeAt: start.Add(-time.Hour), UsedAt: start,
	}) {
		t.Errorf("%+v", page.Items)
	}
	if other := page.Items[1]; other.Remembered || other.EntraKept || other.Host != "" {
		t.Errorf("%+v", other)
	}
	if strings.Contains(w.Body.String(), "sealed") || strings.Contains(w.Body.String(), "c2VhbGVk") {
		t.Errorf("the answer has what is encrypted: %s", w.Body)
	}
}

func TestConnectionsComeInPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := tenants.NewGUID()
	all := idsOf(r.connect(r.contoso, bob, 4))
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	for path, want := range map[string][][]tenants.GUID{
		"?limit=2":                             {all[:2], all[2:4], all[4:]},
		"?limit=5":                             {all},
		"?limit=3&person=" + bob.String():      {all[1:4], all[4:]},
		"?limit=9&person=" + alice.String():    {all[:1]},
		"?limit=9&person=" + platform.String(): {{}},
	} {
		if got := b.pages(connected + path); !slices.EqualFunc(got, want, slices.Equal[[]tenants.GUID]) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	want(t, b.get(connected+"?person=bob"), http.StatusUnprocessableEntity)
}

func TestCursorsOfConnectionsAreForOneListOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all := r.connect(r.contoso, alice, 3)
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	var page console.Page[console.ClientConnection]
	b.read(connected+"?limit=1", &page)
	cursor := "limit=1&cursor=" + url.QueryEscape(page.NextCursor)
	for where, b := range map[string]*browser{
		connected + "?person=" + alice.String() + "&": b,
		"/api/organizations/fabrikam/connections?":    r.as(t, r.person(r.other, tenants.Viewer)),
		"/api/me/connections?":                        r.as(t, console.Person{TID: r.contoso.TID, OID: alice}),
	} {
		if w := b.get(where + cursor); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "belongs to another list") {
			t.Errorf("%s answers %d %s", where, w.Code, w.Body)
		}
	}
	r.connected[r.contoso.ID] = all[1:]
	if w := b.get(connected + "?" + cursor); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "goes on after is gone; begin again without one") {
		t.Errorf("answers %d %s", w.Code, w.Body)
	}
}

func TestAdminsRevokeConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin := r.person(r.contoso, tenants.Admin)
	kept := r.connect(r.contoso, tenants.NewGUID(), 1)
	want(t, r.as(t, r.person(r.contoso, tenants.Viewer)).send(http.MethodDelete, connected+"/"+kept[0].ID.String(), "", nil), http.StatusForbidden)
	b := r.as(t, admin)
	want(t, b.send(http.MethodDelete, connected+"/"+kept[0].ID.String(), "", nil), http.StatusNoContent)
	if left := idsOf(r.connected[r.contoso.ID]); len(left) != 1 || left[0] != kept[1].ID || len(r.wrote) != 1 || r.wrote[0].Identity().OID != admin.OID {
		t.Errorf("left are %v, written by %v", left, r.wrote)
	}
	if w := b.send(http.MethodDelete, connected+"/"+kept[0].ID.String(), "", nil); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no such connection") {
		t.Errorf("once more answers %d %s", w.Code, w.Body)
	}
}

func TestPeopleSeeAndRevokeTheirOwnConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	all := r.connect(r.contoso, tenants.NewGUID(), 3)
	bob := console.Person{TID: r.contoso.TID, OID: all[1].Person.OID, Name: "Bob"} // has no role
	b := r.as(t, bob)
	if got, want := b.pages("/api/me/connections?limit=2"), [][]tenants.GUID{idsOf(all[1:3]), idsOf(all[3:])}; !slices.EqualFunc(got, want, slices.Equal[[]tenants.GUID]) {
		t.Errorf("%v, want %v", got, want)
	}
	mine := "/api/me/connections/" + all[1].ID.String()
	want(t, b.send(http.MethodDelete, mine, "", nil), http.StatusNoContent)
	if len(r.connected[r.contoso.ID]) != 3 || len(r.wrote) != 1 || r.wrote[0].Identity().OID != bob.OID || r.wrote[0].Org() != r.contoso.ID {
		t.Errorf("left are %d, written by %v", len(r.connected[r.contoso.ID]), r.wrote)
	}
	want(t, b.send(http.MethodDelete, mine, "", nil), http.StatusNotFound)
}

func TestConnectionsOfOthersAreNotOnesOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bob := r.connect(r.contoso, tenants.NewGUID(), 1)[1]
	elsewhere := console.Person{TID: r.other.TID, OID: bob.Person.OID}
	for who, p := range map[string]console.Person{
		"an owner of the organization": r.person(r.contoso, tenants.Owner), "the same object id of another directory": elsewhere,
		"an operator": r.operator(),
	} {
		b := r.as(t, p)
		if w := b.send(http.MethodDelete, "/api/me/connections/"+bob.ID.String(), "", nil); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d %s", who, w.Code, w.Body)
		}
		if w := b.get("/api/me/connections"); strings.Contains(w.Body.String(), bob.ID.String()) {
			t.Errorf("%s reads %s", who, w.Body)
		}
	}
	if len(r.wrote) > 0 || len(r.connected[r.contoso.ID]) != 2 {
		t.Error("something was revoked")
	}
}

func TestNobodyHasConnectionsInADeletedOrganization(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setState(tenants.Deleted)
	b := r.as(t, console.Person{TID: r.contoso.TID, OID: alice})
	want(t, b.get("/api/me/connections"), http.StatusNotFound)
	want(t, b.send(http.MethodDelete, "/api/me/connections/"+r.connected[r.contoso.ID][0].ID.String(), "", nil), http.StatusNotFound)
	want(t, r.as(t, r.operator()).get("/api/me/connections"), http.StatusNotFound)
	if len(r.wrote) > 0 {
		t.Error("something was revoked")
	}
}
