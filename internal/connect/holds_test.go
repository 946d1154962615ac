package connect_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/connect"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// TestPageSaysWhetherNewAppsWait where they do, and nowhere else.
func TestPageSaysWhetherNewAppsWait(t *testing.T) {
	t.Parallel()
	for unknown, waits := range map[tenants.Admission]bool{tenants.Refuse: true, "": true, tenants.Admit: false} {
		for _, mode := range modes {
			s := newStand(t)
			s.change(func(d *snapshot.Data) { d.Organization.Mode, d.Organization.UnknownClients = mode, unknown })
			said := textOf(s.page("/t/contoso/mcp"))
			if says := strings.Contains(said, "An app that is new here waits until an administrator of Gatehouse approves it"); says != (waits && mode == tenants.Brokered) {
				t.Errorf("%q, %s: says so: %t", unknown, mode, says)
			}
		}
	}
}

// TestPageSaysWhatTheInspectorLacks, if its page is not admitted yet.
func TestPageSaysWhatTheInspectorLacks(t *testing.T) {
	t.Parallel()
	const lacks = "Beforehand, an administrator of Gatehouse has to add the page's origin, http://localhost:6274, to the organization's origins."
	for name, tt := range map[string]struct {
		how  func(*stand)
		says bool
	}{
		"nobody admits it": {func(*stand) {}, true},
		"another's":        {func(s *stand) { s.origins = []string{"http://localhost:6275"} }, true},
		"the deployment's": {func(s *stand) { s.origins = []string{"http://localhost:6274"} }, false},
		"the organization": {func(s *stand) {
			s.change(func(d *snapshot.Data) { d.Organization.Origins = []string{"http://localhost:6274"} })
		}, false},
	} {
		for _, mode := range modes {
			s := newStand(t)
			s.in(mode)
			tt.how(s)
			if says := strings.Contains(textOf(part(t, s.page("/t/contoso/mcp"), "inspector")), lacks); says != tt.says {
				t.Errorf("%s, %s: says so: %t", name, mode, says)
			}
		}
	}
	p := newStand(t).parts(base)
	p.Admits = nil
	if _, err := connect.New(p); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a part: %v", err)
	}
}

// TestPageNamesTheRegistration that people sign in to: whoever is asked to mend it knows
// neither its id nor the address that it lacks.
func TestPageNamesTheRegistration(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	said := textOf(s.page("/t/contoso/finance/mcp"))
	app := "the app with the ID " + s.data.Organization.Connection.ClientID.String()
	for _, words := range []string{
		"Enterprise apps > " + app + " > Permissions", "Enterprise apps > " + app + " > Users and groups",
		"App registrations > " + app + " > Authentication > Web > Redirect URIs > Add URI: " + base + "/t/contoso/callback",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(said, "this app >") || strings.Contains(said, "issuer's address") {
		t.Error("the page speaks of what it does not name")
	}
	s.change(func(d *snapshot.Data) {
		d.Organization.Connection.Model, d.Organization.Connection.Credential = tenants.SharedApp, tenants.Credential{Kind: tenants.NoCredential}
	})
	said = textOf(s.page("/t/contoso/mcp"))
	if !strings.Contains(said, "Whoever runs Gatehouse can add it to their app registration: "+must(url.Parse(base)).JoinPath("auth/endpoint").String()) || strings.Contains(said, "/t/contoso/callback") {
		t.Error("the page does not say whose the shared app is, and what it lacks")
	}
}

// TestPageSaysWhoAdministers: of two kinds of administrators people know one.
func TestPageSaysWhoAdministers(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		s := newStand(t)
		s.in(mode)
		if said := textOf(s.page("/t/contoso/mcp")); !strings.Contains(said, "That is somebody at Contoso who looks after Gatehouse there, and not always who administers Entra.") {
			t.Errorf("%s: %s", mode, said)
		}
	}
}
