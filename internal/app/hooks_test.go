package app_test

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/app"
	"gatehouse/internal/authz"
	"gatehouse/internal/graph"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/store/storetest"
	"gatehouse/internal/tenants"
)

// tell posts to a path of an api process, as whatever host.
func tell(t *testing.T, a *app.API, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	got := httptest.NewRecorder()
	a.Handler().ServeHTTP(got, httptest.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body)))
	return got
}

// TestEveryReplicaHearsGraph: one has the subscription made, another hears of it, and
// what hurries stands in the database.
func TestEveryReplicaHearsGraph(t *testing.T) {
	t.Parallel()
	d := storetest.New(t)
	db, worker := d.Open(t), d.OpenWorker(t)
	org, _ := found(t, db, local(t, 1), "contoso")
	if _, err := db.EditOrganization(t.Context(), authz.SystemCaller(org, "test"), "served", func(o *tenants.Organization) error {
		o.State = tenants.Active
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	by, now := authz.SystemCaller(org, "test"), time.Now()
	hook := graphhook.Hook{ID: tenants.NewGUID(), Resource: graph.WatchGroups, StateHash: sha256.Sum256([]byte("secret"))}
	if err := db.PutHook(t.Context(), by, hook); err != nil {
		t.Fatal(err)
	}
	if _, err := worker.TakeChore(t.Context(), by, "follow", now, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, d)
	own := "http://localhost:8080/graph/notifications/"
	body := `{"value":[{"clientState":"secret","changeType":"updated"}]}`
	for name, row := range map[string]struct {
		url, body string
		status    int
	}{
		"handshake":    {own + hook.ID.String() + "?validationToken=are%20you%20there", "", http.StatusOK},
		"nobody's":     {own + tenants.NewGUID().String(), body, http.StatusNotFound},
		"no secret":    {own + hook.ID.String(), strings.Replace(body, "secret", "guess", 1), http.StatusNotFound},
		"another host": {strings.Replace(own, "localhost", "evil.example", 1) + hook.ID.String(), body, http.StatusForbidden},
	} {
		if got := tell(t, a, row.url, row.body); got.Code != row.status {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	due := func() []tenants.ID {
		t.Helper()
		list, err := worker.DueChores(t.Context(), "follow", time.Now(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := due(); len(list) != 0 {
		t.Errorf("whoever does not know the secret has made due %v", list)
	}
	if got := tell(t, a, own+hook.ID.String(), body); got.Code != http.StatusAccepted {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if list := due(); len(list) != 1 || list[0] != org {
		t.Errorf("due is %v", list)
	}
}
