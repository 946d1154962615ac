package setup_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

func TestBrokenValuesAreRefusedByField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(*setup.Values)
		want   string
	}{
		"no name":                {func(v *setup.Values) { v.Organization = " " }, "organization name is empty"},
		"NUL":                    {func(v *setup.Values) { v.Organization = "a\x00" }, "organization name must be text"},
		"long name":              {func(v *setup.Values) { v.Organization = strings.Repeat("ä", 201) }, "organization name is longer"},
		"no slug":                {func(v *setup.Values) { v.Slug = tenants.Slug{} }, "slug is missing"},
		"endpoint with quotes":   {func(v *setup.Values) { v.Endpoint = "https://x.example/'$(id)" }, "endpoint must be"},
		"endpoint with braces":   {func(v *setup.Values) { v.Endpoint = "https://x.example/{objectid}" }, "endpoint must be"},
		"endpoint with capitals": {func(v *setup.Values) { v.Endpoint = "https://x.example/A" }, "endpoint must be"},
		"endpoint with slash":    {func(v *setup.Values) { v.Endpoint += "/" }, "endpoint must be"},
		"endpoint in clear":      {func(v *setup.Values) { v.Endpoint = "http://x.example/a" }, "endpoint must be"},
		"base":                   {func(v *setup.Values) { v.Base = "gatehouse" }, "base must be"},
		"cloud":                  {func(v *setup.Values) { v.Cloud = "mars" }, "cloud must be"},
		"model":                  {func(v *setup.Values) { v.Model = "other" }, "app model must be"},
		"scope":                  {func(v *setup.Values) { v.Scope = "a b" }, "scope must be"},
		"credential":             {func(v *setup.Values) { v.Credential = tenants.ManagedIdentity }, "managed_identity belongs to the platform"},
		"no federation":          {func(v *setup.Values) { v.Federation = setup.Federation{} }, "federation goes with"},
		"issuer":                 {func(v *setup.Values) { v.Federation.Issuer = "http://x.example" }, "federation issuer"},
		"subject":                {func(v *setup.Values) { v.Federation.Subject = "org:`id`" }, "federation subject"},
		"audience":               {func(v *setup.Values) { v.Federation.Audience = "x" }, "federation audience"},
		"federation without":     {func(v *setup.Values) { v.Credential = tenants.ClientSecret }, "federation goes with"},
		"no certificate":         {func(v *setup.Values) { v.Credential, v.Federation = tenants.Certificate, setup.Federation{} }, "certificate goes with"},
		"certificate without":    {func(v *setup.Values) { v.Certificate = "x" }, "certificate goes with"},
		"private key": {func(v *setup.Values) {
			v.Credential, v.Federation, v.Certificate = tenants.Certificate, setup.Federation{}, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
		}, "certificate must be one CERTIFICATE block"},
		"role":                  {func(v *setup.Values) { v.AppRoles[0].Value = "a b" }, "app role a b"},
		"role twice":            {func(v *setup.Values) { v.AppRoles[1].Value = v.AppRoles[0].Value }, "listed twice"},
		"client":                {func(v *setup.Values) { v.Preauthorized[0].ID = tenants.GUID{} }, "needs a client id"},
		"client twice":          {func(v *setup.Values) { v.Preauthorized[1].ID = v.Preauthorized[0].ID }, "listed twice"},
		"platform":              {func(v *setup.Values) { v.Redirects[0].Platform = "spa" }, "platform must be"},
		"redirect":              {func(v *setup.Values) { v.Redirects[0].URI = "https://x.example/?a=$b" }, "redirect URI of Claude must be"},
		"web redirect":          {func(v *setup.Values) { v.Redirects[0] = setup.Redirect{Client: "X", Platform: setup.Web, URI: "x://y"} }, "platform web takes https"},
		"shared without client": {func(v *setup.Values) { *v = shared(); v.ClientID = tenants.GUID{} }, "client id of the shared app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := values()
			c.breaks(&v)
			_, err := setup.New(v)
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Invalid {
				t.Errorf("err = %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestStepsComeInTheOrderEntraNeeds(t *testing.T) {
	t.Parallel()
	place := map[string]int{}
	for i, s := range plan(t, values()).Steps {
		place[s.Name] = i
	}
	for _, pair := range [][2]string{
		{"register", "version"}, {"version", "identifier"}, {"expose", "trust"}, {"identifier", "principal"}, {"principal", "consent"}, {"graph", "consent"}, {"consent", "federate"},
	} {
		before, ok := place[pair[0]]
		after, also := place[pair[1]]
		if !ok || !also || before >= after {
			t.Errorf("%s is not before %s", pair[0], pair[1])
		}
	}
}

func TestCloudsHaveTheirOwnHosts(t *testing.T) {
	t.Parallel()
	for cloud, hosts := range map[tenants.Cloud][2]string{
		tenants.PublicCloud: {"https://graph.microsoft.com/v1.0", "https://entra.microsoft.com/#"},
		tenants.USGovCloud:  {"https://graph.microsoft.us/v1.0", "https://entra.microsoft.us/#"},
		tenants.ChinaCloud:  {"https://microsoftgraph.chinacloudapi.cn/v1.0", "https://entra.microsoftonline.cn/#"},
	} {
		v := values()
		v.Cloud = cloud
		p := plan(t, v)
		if !strings.Contains(p.AzureCLI(), hosts[0]) || !strings.Contains(p.PowerShell(), hosts[0]) {
			t.Errorf("%s: the scripts do not go to %s", cloud, hosts[0])
		}
		for _, s := range p.Portal(tenants.MustGUID(sharedApp)) {
			if !strings.HasPrefix(s.Link, hosts[1]) {
				t.Errorf("%s: %s links to %s", cloud, s.Title, s.Link)
			}
		}
	}
}

func TestLinksNeedTheClientID(t *testing.T) {
	t.Parallel()
	for _, s := range plan(t, values()).Portal(tenants.GUID{}) {
		if strings.ContainsAny(s.Link, "{}") || strings.HasSuffix(s.Link, "/appId/") {
			t.Errorf("%s links to %s", s.Title, s.Link)
		}
	}
}
