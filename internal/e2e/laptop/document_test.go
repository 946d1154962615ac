package laptop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/localca"
)

// startTLS starts a gatehouse-dev of its own, which speaks https and trusts the
// authority in its data.
func startTLS(t *testing.T) *dev {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(shared.dir, "gatehouse-dev"), filepath.Join(dir, "gatehouse-dev")); err != nil {
		t.Fatal(err)
	}
	d, err := start(dir, "--tls")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		if err := d.forget(); err != nil {
			t.Error(err)
		}
	})
	d.transport = trusting(t, filepath.Join(d.data(), "ca.pem")).Transport
	return d
}

// publish serves a client's metadata document with a certificate of the authority in
// a gatehouse-dev's data, and returns its URL. Answers go to loopback, to any port.
func (d *dev) publish(t *testing.T, name string) string {
	t.Helper()
	ca, err := localca.Open(d.data())
	if err != nil {
		t.Fatal(err)
	}
	at := ""
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"client_id": at, "client_name": name, "token_endpoint_auth_method": "none", "grant_types": []string{"authorization_code", "refresh_token"},
			"redirect_uris": []string{"http://127.0.0.1/callback", "http://127.0.0.1:6276/oauth/callback"},
		})
	}))
	site.TLS = ca.TLSConfig(time.Now)
	site.StartTLS()
	t.Cleanup(site.Close)
	at = strings.Replace(site.URL, "127.0.0.1", "localhost", 1) + "/client.json"
	return at
}

// TestClientsSignInWithADocument instead of registering: the client id is its URL.
func TestClientsSignInWithADocument(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	d := startTLS(t)
	o := d.org(t, "contoso")
	trust := "NODE_EXTRA_CA_CERTS=" + filepath.Join(d.data(), "ca.pem")
	for _, name := range []string{"sdk-v1", "client-v2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := d.newDesk(t, d.user(t, o, "alice"))
			document := d.publish(t, name)
			cmd := exec.CommandContext(patient(t), "node", filepath.Join("clients", "document.mjs"), o.MCPURL, at.URL, "whoami", document, name)
			cmd.Env = at.environ(t, trust)
			var complaint strings.Builder
			cmd.Stderr = &complaint
			endWhole(cmd)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, complaint.String())
			}
			var told journey
			if err := json.Unmarshal(out, &told); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			told.holdDocument(t, document)
			if n, _ := at.heard(); n != 1 {
				t.Errorf("it opened %d browsers, want 1", n)
			}
		})
	}
	t.Run("inspector", func(t *testing.T) {
		t.Parallel()
		d.inspectWithDocument(t, o, trust)
	})
}

// newDesk is where programs have pages opened for somebody. Nothing is registered, so
// that there is nothing to forget.
func (d *dev) newDesk(t *testing.T, u demo.FileUser) *desk {
	t.Helper()
	return newDesk(t, func() *browser.Browser { return d.browser(u) }, func(context.Context, string) error {
		return errors.New("nothing is registered")
	})
}

// journey is what a package with a document says of its way.
type journey struct {
	Replies []struct {
		IsError bool
		Content []struct{ Text string }
	}
	Requests   []string
	Registered []string
}

// holdDocument holds a journey to having been made as the client of a document.
func (j journey) holdDocument(t *testing.T, document string) {
	t.Helper()
	if len(j.Replies) != 2 {
		t.Errorf("it has %d replies", len(j.Replies))
	}
	for _, reply := range j.Replies {
		if reply.IsError || len(reply.Content) == 0 || !strings.Contains(reply.Content[0].Text, "You are Alice ") {
			t.Errorf("a reply is %+v", reply)
		}
	}
	if slices.ContainsFunc(j.Requests, func(r string) bool { return strings.HasSuffix(r, "/register") }) {
		t.Errorf("it registers: %v", j.Requests)
	}
	if len(j.Registered) > 0 && !slices.Equal(j.Registered, []string{document}) {
		t.Errorf("its client id is %v", j.Registered)
	}
}

// inspectWithDocument runs the Inspector's command line with the URL of a document.
func (d *dev) inspectWithDocument(t *testing.T, o demo.FileOrg, trust string) {
	t.Helper()
	at := d.newDesk(t, d.user(t, o, "alice"))
	i := inspector{t: t, at: at, home: t.TempDir(), environ: []string{trust}, flags: []string{
		o.MCPURL, "--transport", "http", "--format", "json", "--client-metadata-url", d.publish(t, "Inspector"),
		"--callback-url", fmt.Sprintf("http://127.0.0.1:%d/oauth/callback", freePort(t)),
	}}
	out, err := i.run("tools/call", "--tool-name", "whoami")
	if err != nil || !strings.Contains(out, "You are Alice Contoso") {
		t.Errorf("it says %s: %v", out, err)
	}
	if n, _ := at.heard(); n != 1 {
		t.Errorf("it opened %d browsers, want 1", n)
	}
	for _, file := range i.kept() {
		if raw, err := os.ReadFile(file); err != nil || strings.Contains(string(raw), `"gh_`) {
			t.Errorf("it has registered: %s %v", raw, err)
		}
	}
}
