package seed_test

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

func TestIdentifierURIsFollowEntrasRules(t *testing.T) {
	t.Parallel()
	const notVerified = "Values of IdentifierUris property must use a verified domain of the organization or its subdomain: '"
	strict := seed.Settings{IdentifierURIs: "verified"}
	for name, c := range map[string]struct {
		uri      string
		version  int
		settings seed.Settings
		code     string
		text     string
	}{
		"api":                             {uri: "api://x"},
		"urn":                             {uri: "urn:x:y"},
		"verified domain":                 {uri: "https://contoso.example/mcp"},
		"below a verified domain":         {uri: "https://mcp.contoso.test"},
		"another host, v1":                {uri: "https://mcp.example.com/t/a/mcp", version: 1, code: seed.CodeHostNameNotVerified, text: notVerified + "https://mcp.example.com/t/a/mcp'"},
		"another host, no version":        {uri: "https://mcp.example.com/t/a/mcp", code: seed.CodeHostNameNotVerified, text: notVerified},
		"another host, v2":                {uri: "https://mcp.example.com/t/a/mcp", version: 2},
		"another host, v2, strict tenant": {uri: "https://mcp.example.com/t/a/mcp", version: 2, settings: strict, code: seed.CodeHostNameNotVerified, text: notVerified},
		"verified domain, strict tenant":  {uri: "https://mcp.contoso.example/mcp", version: 2, settings: strict},
		"a name that only ends alike":     {uri: "https://evilcontoso.example/", code: seed.CodeBadRequest, text: "ends in a slash"},
		"a domain that only ends alike":   {uri: "https://evilcontoso.example", code: seed.CodeHostNameNotVerified, text: notVerified},
		"loopback, v1":                    {uri: "http://localhost:8080/t/a/mcp", version: 1},
		"loopback, strict tenant":         {uri: "https://127.0.0.1:8080/t/a/mcp", version: 2, settings: strict},
		"http elsewhere":                  {uri: "http://mcp.example.com/x", code: seed.CodeHostNameNotVerified, text: notVerified},
		"slash":                           {uri: "api://x/", code: seed.CodeBadRequest, text: "ends in a slash"},
		"capitals":                        {uri: "api://X", code: seed.CodeBadRequest, text: "has capitals"},
		"relative":                        {uri: "x", code: seed.CodeBadRequest, text: "is not absolute"},
		"without a scheme":                {uri: "//contoso.example/x", code: seed.CodeBadRequest, text: "is not absolute"},
		"nothing after the scheme":        {uri: "api:", code: seed.CodeBadRequest, text: "is not absolute"},
		"longest":                         {uri: "api://" + strings.Repeat("x", 249)},
		"too long":                        {uri: "api://" + strings.Repeat("x", 250), code: seed.CodeBadRequest, text: "has 256 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := seed.Tenant{Domain: "Contoso.example", Domains: []string{"contoso.test"}, Settings: c.settings}
			err := seed.CheckIdentifierURI(tenant, seed.App{RequestedTokenVersion: c.version}, c.uri)
			if c.code == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var refused *seed.IdentifierURIError
			if !errors.As(err, &refused) || refused.Code != c.code || !strings.HasPrefix(refused.Text, c.text) && !strings.Contains(refused.Text, c.text) {
				t.Errorf("error is %v, want %s %s", err, c.code, c.text)
			}
		})
	}
}

func TestIdentifierURIsBelongToOneApp(t *testing.T) {
	t.Parallel()
	tenant := func(name string, apps ...seed.App) seed.Tenant {
		return seed.Tenant{ID: id(name), Name: name, Domain: name + ".example", Apps: apps}
	}
	app := func(name string, uris ...string) seed.App {
		return seed.App{ID: id(name), Name: name, RequestedTokenVersion: 2, IdentifierURIs: uris}
	}
	for name, c := range map[string]struct {
		tenants []seed.Tenant
		path    string
	}{
		"same app in two tenants":     {[]seed.Tenant{tenant("a", app("x", "api://x")), tenant("b", app("x", "api://x"))}, ""},
		"two apps of one tenant":      {[]seed.Tenant{tenant("a", app("x", "urn:x"), app("y", "urn:x"))}, "tenants[0].apps[1].identifierUris[0]"},
		"api, two tenants":            {[]seed.Tenant{tenant("a", app("x", "api://x")), tenant("b", app("y", "api://x"))}, "tenants[1].apps[0].identifierUris[0]"},
		"https, two tenants":          {[]seed.Tenant{tenant("a", app("x", "https://x.example")), tenant("b", app("y", "https://x.example"))}, "tenants[1].apps[0].identifierUris[0]"},
		"another scheme, two tenants": {[]seed.Tenant{tenant("a", app("x", "urn:x")), tenant("b", app("y", "urn:x"))}, ""},
		"Microsoft Graph's":           {[]seed.Tenant{tenant("a", app("x", "https://graph.microsoft.com"))}, "tenants[0].apps[0].identifierUris[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := complaints(t, seed.Check(c.tenants))
			if c.path == "" && len(got) > 0 || c.path != "" && (len(got) != 1 || got[0].Path != c.path || !strings.Contains(got[0].Text, "it is unique")) {
				t.Errorf("complaints are %v, want one at %q", got, c.path)
			}
		})
	}
}

func TestDomainOfAnAppsHomeIsEnoughElsewhere(t *testing.T) {
	t.Parallel()
	app := seed.App{ID: id("x"), Name: "X", MultiTenant: true, IdentifierURIs: []string{"https://api.home.example"}}
	home := seed.Tenant{ID: id("h"), Name: "Home", Domain: "home.example", Apps: []seed.App{app}}
	away := seed.Tenant{ID: id("w"), Name: "Away", Domain: "away.example", Apps: []seed.App{app}}
	if err := seed.Check([]seed.Tenant{away, home}); err != nil {
		t.Error(err)
	}
	if got := complaints(t, seed.Check([]seed.Tenant{away})); len(got) != 1 || !strings.HasPrefix(got[0].Text, "Values of IdentifierUris") {
		t.Errorf("without its home: %v", got)
	}
}
