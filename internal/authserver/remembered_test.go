package authserver_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// documentOf is a client's metadata document.
func documentOf(id, name string, redirects ...string) string {
	return string(must(json.Marshal(map[string]any{
		"client_id": id, "client_name": name, "redirect_uris": redirects, "token_endpoint_auth_method": "none",
	})))
}

// TestRememberedIsOneClientsOnTheWeb: what somebody has agreed to opens no way for a
// client that only looks the same, nor for whatever listens on their own machine.
func TestRememberedIsOneClientsOnTheWeb(t *testing.T) {
	t.Parallel()
	const (
		copyID = "https://copy.example/client.json"
		evilTo = "https://evil.example/callback"
	)
	assistant := func(redirects ...string) string { return documentOf(webID, "Assistant", redirects...) }
	once := request(webID, webTo)
	type row struct {
		document    string // of webID
		first, then string
		between     string // the document from then on; empty: it stays
	}
	onMachine := func(to string) row { return row{assistant(to), request(webID, to), request(webID, to), ""} }
	for name, tt := range map[string]row{
		"a copy of its document elsewhere":   {assistant(webTo), once, request(copyID, webTo), ""},
		"its program, after its website":     {assistant(webTo, "http://127.0.0.1/callback"), once, request(webID, programTo), ""},
		"its app, after its website":         {assistant(webTo, appTo), once, request(webID, appTo), ""},
		"a document with one address more":   {assistant(webTo), once, once, assistant(webTo, evilTo)},
		"a document that moves the answer":   {assistant(webTo), once, request(webID, evilTo), assistant(evilTo)},
		"a document that names another name": {assistant(webTo), once, once, documentOf(webID, "Payroll", webTo)},
		"https on this machine":              onMachine("https://localhost:8443/callback"),
		"https at an address of it":          onMachine("https://127.0.0.1:8443/callback"),
		"https at no address":                onMachine("https://0.0.0.0:8443/callback"),
		"https at another name of it":        onMachine("https://app.localhost/callback"),
	} {
		d := newDesk(t)
		d.documents[webID], d.documents[copyID] = tt.document, documentOf(copyID, "Assistant", webTo)
		b := d.tab()
		if got := b.press(b.second(tt.first), "allow"); got.query(t).Get("code") == "" {
			t.Fatalf("%s: %s", name, got.header.Get("Location"))
		}
		if tt.between != "" {
			d.documents[webID] = tt.between
			d.pass(48 * time.Hour) // longer than a document is kept
		}
		if got := b.second(tt.then); !got.has(http.StatusOK, "act for you") || len(d.grants) != 1 {
			t.Errorf("%s is not asked about: %d to %q", name, got.status, got.header.Get("Location"))
		}
	}
}
