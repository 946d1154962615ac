package setup

import "slices"

// Platform is where a redirect URI is registered. It decides what kind of client
// redeems a code (Microsoft, "Redirect URI best practices and limitations").
type Platform string

// The platforms, as the manifest calls them.
const (
	PublicClient Platform = "publicClient" // "Mobile and desktop applications": redeemed without a secret
	Web          Platform = "web"          // redeemed with the app's credential
)

// Redirect is a redirect URI and the MCP client it is for.
type Redirect struct {
	Client   string
	Platform Platform
	URI      string
}

// ClientRedirects are the redirect URIs of MCP clients that use the organization's
// registration. Entra ignores the port of an http URI on localhost, and nothing
// else of it.
func ClientRedirects() []Redirect {
	return []Redirect{
		{"Claude", PublicClient, "https://claude.ai/api/mcp/auth_callback"},
		{"Claude", PublicClient, "https://claude.com/api/mcp/auth_callback"},
		{"Claude Code", PublicClient, "http://localhost/callback"},
		{"Visual Studio Code", PublicClient, "http://127.0.0.1"},
		{"Visual Studio Code", PublicClient, "http://127.0.0.1:33418"},
		{"Visual Studio Code", PublicClient, "https://vscode.dev/redirect"},
		{"Cursor", PublicClient, "cursor://anysphere.cursor-mcp/oauth/callback"},
		{"Cursor", PublicClient, "http://localhost:8787/callback"},
		{"MCP Inspector", PublicClient, "http://localhost:6274/oauth/callback"},
		{"MCP Inspector, command line", PublicClient, "http://127.0.0.1:6276/oauth/callback"},
		{"mcp-remote", PublicClient, "http://localhost/oauth/callback"},
	}
}

// BrokeredRedirect is where Entra sends people back to when the platform itself
// signs them in for an endpoint.
func BrokeredRedirect(base, slug string) Redirect {
	return Redirect{"Gatehouse, brokered mode", Web, base + "/t/" + slug + "/callback"}
}

// SharedRedirect is the same for the app that organizations share: one for all of
// them, because an app has room for 256.
func SharedRedirect(base string) Redirect {
	return Redirect{"Gatehouse, shared app", Web, base + "/auth/endpoint"}
}

// uris are those of a platform in their order, each once.
func (v Values) uris(on Platform) List {
	out := List{}
	for _, r := range v.Redirects {
		if r.Platform == on && !slices.Contains(out, any(r.URI)) {
			out = append(out, r.URI)
		}
	}
	return out
}
