package connect

import (
	"encoding/base64"
)

// cursor is Cursor.
//
// cursor.com/docs/mcp/install-links (the link); mcp.json and its auth member as
// developer.webex.com/docs/webex-agentic-mcp-servers-cursor and
// developer.mittwald.de/docs/v2/mcp/getting-connected/cursor have them. Read
// 2026-11-22.
var cursor = client{
	id: "cursor", name: "Cursor", registered: "Cursor",
	links: func(e endpoint) []link {
		if !e.Brokered() {
			return nil // it would leave the client ID out
		}
		config := base64.StdEncoding.EncodeToString([]byte(compact(cursorServer{URL: e.URL})))
		return []link{opensCursor.pairs("Add to Cursor", e.Key, config)}
	},
	steps: func(e endpoint) []step {
		if e.Brokered() {
			return []step{{"Press the button, or put this in ~/.cursor/mcp.json, or in .cursor/mcp.json of a project. Cursor asks you to sign in.", cursorFile(e, nil)}}
		}
		return []step{{
			"Put this in ~/.cursor/mcp.json, or in .cursor/mcp.json of a project, with the client ID in its place. Cursor asks you to sign in.",
			cursorFile(e, &cursorAuth{yourClient, lasting(e)}),
		}}
	},
	troubles: atEntraAlike(9010010, 50011, 700016, 65001, 50105),
}

// cursorServer is a server in mcp.json, and what a link carries.
type cursorServer struct {
	URL  string      `json:"url"`
	Auth *cursorAuth `json:"auth,omitempty"`
}

type cursorAuth struct {
	ClientID string   `json:"CLIENT_ID"`
	Scopes   []string `json:"scopes"`
}

func cursorFile(e endpoint, auth *cursorAuth) string {
	return indented(struct {
		Servers map[string]cursorServer `json:"mcpServers"`
	}{map[string]cursorServer{e.Key: {e.URL, auth}}})
}
