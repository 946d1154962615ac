package connect

import "strings"

// copilotStudio is Microsoft Copilot Studio.
//
// learn.microsoft.com/microsoft-copilot-studio/mcp-add-existing-server-to-agent:
// the onboarding wizard, with the types Dynamic discovery, Dynamic and Manual; with
// Manual the redirect URL is shown once it is saved. Read 2026-11-22.
var copilotStudio = client{
	id: "copilot-studio", name: "Copilot Studio", cloud: true,
	steps: func(e endpoint) []step {
		wizard := []step{
			{"On the agent's Tools page choose Add a tool > New tool > Model Context Protocol. Name and describe the server, and paste its URL.", e.URL},
		}
		if e.Brokered() {
			return append(wizard,
				step{"Choose OAuth 2.0 and Dynamic discovery, press Create, then make a connection and sign in. Nothing else is needed.", ""},
				step{"Where a client has to be registered beforehand, an administrator registers one in Gatehouse; its secret is shown once. Choose Manual instead, with its client ID and secret, and:", copilotForm(e)},
				step{"Save. Copilot Studio then shows a redirect URL, which the administrator adds to that client.", ""},
				step{"Gatehouse wants PKCE with S256 here too. If signing in ends with “PKCE is required”, this connection sends none: use Dynamic discovery instead.", ""},
			)
		}
		return append(wizard,
			step{"Choose OAuth 2.0 and Manual, with the client ID and a client secret of the app registration, and:", copilotForm(e)},
			step{"Save. Copilot Studio then shows a redirect URL, which an Entra administrator adds to the app registration under Authentication > Web.", ""},
		)
	},
	troubles: atEntraAlike(50011, 7000215, 7000222, 700016, 65001, 650053, 50105),
}

// copilotForm is the form under Manual, filled in.
func copilotForm(e endpoint) string {
	scopes := e.Scope
	if !e.Brokered() {
		scopes = strings.Join(lasting(e), " ")
	}
	return "Authorization URL: " + e.Authorize + "\nToken URL template: " + e.Token + "\nRefresh URL: " + e.Token + "\nScopes: " + scopes
}
