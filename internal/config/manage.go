package config

import (
	"crypto/x509"
	"net/url"
	"strings"
)

// Manage is the configuration of the commands that use the management API of a
// deployment, from wherever they run.
type Manage struct {
	URL url.URL `env:"GATEHOUSE_URL"` // zero: a flag must say it

	// Token is a bearer token for the management API. Without it one is asked for
	// with the next three, which belong together.
	Token        Secret `env:"GATEHOUSE_TOKEN"`
	TenantID     string `env:"GATEHOUSE_TENANT_ID"`
	ClientID     string `env:"GATEHOUSE_CLIENT_ID"`
	ClientSecret Secret `env:"GATEHOUSE_CLIENT_SECRET"`

	// Session is the cookie, name and value, of a browser in which somebody has signed
	// in to the console: what the commands do, they do.
	Session Secret `env:"GATEHOUSE_SESSION"`

	// GraphToken is an access token for Microsoft Graph with which the doctor reads
	// the app registration.
	GraphToken Secret `env:"GATEHOUSE_GRAPH_TOKEN"`

	EntraURL url.URL             `env:"GATEHOUSE_ENTRA_URL"` // an emulator; zero: Microsoft's clouds
	ExtraCA  []*x509.Certificate `env:"GATEHOUSE_EXTRA_CA"`  // trusted besides the system's
}

func (c Manage) problems() Errors {
	var p Errors
	p.origin("GATEHOUSE_URL", c.URL)
	if c.URL.Scheme == "http" && !loopbackHost(c.URL.Hostname()) {
		p.add("GATEHOUSE_URL uses http; tokens are sent over https only, but to this machine: give its https URL")
	}
	p.origin("GATEHOUSE_ENTRA_URL", c.EntraURL)
	if c.EntraURL != (url.URL{}) && !loopbackHost(c.EntraURL.Hostname()) {
		p.add("GATEHOUSE_ENTRA_URL names the host %q; an emulator runs on loopback only", c.EntraURL.Hostname())
	}
	if c.Session != "" && (c.Token != "" || c.ClientID != "") {
		p.add("GATEHOUSE_SESSION is one way to sign in, and GATEHOUSE_TOKEN or GATEHOUSE_CLIENT_ID another; keep one")
	}
	if name, value, ok := strings.Cut(c.Session.Reveal(), "="); c.Session != "" && (!ok || name == "" || value == "") {
		p.add("GATEHOUSE_SESSION is no cookie; give its name and its value: __Host-gatehouse=…")
	}
	given := 0
	for _, v := range []string{c.TenantID, c.ClientID, c.ClientSecret.Reveal()} {
		if v != "" {
			given++
		}
	}
	switch {
	case given > 0 && c.Token != "":
		p.add("GATEHOUSE_TOKEN and GATEHOUSE_CLIENT_ID are two ways to sign in; keep one")
	case given > 0 && given < 3:
		p.add("GATEHOUSE_TENANT_ID, GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET belong together; set all three, or GATEHOUSE_TOKEN")
	}
	return p
}

// Manage returns the configuration of the commands that use the management API.
// The error, if any, is an Errors.
func (s Source) Manage() (Manage, error) { return load(s, Manage.problems) }

// Value returns an environment variable that somebody's file names, such as
// where a secret is. The last of several lines for one name counts.
func (s Source) Value(name string) (string, bool) {
	found, ok := "", false
	for _, line := range s.Environ {
		if n, value, _ := strings.Cut(line, "="); n == name {
			found, ok = value, true
		}
	}
	return found, ok
}
