package connect

// mcpRemote connects programs that speak to local servers only.
//
// npm mcp-remote 0.15.1, README: --static-oauth-client-info, and
// --disable-resource-parameter, which leaves out what Entra compares. Run against
// this program, in every mode, by internal/e2e/laptop.
var mcpRemote = client{
	id: "mcp-remote", name: "mcp-remote, for apps that take local servers only", registered: "mcp-remote",
	steps: func(e endpoint) []step {
		args := []string{"mcp-remote@0.15.1", e.URL}
		about := "In the app's configuration. It needs Node.js and opens a browser to sign in."
		if !e.Brokered() {
			about = "In the app's configuration, with the client ID in its place. It needs Node.js and opens a browser to sign in."
			args = append(args, "--static-oauth-client-info", compact(map[string]string{"client_id": yourClient}), "--disable-resource-parameter")
		}
		return []step{{about, indented(struct {
			Servers map[string]localServer `json:"mcpServers"`
		}{map[string]localServer{e.Key: {"npx", args}}})}}
	},
	troubles: atEntraAlike(50011, 700016, 65001, 50105),
}

// localServer is a program that speaks MCP through its input and output.
type localServer struct {
	Command string   `json:"command"`
	Args    []string `json:"args"`
}
