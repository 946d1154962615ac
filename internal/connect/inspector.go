package connect

// inspector is the MCP Inspector, with which developers look at servers.
//
// npm @modelcontextprotocol/inspector 2.12.0: its own --help has --transport,
// --server-url, --method and --client-id. Run against this program by
// internal/e2e/laptop.
var inspector = client{
	id: "inspector", name: "MCP Inspector", registered: "MCP Inspector",
	steps: func(e endpoint) []step {
		program := "npx @modelcontextprotocol/inspector@2.12.0 "
		if e.Brokered() {
			return []step{
				{"In a terminal, with Node.js 22 or later. Press Connect on the page that opens." + askForOrigin(e), program + "--transport http --server-url " + e.URL},
				{"Or without a page:", program + "--cli " + e.URL + " --transport http --method tools/list"},
			}
		}
		return []step{{
			"In a terminal, with Node.js 22 or later. On the page that opens put the client ID and the scope in the authentication settings, and press Connect." + askForOrigin(e),
			program + "--transport http --server-url " + e.URL,
		}}
	},
	troubles: atEntraAlike(9010010, 50011, 9002326, 700016, 65001, 50105),
}

// inspectorOrigin is that of its page.
const inspectorOrigin = "http://localhost:6274"

// askForOrigin says who has to let its page in, where nobody has.
func askForOrigin(e endpoint) string {
	if e.admits(inspectorOrigin) {
		return ""
	}
	return " Beforehand, an administrator of Gatehouse has to add the page's origin, " + inspectorOrigin + ", to the organization's origins."
}
