package connect

import (
	"bytes"
	"encoding/json"

	"gatehouse/internal/onboarding/setup"
	"gatehouse/internal/tenants"
)

// client is a program that people connect. What its file says of it holds for any
// endpoint; what differs by mode is a question to the endpoint.
type client struct {
	id   string // of its part of the page
	name string

	// cloud: it runs at its vendor's and reaches only what the internet does.
	cloud bool

	// registered is what setup.ClientRedirects calls it; empty where the redirect URI
	// is known only once somebody connects.
	registered string

	// builtIn is whether it has a client ID of its vendor's that Entra knows; nil: in
	// no mode.
	builtIn func(tenants.AuthMode) bool

	links    func(endpoint) []link // that install it with a click; nil without
	steps    func(endpoint) []step // how it is connected; none where it cannot be
	cannot   map[tenants.AuthMode]string
	troubles map[tenants.AuthMode][]int // numbers of Entra's that its people meet
}

// step is one thing to do, and what to copy for it.
type step struct {
	Do   string
	Code string
}

// clients in the order of the page. A new one is a file and a name here.
var clients = []client{vsCode, claude, claudeCode, cursor, copilotStudio, chatGPT, inspector, mcpRemote, other}

// yourClient stands for the client ID in what people copy.
const yourClient = "YOUR-CLIENT-ID"

// atEntraAlike is for a client whose people meet the same numbers whichever way it
// finds Entra.
func atEntraAlike(numbers ...int) map[tenants.AuthMode][]int {
	return map[tenants.AuthMode][]int{tenants.Facade: numbers, tenants.Direct: numbers}
}

// lasting are the scopes for a client that asks for what it is told and nothing
// else: Entra gives a refresh token for offline_access only, and without one people
// sign in every hour.
func lasting(e endpoint) []string { return []string{e.Scope, "offline_access"} }

// known reports whether Entra knows the client without anybody's doing.
func (c client) known(mode tenants.AuthMode) bool { return c.builtIn != nil && c.builtIn(mode) }

// redirects are the redirect URIs that it has to be registered with.
func (c client) redirects() []setup.Redirect {
	var found []setup.Redirect
	for _, r := range setup.ClientRedirects() {
		if c.registered != "" && r.Client == c.registered {
			found = append(found, r)
		}
	}
	return found
}

// indented is a value as people paste it into a file.
func indented(value any) string { return encode(value, "  ") }

// compact is a value as it stands in a link or on a command line.
func compact(value any) string { return encode(value, "") }

// encode writes JSON. The values are ours, made of strings and nothing else, so
// that it cannot fail.
func encode(value any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	_ = e.Encode(value)
	return string(bytes.TrimSpace(b.Bytes()))
}
