package console_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tenants"
)

const cookie = "__Host-gatehouse"

func (b *browser) cookie(name string) *http.Cookie {
	for _, c := range b.set {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func TestSessionCookieIsTheHostsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	c := b.cookie(cookie)
	if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
		t.Errorf("the session cookie is %v", c)
	}
	plain := r.browser(t)
	plain.console = build(t, r, "http://localhost:8080")
	plain.headers["Origin"] = ""
	plain.signIn(r.person(r.contoso, tenants.Owner))
	if c := plain.cookie("gatehouse"); c == nil || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("over plain http on loopback the session cookie is %v", c)
	}
}

func TestSignInChangesTheSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	attacker := r.as(t, r.person(r.contoso, tenants.Viewer))
	known := attacker.cookies[cookie]
	victim := r.browser(t)
	victim.cookies[cookie] = known // planted
	victim.signIn(r.person(r.contoso, tenants.Owner))
	if victim.cookies[cookie] == known {
		t.Error("the session keeps its token at sign-in")
	}
	want(t, attacker.get("/api/session"), http.StatusUnauthorized)
	invented := r.browser(t)
	invented.cookies[cookie] = strings.Repeat("A", 43)
	invented.signIn(r.person(r.contoso, tenants.Owner))
	if invented.cookies[cookie] == strings.Repeat("A", 43) {
		t.Error("a session takes a token that a client invented")
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	stolen := b.cookies[cookie]
	want(t, b.send(http.MethodGet, "/auth/sign-out", "", nil), http.StatusMethodNotAllowed)
	want(t, b.get("/api/session"), http.StatusOK)
	want(t, b.send(http.MethodPost, "/auth/sign-out", "", nil), http.StatusSeeOther)
	if b.cookies[cookie] != "" {
		t.Error("the browser keeps its cookie")
	}
	b.cookies[cookie] = stolen
	want(t, b.get("/api/session"), http.StatusUnauthorized)
	if len(r.sessions) != 0 {
		t.Errorf("%d sessions are left", len(r.sessions))
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step  time.Duration
		times int
		want  int
	}{
		"used often":          {25 * time.Minute, 19, http.StatusOK},
		"left alone":          {30 * time.Minute, 1, http.StatusUnauthorized},
		"used for hours":      {25 * time.Minute, 20, http.StatusUnauthorized},
		"used just in time":   {30*time.Minute - time.Second, 1, http.StatusOK},
		"used all day, often": {time.Minute, 480, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			b := r.as(t, r.person(r.contoso, tenants.Owner))
			got := 0
			for range c.times {
				r.pass(c.step)
				got = b.get("/api/session").Code
			}
			if got != c.want {
				t.Errorf("after %d times %s answers %d, want %d", c.times, c.step, got, c.want)
			}
		})
	}
}

func TestSessionsAreKeptEncryptedAndByHash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	p := r.person(r.contoso, tenants.Owner)
	p.Delegation = []byte("refresh token")
	b := r.as(t, p)
	for hash, k := range r.sessions {
		if strings.Contains(string(hash[:]), b.cookies[cookie]) || bytes.Contains(k.ciphertext, []byte("Alice")) || bytes.Contains(k.ciphertext, []byte(p.OID.String())) {
			t.Error("the store sees what it need not")
		}
		k.ciphertext[0] ^= 1
	}
	want(t, b.get("/api/session"), http.StatusServiceUnavailable)
	if strings.Contains(r.log.String(), "refresh token") {
		t.Error("the log holds a secret")
	}
}

// TestRequestUnderWayDoesNotReviveASession plays the race of a request against
// a sign-out: the row goes between being found and being touched.
func TestRequestUnderWayDoesNotReviveASession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	r.pass(10 * time.Minute)
	r.found = func() { clear(r.sessions) }
	b.get("/api/session")
	if len(r.sessions) != 0 {
		t.Error("the session is back")
	}
}

// TestStoredExpiryDoesNotLengthenASession: the absolute end is kept where the
// store cannot change it.
func TestStoredExpiryDoesNotLengthenASession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	for hash, k := range r.sessions {
		r.sessions[hash] = kept{start.Add(1000 * time.Hour), k.ciphertext}
	}
	r.pass(8*time.Hour - time.Second)
	want(t, b.get("/api/session"), http.StatusOK)
	r.pass(time.Second)
	want(t, b.get("/api/session"), http.StatusUnauthorized)
}
