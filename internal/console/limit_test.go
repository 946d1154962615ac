package console_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/limit"
	"gatehouse/internal/tenants"
)

// turnstile notes who comes and who leaves, and lets nobody in that it is told
// not to.
type turnstile struct {
	came   []string
	left   int
	closed bool
}

func (s *turnstile) Admit(_ *http.Request, credential string) (leave func(), err error) {
	s.came = append(s.came, credential)
	if s.closed {
		return nil, fault.New(fault.Limited, "slow down")
	}
	return func() { s.left++ }, nil
}

func TestRequestsAreHeldBeforeAnythingIsLookedUp(t *testing.T) {
	t.Parallel()
	r, held := newRig(t), &turnstile{}
	r.console.Limits = held
	b := r.as(t, r.person(r.contoso, tenants.Viewer))
	if len(held.came) != 2 || held.came[0] != "" || held.came[1] != "" {
		t.Errorf("signing in comes as %q", held.came)
	}
	want(t, b.get("/api/session"), http.StatusOK)
	r.by(t, "token").get("/api/organizations/contoso")
	if session := held.came[2]; session == "" || !slices.ContainsFunc(b.cookieValues(), func(v string) bool { return v == session }) || held.came[3] != "token" {
		t.Errorf("requests come as %q", held.came)
	}
	if held.left != len(held.came) {
		t.Errorf("%d came and %d left", len(held.came), held.left)
	}
	held.closed = true
	for _, path := range []string{"/api/session", "/auth/sign-in", "/api/openapi.yaml"} {
		w := b.get(path)
		want(t, w, http.StatusTooManyRequests)
		var p console.Problem
		decode(t, w, &p)
		if p.Type != "urn:gatehouse:problem:limited" {
			t.Errorf("%s answers %s", path, w.Body)
		}
	}
}

func (b *browser) cookieValues() (all []string) {
	for _, v := range b.cookies {
		all = append(all, v)
	}
	return all
}

func TestASessionHasPlacesForRequestsUnderWay(t *testing.T) {
	t.Parallel()
	rate := limit.Rate{PerSecond: 1e6, Burst: 1e6}
	each, err := limit.NewVisitors("session", rate, 100)
	if err != nil {
		t.Fatal(err)
	}
	places, err := limit.NewPlaces(1)
	if err != nil {
		t.Fatal(err)
	}
	held := console.Visitors{Each: each, Address: each, Places: places}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/session", nil)
	leave, err := held.Admit(r, "ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Admit(r, "ann"); fault.KindOf(err) != fault.Limited {
		t.Errorf("a second request at once: %v", err)
	}
	for _, credential := range []string{"bob", "", ""} {
		if _, err := held.Admit(r, credential); err != nil {
			t.Errorf("%q: %v", credential, err)
		}
	}
	leave()
	if _, err = held.Admit(r, "ann"); err != nil {
		t.Errorf("after it has ended: %v", err)
	}
}
