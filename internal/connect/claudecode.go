package connect

import "strings"

// claudeCode is Claude Code, in a terminal and in editors.
//
// code.claude.com/docs/en/mcp, "Use pre-configured OAuth credentials" and "Use a
// fixed OAuth callback port", as github.com/xsyetopz/claudetto, wiki, "Claude Code
// MCP Auth" (2026-10-19) and anthropics/claude-code#66511 quote it: oauth.clientId,
// oauth.scopes as one string, redirect URI http://localhost:PORT/callback. Read
// 2026-11-22.
var claudeCode = client{
	id: "claude-code", name: "Claude Code", registered: "Claude Code",
	steps: func(e endpoint) []step {
		if e.Brokered() {
			return []step{
				{"In a terminal:", "claude mcp add --transport http " + e.Key + " " + e.URL},
				{"Then type /mcp in a session, choose the server and sign in.", ""},
				{"Or, for everybody who works on a project, put this in its .mcp.json:", claudeFile(e, nil)},
			}
		}
		return []step{
			{"In a terminal, with the client ID in its place:", "claude mcp add --transport http --client-id " + yourClient + " " + e.Key + " " + e.URL},
			{"Then type /mcp in a session, choose the server and sign in.", ""},
			{"Or, for everybody who works on a project, put this in its .mcp.json:", claudeFile(e, &claudeOAuth{yourClient, strings.Join(lasting(e), " ")})},
		}
	},
	troubles: atEntraAlike(9010010, 50011, 700016, 65001, 650053, 900144, 50105),
}

// claudeServer is a server in .mcp.json and in managed-mcp.json.
type claudeServer struct {
	Type  string       `json:"type"`
	URL   string       `json:"url"`
	OAuth *claudeOAuth `json:"oauth,omitempty"`
}

type claudeOAuth struct {
	ClientID string `json:"clientId"`
	Scopes   string `json:"scopes"`
}

type claudeServers struct {
	Servers map[string]claudeServer `json:"mcpServers"`
}

func claudeFile(e endpoint, oauth *claudeOAuth) string {
	return indented(claudeServers{map[string]claudeServer{e.Key: {"http", e.URL, oauth}}})
}
