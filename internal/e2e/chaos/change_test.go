package chaos_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/demo"
	"gatehouse/internal/tenants"
)

// takenWithin is ten times the 300 ms that a change may take to reach a replica.
const takenWithin = 3 * time.Second

// step is a change of contoso and how whoever it concerns notices it.
type step struct {
	name   string
	change func(ctx context.Context, w *world) error
	token  string
	before func(reply) bool
	after  func(reply) bool
	spared string // token that the change does not concern; empty: it concerns all
}

// show tells the states apart. Unavailable is nobody's new state.
func (s step) show(r reply) state {
	switch {
	case s.after(r):
		return newer
	case s.before(r):
		return older
	}
	return other
}

// The states that a call of whoami can show.
func worked(r reply) bool { return r.succeeded() }

func unknownTool(r reply) bool {
	return strings.Contains(r.body, "-32602") && strings.Contains(r.body, "unknown tool")
}

func cutOff(r reply) bool {
	return r.status == http.StatusUnauthorized && strings.Contains(r.header.Get("WWW-Authenticate"), "the access was revoked")
}

func suspended(r reply) bool {
	return r.status == http.StatusForbidden && strings.Contains(r.body, "suspended")
}

// steps returns the changes, in an order in which none hides the next.
func (w *world) steps(t *testing.T) []step {
	t.Helper()
	token := func(name, client string) string { return w.token(t, contoso(), name, client) }
	alice, dan, danCLI, frank := token("alice", demo.VisualStudioCode), token("dan", demo.VisualStudioCode), token("dan", demo.AzureCLI), token("frank", demo.VisualStudioCode)
	return []step{
		{"role change", setRules(t, func(tool string) bool { return tool != whoami }), alice, worked, unknownTool, frank},
		{"role given back", setRules(t, func(string) bool { return true }), alice, unknownTool, worked, frank},
		{"suspension", setState(tenants.Suspended), dan, worked, suspended, ""},
		{"resumption", setState(tenants.Active), dan, suspended, worked, ""},
		{"revoked session", revoke(authz.RevokeSession, sessionOf(t, frank)), frank, worked, cutOff, dan},
		{"revoked person", revoke(authz.RevokePerson, person(contoso(), "alice").OID.String()), alice, worked, cutOff, dan},
		{"revoked client", revoke(authz.RevokeClient, demo.AzureCLI), danCLI, worked, cutOff, dan},
		{"revoked organization", revoke(authz.RevokeOrganization, ""), dan, worked, cutOff, ""},
	}
}

func person(c demo.Company, name string) demo.Person {
	at := slices.IndexFunc(c.People, func(p demo.Person) bool { return strings.HasPrefix(p.Username, name+"@") })
	return c.People[at]
}

// setRules lets contoso's staff keep the tools that keep names.
func setRules(t *testing.T, keep func(tool string) bool) func(context.Context, *world) error {
	t.Helper()
	set := configuration(t, contoso())
	staff := &set.Rules.Roles[0].Permissions[0]
	staff.Patterns = slices.DeleteFunc(slices.Clone(staff.Patterns), func(tool string) bool { return !keep(tool) })
	return func(ctx context.Context, w *world) error { return w.configure(ctx, contoso(), set) }
}

func setState(s tenants.State) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		_, err := w.store.EditOrganization(ctx, admin(contoso()), "state set", func(o *tenants.Organization) error { o.State = s; return nil })
		return err
	}
}

func revoke(kind authz.RevocationKind, subject string) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		now := time.Now()
		return w.store.Revoke(ctx, admin(contoso()), authz.Revocation{
			ID: tenants.NewGUID(), Kind: kind, Subject: subject, NotBefore: now, ExpiresAt: now.Add(24 * time.Hour),
		})
	}
}

// sessionOf returns the sign-in session that a token names.
func sessionOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	var claims struct{ SID string }
	must(t, json.Unmarshal(raw, &claims))
	if claims.SID == "" {
		t.Fatal("the token names no session")
	}
	return claims.SID
}

