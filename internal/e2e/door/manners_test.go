package door_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// twice sends one header with two values.
func twice(name, first, second string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = []string{first, second} }
}

func TestRepeatedHeadersAreNotChosenFrom(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	if r := alice.call(t, "whoami", `{}`, twice("Origin", k.places.Base, "https://evil.example")); r.status != http.StatusForbidden {
		t.Errorf("two origins: status %d", r.status)
	}
	session := alice.open(t)
	if r := alice.legacy(t, pingBody, twice("Mcp-Session-Id", session, session)); r.status != http.StatusNotFound {
		t.Errorf("two session ids: status %d", r.status)
	}
}

func TestMetadataIsReadOnlyAndOnlyUnderOurName(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	const path = "/.well-known/oauth-protected-resource/t/contoso/mcp"
	if r := k.send(t, http.MethodGet, path, "", func(r *http.Request) { r.Host = "evil.example" }); r.status != http.StatusForbidden {
		t.Errorf("under a foreign name: status %d", r.status)
	}
	if r := k.send(t, http.MethodPost, path, ""); r.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", r.status)
	}
}

func TestCallsThatNameNothingAreMalformed(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	for method, missing := range map[string]string{"tools/call": "params.name is missing", "resources/read": "params.uri is missing"} {
		r := alice.legacy(t, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{}}`)
		if r.status != http.StatusBadRequest || !strings.Contains(r.body, missing) {
			t.Errorf("%s: status %d: %s", method, r.status, r.body)
		}
	}
}

func TestSessionIsOverHereAtOnce(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice := k.visitor(t, "contoso", "alice")
	for range 20 { // a poll or a notification would be late for one of them
		session := alice.open(t)
		if r := alice.end(t, session); r.status != http.StatusNoContent {
			t.Fatalf("end: status %d: %s", r.status, r.body)
		}
		if r := alice.ping(t, session); r.status != http.StatusNotFound {
			t.Fatalf("after the end: status %d", r.status)
		}
	}
}

// TestSlowBodyKeepsNobodyOut lets somebody send two bodies without an end where
// two places are all there are.
func TestSlowBodyKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	k := start(t, setup{environ: []string{"GATEHOUSE_ORGANIZATION_CONCURRENCY=2", "GATEHOUSE_CALLER_CONCURRENCY=2"}})
	alice, bob := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "bob")
	bob.modern(t, "tools/list", "", "").ok(t) // his token is known from here on
	for range 2 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(k.address, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		request := "POST " + endpoint("contoso") + " HTTP/1.1\r\nHost: " + k.host + "\r\nAuthorization: Bearer " + bob.token +
			"\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n"
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		// The server asks for the body when it begins to read it.
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 100"))); err != nil {
			t.Fatal(err)
		}
	}
	alice.call(t, "whoami", `{}`).ok(t)
}
