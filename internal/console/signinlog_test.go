package console_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func (m *memory) RecordSignIn(_ context.Context, org tenants.ID, p console.Person, source string) error {
	return m.came("in", org, p, source)
}

func (m *memory) RecordSignOut(_ context.Context, org tenants.ID, p console.Person, source string) error {
	return m.came("out", org, p, source)
}

func (m *memory) RecordLockOut(_ context.Context, org tenants.ID, p console.Person) error {
	return m.came("locked out", org, p, "")
}

func (m *memory) came(what string, org tenants.ID, p console.Person, source string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unrecorded != nil {
		return m.unrecorded
	}
	m.comings = append(m.comings, strings.TrimSpace(what+" "+p.OID.String()+" of "+org.String()+" "+source))
	return nil
}

func TestLogHasWhoComesInAndGoes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Viewer)
	b := r.as(t, p)
	want(t, b.send(http.MethodPost, "/auth/sign-out", "", nil), http.StatusSeeOther)
	want(t, b.send(http.MethodPost, "/auth/sign-out", "", nil), http.StatusSeeOther)
	b = r.as(t, p)
	b.keepBusy(40 * time.Minute)
	r.pass(20 * time.Minute)
	r.confirm = func(console.Person) (console.Person, error) {
		return console.Person{}, fault.New(fault.Unauthenticated, "disabled")
	}
	want(t, b.get("/api/session"), http.StatusUnauthorized)
	who := " " + p.OID.String() + " of " + r.contoso.ID.String()
	if all := []string{"in" + who + " 192.0.2.1", "out" + who + " 192.0.2.1", "in" + who + " 192.0.2.1", "locked out" + who}; !slices.Equal(r.comings, all) {
		t.Errorf("the log has %q, want %q", r.comings, all)
	}
}

func TestNobodyComesInUnrecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Owner)
	inside := r.as(t, p)
	r.unrecorded = fault.New(fault.Unavailable, "the log is full")
	b := r.browser(t)
	state := stateOf(t, b.get("/auth/sign-in"))
	r.code(p)
	if want(t, b.get("/auth/callback?code=code&state="+state), http.StatusServiceUnavailable); b.cookies[cookie] != "" {
		t.Error("somebody has come in of whom there is no record")
	}
	if want(t, inside.send(http.MethodPost, "/auth/sign-out", "", nil), http.StatusSeeOther); len(r.sessions) != 0 {
		t.Error("whoever wants to go is kept in")
	}
}

func TestWhoeverHasNoOrganizationYetHasNoLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.as(t, console.Person{TID: tenants.TID{GUID: tenants.NewGUID()}, OID: tenants.NewGUID(), Name: "Ada"})
	if len(r.comings) != 0 {
		t.Errorf("%q", r.comings)
	}
}
