package organizations_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// readers is a role that is as large as it has permissions.
func readers(name string, permissions int) console.RoleSettings {
	p := console.Permission{Effect: authz.Allow, Patterns: slices.Repeat([]string{strings.Repeat("w", 100) + "*"}, 50)}
	return console.RoleSettings{Name: name, Permissions: slices.Repeat([]console.Permission{p}, permissions)}
}

// TestEditsOfOneOrganizationDisturbNobodyElse has one organization edited by forty
// at once, while another is used and administered.
func TestEditsOfOneOrganizationDisturbNobodyElse(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	c := company("contoso")
	token := k.password(t, c.TID, person("contoso", "alice"), c.Organization(k.places).Connection.QualifiedScope())
	carol, busy := k.as(t, "contoso", "carol"), k.as(t, "fabrikam", "carol")
	const edits = 40
	statuses := make(chan int, edits)
	for i := range edits {
		go func() {
			statuses <- busy.ask(http.MethodPost, at("fabrikam", "roles"), readers(fmt.Sprint("Readers ", i), 1)).status
		}()
	}
	made, answered := 0, 0
	for answered < edits {
		select {
		case status := <-statuses:
			answered++
			switch status {
			case http.StatusCreated:
				made++
			case http.StatusTooManyRequests:
			default:
				t.Errorf("an edit is answered %d", status)
			}
		default:
			if a := k.call(t, k.replica, "contoso", token, "whoami"); !a.worked() {
				t.Errorf("a call of another organization is answered %d %s", a.status, a.body)
			}
			if a := carol.send(http.MethodGet, at("contoso", "roles"), ""); a.status != http.StatusOK {
				t.Errorf("the console of another organization answers %d %s", a.status, a.body)
			}
		}
	}
	var list struct{ Items []console.Role }
	busy.get(at("fabrikam", "roles")+"?limit=100", &list)
	there := 0
	for _, r := range list.Items {
		if strings.HasPrefix(r.Name, "Readers ") {
			there++
		}
	}
	if made == 0 || there != made {
		t.Errorf("%d edits were answered as made, and %d roles are there", made, there)
	}
}

// TestLongCreationIsRepeatedWithItsKey: what is too long to be remembered is made
// once all the same.
func TestLongCreationIsRepeatedWithItsKey(t *testing.T) {
	t.Parallel()
	k := start(t, setup{companies: true})
	carol, key := k.as(t, "contoso", "carol"), with("Idempotency-Key", tenants.NewGUID().String())
	first := carol.ask(http.MethodPost, at("contoso", "roles"), readers("Readers", 90), key).want(http.StatusCreated)
	again := carol.ask(http.MethodPost, at("contoso", "roles"), readers("Readers", 90), key).want(http.StatusCreated)
	place := first.header.Get("Location")
	if len(first.body) < 400_000 || place == "" || again.header.Get("Location") != place || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("%d bytes at %s, then %.100s at %s", len(first.body), place, again.body, again.header.Get("Location"))
	}
	var r console.Role
	carol.get(place, &r)
	carol.ask(http.MethodPost, at("contoso", "roles"), readers("More", 11)).refused(http.StatusUnprocessableEntity, "there may be 5000")
}
