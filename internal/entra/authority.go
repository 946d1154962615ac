package entra

import (
	"net"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// Authority is the hosts of one Microsoft cloud. The clouds are compiled in
// (Microsoft, "National clouds"), so that no configuration and no token can name
// another host to fetch keys from or to send a secret to. The zero Authority is
// none.
type Authority struct {
	login string // sign-in, tokens and keys; root of the v2 issuers
	v1    string // root of the v1 issuers
	graph string // where Microsoft Graph answers
	scope string // what Microsoft Graph's scopes begin with
	trade string // audience of assertions that stand for an app
}

// The v1 issuers of the US Government cloud are those of the public one.
var (
	publicAuthority = Authority{
		login: "https://login.microsoftonline.com", v1: "https://sts.windows.net",
		graph: "https://graph.microsoft.com", scope: "https://graph.microsoft.com",
		trade: tenants.PublicCloud.TokenExchangeAudience(),
	}
	usGovAuthority = Authority{
		login: "https://login.microsoftonline.us", v1: "https://sts.windows.net",
		graph: "https://graph.microsoft.us", scope: "https://graph.microsoft.us",
		trade: tenants.USGovCloud.TokenExchangeAudience(),
	}
	chinaAuthority = Authority{
		login: "https://login.partner.microsoftonline.cn", v1: "https://sts.chinacloudapi.cn",
		graph: "https://microsoftgraph.chinacloudapi.cn", scope: "https://microsoftgraph.chinacloudapi.cn",
		trade: tenants.ChinaCloud.TokenExchangeAudience(),
	}
)

// AuthorityOf returns the hosts of a cloud, and the zero Authority for a cloud
// that does not exist.
func AuthorityOf(cloud tenants.Cloud) Authority {
	switch cloud {
	case tenants.PublicCloud:
		return publicAuthority
	case tenants.USGovCloud:
		return usGovAuthority
	case tenants.ChinaCloud:
		return chinaAuthority
	default:
		return Authority{}
	}
}

// LoopbackAuthority returns an authority whose sign-in host and Graph run on
// this machine, for development. Graph keeps its public name as a resource. A
// URL that is anything but scheme, loopback host and port is Invalid.
func LoopbackAuthority(entraURL, graphURL string) (Authority, error) {
	entra, err := loopback("Entra", entraURL)
	if err != nil {
		return Authority{}, err
	}
	graph, err := loopback("Graph", graphURL)
	if err != nil {
		return Authority{}, err
	}
	return Authority{login: entra, v1: entra, graph: graph, scope: publicAuthority.scope, trade: publicAuthority.trade}, nil
}

func loopback(what, raw string) (string, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	bare := err == nil && (u.Scheme == "http" || u.Scheme == "https") && *u == url.URL{Scheme: u.Scheme, Host: u.Host}
	if !bare || !isLoopback(u.Hostname()) {
		return "", fault.Newf(fault.Invalid, "%s URL %q must be http or https on localhost, 127.0.0.1 or ::1, without a path", what, raw)
	}
	return u.String(), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// IsZero reports whether the Authority is none.
func (a Authority) IsZero() bool { return a == Authority{} }

// V2Issuer is "iss" of the tenant's v2 tokens, and the issuer that clients
// discover.
func (a Authority) V2Issuer(tid tenants.TID) string { return a.login + "/" + tid.String() + "/v2.0" }

// V1Issuer is "iss" of the tenant's v1 tokens, with its trailing slash.
func (a Authority) V1Issuer(tid tenants.TID) string { return a.v1 + "/" + tid.String() + "/" }

// KeysURL is where the tenant publishes the keys that sign tokens of a version.
// It is the tenant's own address: a key that tenants share today can become a
// key of one of them.
func (a Authority) KeysURL(tid tenants.TID, v Version) string {
	if v == V1 {
		return a.login + "/" + tid.String() + "/discovery/keys"
	}
	return a.login + "/" + tid.String() + "/discovery/v2.0/keys"
}

// TokenURL is the tenant's token endpoint.
func (a Authority) TokenURL(tid tenants.TID) string {
	return a.tokenURLAt(tid.String())
}

// AuthorizeURL is the tenant's authorization endpoint.
func (a Authority) AuthorizeURL(tid tenants.TID) string {
	return a.authorizeURLAt(tid.String())
}

// organizations stands for the tenant of whoever signs in, if it is one of an
// organization (Microsoft, "OpenID Connect on the Microsoft identity platform").
const organizations = "organizations"

// segment is the tenant in an address; the zero tid is whichever it turns out.
func segment(tid tenants.TID) string {
	if tid.IsZero() {
		return organizations
	}
	return tid.String()
}

func (a Authority) authorizeURLAt(segment string) string {
	return a.login + "/" + segment + "/oauth2/v2.0/authorize"
}

func (a Authority) tokenURLAt(segment string) string {
	return a.login + "/" + segment + "/oauth2/v2.0/token"
}

// TokenExchangeAudience is "aud" of assertions that stand for an app by one of
// its federated credentials, in this cloud ("Workload identity federation").
func (a Authority) TokenExchangeAudience() string { return a.trade }

// GraphURL is the root of Microsoft Graph, without a trailing slash.
func (a Authority) GraphURL() string { return a.graph }

// DelegatedGraphScope is a permission of Microsoft Graph as a token request
// must name it.
func (a Authority) DelegatedGraphScope(name string) string { return a.scope + "/" + name }

// graphClientID is Microsoft Graph's application in every tenant of every cloud.
const graphClientID = "00000003-0000-0000-c000-000000000000"

// IsGraph reports whether an audience is Microsoft Graph.
func (a Authority) IsGraph(aud string) bool {
	aud = strings.TrimSuffix(aud, "/")
	return strings.EqualFold(aud, graphClientID) || aud == a.scope || aud == a.graph
}

// Version is the format of an access token. The resource's app registration
// chooses it, not the endpoint it was requested from.
type Version uint8

// The versions.
const (
	V1 Version = 1
	V2 Version = 2
)

// String returns the version as "ver" spells it.
func (v Version) String() string {
	if v == V1 {
		return "1.0"
	}
	return "2.0"
}
