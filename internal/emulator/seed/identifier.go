package seed

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/emulator/loopback"
)

// maxIdentifierURI is the longest identifier URI (Microsoft, "Microsoft Entra
// service limits and restrictions").
const maxIdentifierURI = 255

// Codes of an IdentifierURIError, as Microsoft Graph names them.
const (
	CodeBadRequest          = "Request_BadRequest"
	CodeHostNameNotVerified = "HostNameNotOnVerifiedDomain"
)

// IdentifierURIError says why an app may not have an identifier URI.
type IdentifierURIError struct {
	Code string // of Microsoft Graph's answer to the PATCH that would set it
	Text string
}

// Error is what Graph would say.
func (e *IdentifierURIError) Error() string { return e.Text }

// CheckIdentifierURI returns nil when app a of tenant t may have uri among its
// identifierUris, and otherwise an *IdentifierURIError. Whether another app has
// it is not its business.
//
// A URI is absolute, has 255 characters at most, no capitals (Entra compares
// them with audiences character for character) and no slash at its end. The
// host of an http or https one is a verified domain of the tenant or below one,
// unless the app asks for version 2 tokens (Microsoft, "Restrictions on
// identifier URIs of Microsoft Entra applications"). Settings.IdentifierURIs
// "verified" takes that exception away. Hosts on loopback are taken either way:
// real Entra would not, but what an emulator is used with listens there.
func CheckIdentifierURI(t Tenant, a App, uri string) error {
	u, err := url.Parse(uri)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "" && u.Opaque == "":
		return refuseURI("identifier URI %q is not absolute; give one such as api://%s", uri, a.ID)
	case len(uri) > maxIdentifierURI:
		return refuseURI("identifier URI %q has %d characters; %d are the most", uri[:32]+"…", len(uri), maxIdentifierURI)
	case strings.HasSuffix(uri, "/"):
		return refuseURI("identifier URI %q ends in a slash, which Entra refuses; remove it", uri)
	case uri != strings.ToLower(uri):
		return refuseURI("identifier URI %q has capitals, which keep tokens from matching; use lower case", uri)
	}
	if hostMatters(u) && !a.FirstParty && !t.hostAllowed(a, u.Hostname()) {
		return &IdentifierURIError{Code: CodeHostNameNotVerified, Text: fmt.Sprintf(
			"Values of IdentifierUris property must use a verified domain of the organization or its subdomain: '%s'", uri)}
	}
	return nil
}

func refuseURI(text string, args ...any) error {
	return &IdentifierURIError{Code: CodeBadRequest, Text: fmt.Sprintf(text, args...)}
}

func hostMatters(u *url.URL) bool { return u.Scheme == "https" || u.Scheme == "http" }

func (t Tenant) hostAllowed(a App, host string) bool {
	if loopback.Host(host) || a.RequestedTokenVersion == 2 && t.Settings.IdentifierURIs != "verified" {
		return true
	}
	return slices.ContainsFunc(append([]string{t.Domain}, t.Domains...), func(domain string) bool {
		domain = strings.ToLower(domain)
		return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
	})
}

// owner is the app that has an identifier URI, and where it says so.
type owner struct {
	client string
	at     place
}

// identifiers checks the identifier URIs of one app. Those with a host or an
// api: scheme are unique over all tenants, as Entra makes them for apps that
// several tenants can use; other schemes stay in their tenant.
func (c *checker) identifiers(at place, t Tenant, a App) {
	for i, uri := range a.IdentifierURIs {
		where := at.item("identifierUris", i)
		if err := c.identifier(t, a, uri); err != nil {
			c.add(where, "%s", err)
			continue
		}
		key := uri
		if !strings.HasPrefix(uri, "https:") && !strings.HasPrefix(uri, "http:") && !strings.HasPrefix(uri, "api:") {
			key = t.ID + " " + uri
		}
		other, taken := c.uris[key]
		if a.ID != MicrosoftGraph && uri == graphURI {
			other, taken = owner{client: MicrosoftGraph, at: "Microsoft Graph"}, true
		}
		if taken && other.client != a.ID {
			c.add(where, "%q belongs to %s too; it is unique", uri, other.at)
			continue
		}
		c.uris[key] = owner{client: a.ID, at: where}
	}
}

// identifier asks the tenants that list the app, one of which is its home: a
// tenant that only uses an app has none of its domains.
func (c *checker) identifier(t Tenant, a App, uri string) error {
	err := CheckIdentifierURI(t, a, uri)
	if err == nil || !a.MultiTenant {
		return err
	}
	for _, other := range c.tenancies[a.ID] {
		if CheckIdentifierURI(other, a, uri) == nil {
			return nil
		}
	}
	return err
}
