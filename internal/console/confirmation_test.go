package console_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// keepBusy lets time pass for somebody who goes on working.
func (b *browser) keepBusy(d time.Duration) (code int) {
	b.t.Helper()
	for range d / (20 * time.Minute) {
		b.r.pass(20 * time.Minute)
		code = b.get("/api/session").Code
	}
	return code
}

func TestEntraConfirmsASessionEveryHour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, "")
	p.Groups, p.Operator, p.Delegation = []tenants.GUID{group}, true, []byte("first")
	r.grant(r.contoso, tenants.RoleGrant{ID: tenants.NewGUID(), Role: tenants.Viewer, Grantee: tenants.Grantee{Kind: tenants.GroupGrantee, ID: group}})
	b := r.as(t, p)
	r.confirm = func(was console.Person) (console.Person, error) {
		if was.OID != p.OID || string(was.Delegation) != "first" {
			t.Errorf("asked about %+v", was)
		}
		now := p
		now.Groups, now.Operator, now.Delegation = nil, false, []byte("second")
		return now, nil
	}
	if b.keepBusy(40*time.Minute) != http.StatusOK || r.confirms != 0 {
		t.Fatalf("asked %d times within the hour", r.confirms)
	}
	want(t, b.get("/api/organizations/contoso"), http.StatusOK)
	r.pass(20 * time.Minute)
	want(t, b.get("/api/organizations/contoso"), http.StatusForbidden)
	var s console.Session
	if b.read("/api/session", &s); s.Operator || r.confirms != 1 {
		t.Errorf("%+v after %d questions", s, r.confirms)
	}
	r.confirm = func(was console.Person) (console.Person, error) {
		if string(was.Delegation) != "second" {
			t.Errorf("asked with %s", was.Delegation)
		}
		return was, nil
	}
	if b.keepBusy(time.Hour) != http.StatusOK || r.confirms != 2 {
		t.Errorf("asked %d times in two hours", r.confirms)
	}
	if b.keepBusy(6*time.Hour) != http.StatusUnauthorized {
		t.Error("confirming lengthens the session")
	}
}

func TestWhomEntraRefusesIsSignedOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	b.keepBusy(40 * time.Minute)
	r.pass(20 * time.Minute)
	r.confirm = func(console.Person) (console.Person, error) {
		return console.Person{}, fault.New(fault.Unauthenticated, "disabled")
	}
	w := b.get("/api/session")
	if want(t, w, http.StatusUnauthorized); !strings.Contains(w.Body.String(), "sign in again") {
		t.Error(w.Body)
	}
	r.confirm = nil
	want(t, b.get("/api/session"), http.StatusUnauthorized)
	if len(r.sessions) != 0 {
		t.Errorf("%d sessions are left", len(r.sessions))
	}
}

func TestSilentEntraIsWaitedForAnHour(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	r.confirm = func(console.Person) (console.Person, error) {
		return console.Person{}, fault.New(fault.Unavailable, "nobody answers")
	}
	if got := b.keepBusy(time.Hour); got != http.StatusOK || r.confirms != 1 {
		t.Errorf("answers %d after %d questions", got, r.confirms)
	}
	r.pass(59 * time.Second)
	if want(t, b.get("/api/session"), http.StatusOK); r.confirms != 1 {
		t.Errorf("asked %d times within a minute", r.confirms)
	}
	r.pass(time.Second)
	if want(t, b.get("/api/session"), http.StatusOK); r.confirms != 2 {
		t.Errorf("asked %d times after a minute", r.confirms)
	}
	b.keepBusy(40 * time.Minute)
	r.pass(19*time.Minute - time.Second)
	want(t, b.get("/api/session"), http.StatusOK)
	r.pass(time.Second)
	want(t, b.get("/api/session"), http.StatusServiceUnavailable)
	r.pass(time.Minute)
	want(t, b.get("/api/session"), http.StatusServiceUnavailable)
	r.confirm = nil
	r.pass(time.Minute)
	want(t, b.get("/api/session"), http.StatusOK)
}

// TestOneRequestAsksEntraForAll holds the question back until every request has
// found its session.
func TestOneRequestAsksEntraForAll(t *testing.T) {
	t.Parallel()
	const requests = 10
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	b.keepBusy(40 * time.Minute)
	r.pass(20 * time.Minute)
	var found atomic.Int32
	all := make(chan struct{})
	r.found = func() {
		if found.Add(1) == requests+1 { // the question looks again
			close(all)
		}
	}
	r.confirm = func(p console.Person) (console.Person, error) {
		<-all
		return p, nil
	}
	var done sync.WaitGroup
	for range requests {
		other := r.browser(t)
		other.cookies[cookie] = b.cookies[cookie]
		done.Go(func() { want(t, other.get("/api/session"), http.StatusOK) })
	}
	if done.Wait(); r.confirms != 1 {
		t.Errorf("asked %d times", r.confirms)
	}
}

// TestSlowRequestTakesTheAnswerOfAFastOne: it has found the session as it was
// before the other had it confirmed.
func TestSlowRequestTakesTheAnswerOfAFastOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	b.keepBusy(40 * time.Minute)
	r.pass(20 * time.Minute)
	fast := r.browser(t)
	fast.cookies[cookie] = b.cookies[cookie]
	r.found = func() {
		r.found = nil
		want(t, fast.get("/api/session"), http.StatusOK)
	}
	if want(t, b.get("/api/session"), http.StatusOK); r.confirms != 1 {
		t.Errorf("asked %d times", r.confirms)
	}
}

// TestSigningOutBeatsTheAnswer: the session ends while Entra is asked.
func TestSigningOutBeatsTheAnswer(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"confirmed": nil, "silent": fault.New(fault.Unavailable, "nobody answers")} {
		r := newRig(t)
		b := r.as(t, r.person(r.contoso, tenants.Owner))
		b.keepBusy(40 * time.Minute)
		r.pass(20 * time.Minute)
		r.confirm = func(p console.Person) (console.Person, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			for hash := range r.sessions {
				delete(r.sessions, hash)
				r.ended[hash] = true
			}
			return p, err
		}
		if want(t, b.get("/api/session"), http.StatusUnauthorized); len(r.sessions) != 0 {
			t.Errorf("%s: the session is back", name)
		}
	}
}
