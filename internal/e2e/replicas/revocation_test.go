package replicas_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/authz"
)

// signIn returns what a token says is the sign-in that it came of.
func signIn(token string) string {
	var claims struct{ SID string }
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])), &claims); err != nil {
		panic(err)
	}
	return claims.SID
}

// refusedAsRevoked waits until calls are answered 401, and holds the answer to what
// clients need to sign in again.
func (c *client) refusedAsRevoked(r *replica) {
	c.w.t.Helper()
	var resp response
	eventually(c.w.t, "the token is refused", func() bool {
		resp = c.modern(c.w.t.Context(), r, "tools/list", "", ``)
		return resp.StatusCode == http.StatusUnauthorized
	})
	challenge, body := resp.Header.Get("WWW-Authenticate"), string(must(io.ReadAll(resp.Body)))
	if !strings.Contains(challenge, `error="invalid_token", error_description="the access was revoked`) || !strings.Contains(challenge, "resource_metadata=") || !strings.Contains(body, "the access was revoked") {
		c.w.t.Errorf("%s %s", challenge, body)
	}
}

// TestARevocationEndsStreamsInBothErasAndSparesOthers, also at a replica that hears no
// notifications: the client is told that it is over, and where to sign in.
func TestARevocationEndsStreamsInBothErasAndSparesOthers(t *testing.T) {
	t.Parallel()
	for kind, subject := range map[authz.RevocationKind]func(c *client) string{
		authz.RevokePerson:       func(*client) string { return alice.String() },
		authz.RevokeClient:       func(*client) string { return vscode },
		authz.RevokeSession:      func(c *client) string { return signIn(c.token) },
		authz.RevokeOrganization: func(*client) string { return "" },
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for n, r := range []*replica{w.start(), w.start(deaf)} {
				r.awaitFresh()
				c, bystander := w.client(alice), &client{w: w, token: w.token(bob, other)}
				modern := c.listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
				c.initialize(r, `{}`)
				legacy := c.get(t.Context(), r)
				spared := bystander.listen(t.Context(), r, `{"toolsListChanged":true}`, `{"toolsListChanged":true}`)
				ok(t, w.db.Revoke(t.Context(), w.admin(), authz.CutOff(kind, subject(c), w.now())))
				modern.ends()
				legacy.ended()
				c.refusedAsRevoked(r)
				if kind == authz.RevokeOrganization {
					spared.ends()
				} else {
					w.permit([]string{"ask", "want"}[n])
					spared.tells("notifications/tools/list_changed", "")
				}
				w.clock.Add(int64(authz.CutAhead + 2*time.Minute)) // tokens say that they were issued a minute ago
			}
		})
	}
}

// TestWhoIsCutOffDoesNotWaitForOthers: what is asked about others may take long, and
// takes every place there is.
func TestWhoIsCutOffDoesNotWaitForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	stream := w.client(alice).listen(t.Context(), r, `{"promptsListChanged":true}`, `{"promptsListChanged":true}`)
	for range 4 {
		w.client(bob).listen(t.Context(), r, `{"promptsListChanged":true}`, `{"promptsListChanged":true}`)
	}
	held := make(chan struct{})
	w.held.Store(&held)
	defer close(held)
	w.permit("ask")
	eventually(t, "others take every place", func() bool { return w.waiting.Load() == 2 })
	ok(t, w.db.Revoke(t.Context(), w.admin(), authz.CutOff(authz.RevokePerson, alice.String(), w.now())))
	stream.ends()
}

// TestWhatIsOnItsWayIsCutOffToo, and what is issued later is not.
func TestWhatIsOnItsWayIsCutOffToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.start()
	ok(t, w.db.Revoke(t.Context(), w.admin(), authz.CutOff(authz.RevokePerson, alice.String(), w.now())))
	w.clock.Add(int64(authz.CutAhead + time.Minute - 8*time.Second)) // tokens say that they were issued a minute ago
	r.awaitFresh()
	w.client(alice).refusedAsRevoked(r)
	w.clock.Add(int64(16 * time.Second))
	r.awaitFresh()
	if resp := w.client(alice).modern(t.Context(), r, "tools/list", "", ``); resp.StatusCode != http.StatusOK {
		t.Errorf("%d", resp.StatusCode)
	}
}

// TestARevokedSessionEndsAndItsTokenStays: the client is told to begin another one.
func TestARevokedSessionEndsAndItsTokenStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.start(), w.start(deaf)
	c := w.client(alice)
	c.initialize(here, `{}`)
	stream := c.get(t.Context(), there)
	ok(t, w.db.Revoke(t.Context(), w.admin(), authz.CutOff(authz.RevokeSession, w.sessionNamed(), w.now())))
	stream.ended()
	eventually(t, "the session is over", func() bool {
		return c.legacy(there, `{"jsonrpc":"2.0","id":2,"method":"ping"}`).StatusCode == http.StatusNotFound
	})
	c.session = ""
	c.initialize(there, `{}`)
	if resp := c.legacy(there, `{"jsonrpc":"2.0","id":2,"method":"ping"}`); resp.StatusCode != http.StatusOK {
		t.Errorf("another session: %d", resp.StatusCode)
	}
}

// sessionNamed is how the log names the only session that has a stream.
func (w *world) sessionNamed() string {
	w.t.Helper()
	conn := must(pgx.Connect(w.t.Context(), w.database.Superuser))
	defer func() { _ = conn.Close(context.WithoutCancel(w.t.Context())) }()
	var session string
	ok(w.t, conn.QueryRow(w.t.Context(), "SELECT session::text FROM subscriptions").Scan(&session))
	return session
}
