package connect

import "gatehouse/internal/tenants"

// vsCode is Visual Studio Code with GitHub Copilot.
//
// Configuration: code.visualstudio.com/docs/copilot/reference/mcp-configuration
// (oauth.clientId since 2026-05-25, microsoft/vscode-docs#9798). Links:
// code.visualstudio.com/api/extension-guides/ai/mcp, "MCP URL handler"; the page
// that redirects to them is what Microsoft's own servers link to
// (github.com/MicrosoftDocs/mcp, 2026-10). In direct mode it signs in with a client
// ID of its own (microsoft/vscode#321249, 2026-06). Both read 2026-11-22.
var vsCode = client{
	id: "vscode", name: "Visual Studio Code", registered: "Visual Studio Code",
	builtIn: func(mode tenants.AuthMode) bool { return mode == tenants.Direct },
	links: func(e endpoint) []link {
		if e.Mode == tenants.Facade {
			return nil // they would leave the client ID out
		}
		named := compact(struct {
			Name string `json:"name"`
			vsCodeServer
		}{e.Key, vsCodeServerOf(e, "")})
		return []link{
			opensVSCode.whole("Add to VS Code", named),
			opensVSCodeInsiders.whole("Add to VS Code Insiders", named),
			opensVSCodeRedirect.pairs("Link to share by chat or mail", e.Key, compact(vsCodeServerOf(e, ""))),
		}
	},
	steps: func(e endpoint) []step {
		if e.Mode == tenants.Facade {
			return []step{
				{"Put this in .vscode/mcp.json, or in the file that the command “MCP: Open User Configuration” opens, with the client ID in its place.", vsCodeFile(e, yourClient)},
				{"Start the server there and sign in.", ""},
			}
		}
		steps := []step{{"Press the button, or put this in .vscode/mcp.json. VS Code asks you to sign in.", vsCodeFile(e, "")}}
		if e.Mode == tenants.Direct {
			steps = append(steps, step{"It signs in with a client ID of its own, so nothing has to be registered. An administrator lists it in Gatehouse, and authorizes it for the scope above:", vsCodeClient})
		}
		return steps
	},
	troubles: map[tenants.AuthMode][]int{
		tenants.Facade: {9010010, 50011, 700016, 65001, 50105},
		tenants.Direct: {9010010, 65001, 500011, 50105, 530084},
	},
}

// vsCodeClient is what it signs in with where Entra is the authorization server
// (docs/entra.md, "Authorized client applications").
const vsCodeClient = "aebc6443-996d-45c2-90f0-388ff96faa56"

// vsCodeServer is a server in mcp.json.
type vsCodeServer struct {
	Type  string       `json:"type"`
	URL   string       `json:"url"`
	OAuth *vsCodeOAuth `json:"oauth,omitempty"`
}

type vsCodeOAuth struct {
	ClientID string `json:"clientId"`
}

func vsCodeServerOf(e endpoint, clientID string) vsCodeServer {
	s := vsCodeServer{Type: "http", URL: e.URL}
	if clientID != "" {
		s.OAuth = &vsCodeOAuth{clientID}
	}
	return s
}

// vsCodeFile is mcp.json with the endpoint alone.
func vsCodeFile(e endpoint, clientID string) string {
	return indented(struct {
		Servers map[string]vsCodeServer `json:"servers"`
	}{map[string]vsCodeServer{e.Key: vsCodeServerOf(e, clientID)}})
}
