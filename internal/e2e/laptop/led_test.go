package laptop_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
)

// control steers the emulator.
func (d *dev) control(t *testing.T, path string, order any) {
	t.Helper()
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.ControlURL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.ControlToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %d", path, resp.StatusCode)
	}
}

// proofDesk is where programs have the page of a stronger sign-in opened.
func (d *dev) proofDesk(t *testing.T, u demo.FileUser) *httptest.Server {
	t.Helper()
	at := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		_, last, err := d.browser(u).Walk(in.Context(), in.FormValue("url"))
		switch {
		case err != nil:
			http.Error(out, err.Error(), http.StatusBadGateway)
		case !strings.Contains(last.Text, "Go back to your AI app"):
			http.Error(out, last.Text, http.StatusBadGateway)
		}
	}))
	t.Cleanup(at.Close)
	return at
}

// TestOfficialPackagesLeadTheirPersonToAStrongerSignIn, and call the tool once that is
// done: one of each era. In the second call nobody is led anywhere.
func TestOfficialPackagesLeadTheirPersonToAStrongerSignIn(t *testing.T) {
	t.Parallel()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	o := shared.org(t, "fabrikam")
	dan := shared.user(t, o, "dan") // of whom nobody else asks Graph anything
	rule := map[string]any{"id": "9ab03e19-ed42-4168-b6b7-7001fb3e933a", "name": "MFA for Graph", "users": []string{dan.OID}, "resources": []string{seed.MicrosoftGraph}, "require": "mfa"}
	shared.control(t, "/ca", map[string]any{"tid": o.EntraTenantID, "rule": rule})
	for which, want := range map[string]string{
		"client-v2": `{"opened":1,"errors":0,"completed":0,`, "sdk-v1": `{"opened":1,"errors":1,"completed":1,`,
	} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			at := shared.proofDesk(t, dan)
			cmd := exec.CommandContext(patient(t), "node", filepath.Join("clients", "led.mjs"), o.MCPURL, shared.token(t, o, dan), "graph_get_my_profile", at.URL, which)
			var complaint strings.Builder
			cmd.Stderr = &complaint
			endWhole(cmd)
			out, err := cmd.Output()
			if err != nil || !strings.HasPrefix(string(out), want) || !strings.Contains(string(out), dan.Username) {
				t.Errorf("%v: %s\n%s", err, out, complaint.String())
			}
		})
	}
}