// take makes one change and holds every replica to it.
func (w *world) take(t *testing.T, s step, replicas map[string]*replica) {
	t.Helper()
	var lines, spared []*timeline
	defer func() {
		for _, l := range append(lines, spared...) {
			l.stop()
			if t.Failed() {
				t.Logf("%s, last: %s", l.name, l.last())
			}
		}
	}()
	for name, r := range replicas {
		concerned, other := r.client(contoso(), s.token), r.client(contoso(), s.spared)
		lines = append(lines, watch(s.name+" on "+name, func() reply { return concerned.call(whoami) }, s.show))
		if s.spared != "" {
			spared = append(spared, watch(s.name+" spares others on "+name, func() reply { return other.call(whoami) }, spareOf(worked)))
		}
	}
	for _, l := range append(slices.Clone(lines), spared...) {
		eventually(t, replicaLimit, l.name+": the state before", func() bool { return l.count(older) > 0 })
	}
	must(t, s.change(t.Context(), w))
	made := time.Now()
	for _, l := range lines {
		eventually(t, takenWithin-time.Since(made), l.name, func() bool { return l.count(newer) > 0 })
	}
	for _, l := range lines {
		eventually(t, replicaLimit, l.name+": ten more", func() bool { return l.count(newer) > 10 })
	}
	for _, l := range append(lines, spared...) {
		l.stop()
		report(t, l)
	}
}

// spareOf is how somebody whom a change does not concern sees it: not at all.
func spareOf(serves func(reply) bool) func(reply) state {
	return between(serves, func(reply) bool { return false })
}

func TestChangesReachBothReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replicas := map[string]*replica{"first": startReplica(t, w.environment()), "second": startReplica(t, w.environment())}
	for _, s := range w.steps(t) {
		w.take(t, s, replicas)
	}
}

// TestPollingAloneSuffices takes the notifications away: the proxy ends every
// connection on which a replica asks for them.
func TestPollingAloneSuffices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wire := startProxy(t)
	wire.set(deaf)
	r := startReplica(t, w.environment("GATEHOUSE_DATABASE_URL="+wire.through(t, w.api)))
	eventually(t, replicaLimit, "loss of the notifications", func() bool { return r.log.count("listening for changes stopped") > 0 })
	for _, s := range w.steps(t) {
		w.take(t, s, map[string]*replica{"deaf replica": r})
	}
}

// TestEndedSessionEndsOnTheOtherReplica ends an MCP session of the initialize
// revisions where it was opened, and asks elsewhere.
func TestEndedSessionEndsOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(t, contoso(), "alice", demo.VisualStudioCode)
	here, there := startReplica(t, w.environment()).client(contoso(), token), startReplica(t, w.environment()).client(contoso(), token)
	session := here.openSession(t)
	if r := there.inSession(t, http.MethodPost, session); r.status != http.StatusOK {
		t.Fatalf("the other replica does not know the session: %s", r)
	}
	if r := here.inSession(t, http.MethodDelete, session); r.status != http.StatusNoContent {
		t.Fatalf("end of the session: %s", r)
	}
	eventually(t, takenWithin, "end of the session", func() bool { return there.inSession(t, http.MethodPost, session).status == http.StatusNotFound })
	if r := there.call(whoami); !worked(r) {
		t.Errorf("the token fell with the session: %s", r)
	}
}

// openSession initializes a session and returns its id.
func (c *client) openSession(t *testing.T) string {
	t.Helper()
	r := c.legacy(t, http.MethodPost, "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	session := r.header.Get("Mcp-Session-Id")
	if r.status != http.StatusOK || session == "" {
		t.Fatalf("initialize: %s", r)
	}
	return session
}

// inSession pings in a session, or ends it.
func (c *client) inSession(t *testing.T, method, session string) reply {
	t.Helper()
	return c.legacy(t, method, session, `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
}

func (c *client) legacy(t *testing.T, method, session, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, baseURL+c.path, strings.NewReader(body))
	must(t, err)
	for name, value := range map[string]string{
		"Authorization": "Bearer " + c.token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
	} {
		req.Header.Set(name, value)
	}
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
		req.Header.Set("Mcp-Protocol-Version", "2025-06-18")
	}
	return c.exchange(req)
}
