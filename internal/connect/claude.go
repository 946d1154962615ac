package connect

import "gatehouse/internal/tenants"

// claude is Claude on the web, on desktops and on phones: they have one list of
// connectors, and all of them reach servers from Anthropic's cloud, also those of
// Claude Desktop.
//
// support.claude.com/en/articles/11175166 (custom connectors) and 11503834 (what
// they need: registration, a client ID under Advanced settings, the callback, and
// from where they reach a server), read 2026-11-22.
var claude = client{
	id: "claude", name: "Claude (web, desktop, mobile)", registered: "Claude", cloud: true,
	steps: func(e endpoint) []step {
		steps := []step{
			{"In Claude open Customize > Connectors, press + and choose Add custom connector. On Team and Enterprise plans an owner does this once, in the organization's settings.", ""},
			{"Paste the URL.", e.URL},
		}
		if !e.Brokered() {
			steps = append(steps, step{"Under Advanced settings put the client ID in OAuth Client ID, and leave the secret empty.", ""})
		}
		return append(steps, step{"Press Add, then Connect, and sign in.", ""})
	},
	cannot: map[tenants.AuthMode]string{tenants.Direct: withoutPKCE},
	troubles: map[tenants.AuthMode][]int{
		tenants.Facade: {9010010, 50011, 7000218, 9002326, 700016, 65001, 650053, 50105},
	},
}

// withoutPKCE is why those do not connect in direct mode that do as they must: refuse
// where metadata does not name code_challenge_methods_supported (MCP,
// "Authorization Code Protection"; anthropics/claude-ai-mcp#786).
const withoutPKCE = "Not in this mode. Entra's own metadata does not say that it supports PKCE, without which this app does not sign in. An administrator can choose “Entra tokens only” with Gatehouse's description of the tenant (mode facade), or sign-in through Gatehouse (mode brokered)."
