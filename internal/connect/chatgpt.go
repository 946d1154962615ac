package connect

import "gatehouse/internal/tenants"

// chatGPT is ChatGPT, in its developer mode.
//
// help.openai.com/en/articles/12584461 (developer mode, who may switch it on); that
// a client ID and a callback URL of its own for each app are under Advanced
// settings says developer.salesforce.com/docs/platform/hosted-mcp-servers/guide/chatgpt.html.
// Both read 2026-11-22.
var chatGPT = client{
	id: "chatgpt", name: "ChatGPT", cloud: true,
	steps: func(e endpoint) []step {
		steps := []step{
			{"In ChatGPT open Settings > Apps > Advanced settings and switch Developer mode on. In a workspace an administrator has to allow it.", ""},
			{"Under Settings > Apps choose Create app. Name it, choose OAuth, and paste the URL.", e.URL},
		}
		if !e.Brokered() {
			steps = append(steps, step{"Under Advanced settings choose a user-defined OAuth client and put in the client ID. The callback URL that is shown there has to be among the app registration's redirect URIs.", ""})
		}
		return append(steps, step{"Press Create and sign in.", ""})
	},
	cannot: map[tenants.AuthMode]string{tenants.Direct: withoutPKCE},
	troubles: map[tenants.AuthMode][]int{
		tenants.Facade: {9010010, 50011, 7000218, 9002326, 700016, 65001, 50105},
	},
}
