package console_test

import (
	"net/http"
	"slices"
	"testing"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// turnstile notes who comes, and lets nobody in that it is told not to.
type turnstile struct {
	came   []string
	closed bool
}

func (s *turnstile) Admit(_ *http.Request, credential string) error {
	s.came = append(s.came, credential)
	if s.closed {
		return fault.New(fault.Limited, "slow down")
	}
	return nil
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
