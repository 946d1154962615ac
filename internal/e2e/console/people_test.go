package console_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// TestAdminDecidesAboutAppsAndSettings walks as Carol, who owns Fabrikam. What she
// decides is looked at from outside: by AI apps that knock, connect and are cut off.
// Fabrikam is suspended and deleted on the way, so nothing else may run there.
func TestAdminDecidesAboutAppsAndSettings(t *testing.T) {
	t.Parallel()
	fabrikam.Lock()
	defer fabrikam.Unlock()
	o := organization(t, "fabrikam")
	alice := member(t, o, "alice")
	with := func(part string) map[string]string {
		return map[string]string{
			"slug": "fabrikam", "part": part, "carol": member(t, o, "carol").OID, "dan": member(t, o, "dan").OID,
			"alice": alice.OID, "bob": member(t, o, "bob").OID, "erin": member(t, o, "erin").OID, "endpoint": o.MCPURL,
		}
	}
	walkWell(t, "people", with("ask"), 1)

	heron, parrot := register(t, o, "Heron"), register(t, o, "Parrot")
	for _, a := range []*app{&heron, &parrot} {
		if err := a.signIn(t, alice); err == nil {
			t.Fatalf("%s connects before an admin has approved it", a.id)
		}
	}
	walkWell(t, "people", with("approve"), 6)
	if err := parrot.signIn(t, alice); err == nil {
		t.Error("what was rejected connects")
	}
	if err := heron.signIn(t, alice); err != nil {
		t.Fatalf("what was approved does not connect: %v", err)
	}

	client := heron.open(t)
	if status := client.list(t); status != http.StatusOK {
		t.Fatalf("the connected app is answered %d", status)
	}
	walkWell(t, "people", with("revoke"), 3)
	select {
	case <-client.ended:
	case <-time.After(streamLimit):
		t.Error("the open stream of a revoked app goes on")
	}
	if status := client.list(t); status != http.StatusUnauthorized {
		t.Errorf("a revoked app is answered %d", status)
	}
	if heron.goesOn(t) {
		t.Error("a revoked app gets tokens")
	}

	walkWell(t, "settings", with("look"), 9)
	if err := heron.signIn(t, alice); err != nil {
		t.Fatalf("what is approved does not connect again: %v", err)
	}
	act := with("act")
	act["token"] = heron.access
	walkWell(t, "settings", act, 9)
	if err := heron.signIn(t, alice); err != nil {
		t.Errorf("Fabrikam does not serve again: %v", err)
	}
}

// streamLimit is ten times what a revocation may take to end a stream.
const streamLimit = 10 * time.Second

// walkWell walks, and holds the walk to what holds for every one.
func walkWell(t *testing.T, journey string, with map[string]string, checked int) {
	t.Helper()
	w := walk(t, journey, with)
	w.holds(t, checked)
}

func organization(t *testing.T, slug string) demo.FileOrg {
	t.Helper()
	at := slices.IndexFunc(dev.Orgs, func(o demo.FileOrg) bool { return o.Slug == slug })
	if at < 0 {
		t.Fatalf("there is no %s", slug)
	}
	return dev.Orgs[at]
}

func member(t *testing.T, o demo.FileOrg, name string) demo.FileUser {
	t.Helper()
	at := slices.IndexFunc(o.Users, func(u demo.FileUser) bool { return strings.HasPrefix(u.Username, name+"@") })
	if at < 0 {
		t.Fatalf("there is no %s", name)
	}
	return o.Users[at]
}

// openClient is an MCP client in the middle of a session, with a stream open.
type openClient struct {
	endpoint, token, session string
	ended                    chan struct{} // closed when the server ends the stream
}

const revision = "2025-06-18"

// open begins a session and a stream with the app's access token.
func (a *app) open(t *testing.T) openClient {
	t.Helper()
	c := openClient{endpoint: a.resource, token: a.access, ended: make(chan struct{})}
	resp := c.ask(t, http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"`+revision+`","capabilities":{},"clientInfo":{"name":"heron","version":"1"}}}`)
	c.session = resp.Header.Get("Mcp-Session-Id")
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK || c.session == "" {
		t.Fatalf("initialize: %d, session %q, %v", resp.StatusCode, c.session, err)
	}
	stream := c.ask(t, http.MethodGet, "") //nolint:bodyclose // whoever reads it to its end closes it
	if stream.StatusCode != http.StatusOK {
		t.Fatalf("the stream is answered %d", stream.StatusCode)
	}
	go func() {
		defer close(c.ended)
		_, _ = io.Copy(io.Discard, bufio.NewReader(stream.Body))
		_ = stream.Body.Close()
	}()
	return c
}

// list asks for the tools and returns the status of the answer.
func (c openClient) list(t *testing.T) int {
	t.Helper()
	resp := c.ask(t, http.MethodPost, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func (c openClient) ask(t *testing.T, method, body string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json, text/event-stream")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.session != "" {
		req.Header.Set("Mcp-Session-Id", c.session)
		req.Header.Set("Mcp-Protocol-Version", revision)
	}
	if method == http.MethodGet {
		req.Header.Set("Accept", "text/event-stream")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
