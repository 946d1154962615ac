package connect

// other is any client of the protocol.
//
// modelcontextprotocol.io/specification/2026-07-28/basic/authorization, read
// 2026-11-22.
var other = client{
	id: "other", name: "Any other app",
	steps: func(e endpoint) []step {
		if e.Brokered() {
			return []step{{"Where the app asks for a remote MCP server, a streamable HTTP server or a connector, paste the URL. Leave client ID, secret and scope empty: the app finds out by itself where to sign in.", e.URL}}
		}
		return []step{
			{"Where the app asks for a remote MCP server, a streamable HTTP server or a connector, paste the URL.", e.URL},
			{"Put the client ID where it asks for one, no secret, and as scope:", e.Scope},
		}
	},
	troubles: atEntraAlike(9010010, 50011, 7000218, 9002326, 700016, 65001, 650053, 900144, 50105),
}
