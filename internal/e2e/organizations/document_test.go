package organizations_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/localca"
)

// publisher is a website that has a client's metadata document.
type publisher struct {
	*httptest.Server
	redirect atomic.Pointer[string]
	asked    atomic.Int64
}

// publish serves a document whose only redirect URI can be changed, over https with a
// certificate of this machine's own authority.
func publish(t *testing.T, ca *localca.CA, redirect string) *publisher {
	t.Helper()
	p := &publisher{}
	p.redirect.Store(&redirect)
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"client_id": p.id(), "client_name": "Published editor", "redirect_uris": []string{*p.redirect.Load()}})
	}))
	p.TLS = ca.TLSConfig(time.Now)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) id() string {
	return strings.Replace(p.URL, "127.0.0.1", "localhost", 1) + "/client.json"
}

// TestDocumentThatChangesIsAgreedToAgain: a client with a document is agreed to once,
// until the document says that answers go somewhere else.
func TestDocumentThatChangesIsAgreedToAgain(t *testing.T) {
	t.Parallel()
	ca, err := localca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := os.ReadFile(ca.CertFile())
	if err != nil {
		t.Fatal(err)
	}
	k := start(t, setup{companies: true, environ: func(*stack) map[string]string { return map[string]string{"GATEHOUSE_EXTRA_CA": string(trusted)} }})
	k.brokered(t, "contoso")
	site := publish(t, ca, "https://editor.example/callback")
	p := program{k: k, slug: "contoso", id: site.id(), redirect: "https://editor.example/callback", verifier: rand.Text() + rand.Text()}
	alice := k.browser(t, person("contoso", "alice").OID)
	connect := func(b *browser.Browser) {
		t.Helper()
		token, err := p.token(t.Context(), b, k.endpointOf("contoso", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := k.callAt(t, k.endpointOf("contoso", ""), token, "whoami"); !got.worked() {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	connect(alice)
	silent := *alice // who presses nothing that agrees
	silent.Wish = "deny"
	connect(&silent)
	if n := site.asked.Load(); n != 1 {
		t.Errorf("the document was fetched %d times within an hour", n)
	}

	moved := "https://editor.example/elsewhere"
	site.redirect.Store(&moved)
	k.pass(2 * time.Hour)
	k.awaitReady(t, k.replica)
	if _, err := p.token(t.Context(), alice, k.endpointOf("contoso", "")); err == nil || !strings.Contains(err.Error(), "answers 400") {
		t.Errorf("the redirect URI of before is taken: %v", err)
	}
	p.redirect = moved
	if _, err := p.token(t.Context(), &silent, k.endpointOf("contoso", "")); err == nil || !strings.Contains(err.Error(), "access_denied") {
		t.Errorf("what was agreed to before counts for the changed document: %v", err)
	}
	connect(alice)
	connect(&silent)

	var seen console.Page[console.SeenApp]
	if k.as(t, "contoso", "alice").get(at("contoso", "seen-apps"), &seen); len(seen.Items) != 1 || seen.Items[0].Software != site.id() || !seen.Items[0].Verified || seen.Items[0].Connections != 1 {
		t.Errorf("seen are %+v", seen.Items)
	}
}
