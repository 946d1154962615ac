package connect

import (
	"net/http"
	"path"

	"gatehouse/internal/snapshot"
)

// download is a document for machines that a company manages.
type download struct {
	path  string // below the organization's
	about string
	of    func(base string, all []endpoint) any
}

// downloads in the order of the page.
var downloads = []download{claudeAllowList, claudeFixed, vsCodePolicy}

// claudeAllowList has Claude Code load these servers only, of those that people
// add: managed-settings.json, in /Library/Application Support/ClaudeCode,
// /etc/claude-code or C:\Program Files\ClaudeCode (code.claude.com/docs/en/managed-mcp,
// "Allowlists and denylists", "allowManagedMcpServersOnly", read 2026-11-22). Each
// URL stands whole: one without a path would allow every path. Visual Studio Code
// takes entries of the same form in its setting chat.mcp.allowedServers
// (microsoft/vscode, allowedMcpServers.ts, 2026).
var claudeAllowList = download{
	path: "claude-code/managed-settings.json", about: "Claude Code: people may add these servers, and no others",
	of: func(_ string, all []endpoint) any {
		type entry struct {
			URL string `json:"serverUrl"`
		}
		settings := struct {
			Only    bool    `json:"allowManagedMcpServersOnly"`
			Allowed []entry `json:"allowedMcpServers"`
		}{Only: true}
		for _, e := range all {
			settings.Allowed = append(settings.Allowed, entry{e.URL})
		}
		return settings
	},
}

// claudeFixed gives Claude Code these servers and takes all others away:
// managed-mcp.json, in the same folders (code.claude.com/docs/en/managed-mcp,
// "Exclusive control", read 2026-11-22).
var claudeFixed = download{
	path: "claude-code/managed-mcp.json", about: "Claude Code: everybody has these servers, and no others",
	of: func(_ string, all []endpoint) any {
		settings := claudeServers{map[string]claudeServer{}}
		for _, e := range all {
			settings.Servers[e.Key] = claudeServer{Type: "http", URL: e.URL}
		}
		return settings
	},
}

// vsCodePolicy has Visual Studio Code run servers of the organization's registry
// only. The file is /etc/vscode/policy.json; the members are the names of the
// policies, which on Windows stand in the registry and on a Mac in a configuration
// profile (code.visualstudio.com/docs/enterprise/policies, 2026-05-28; the values
// of ChatMCP are those of the product's own list, microsoft/vscode,
// build/lib/policies/policyData.jsonc, read 2026-11-22).
var vsCodePolicy = download{
	path: "vscode/policy.json", about: "Visual Studio Code: only servers of this registry run (policies ChatMCP and McpGalleryServiceUrl)",
	of: func(base string, _ []endpoint) any {
		return struct {
			Access  string `json:"ChatMCP"`
			Gallery string `json:"McpGalleryServiceUrl"`
		}{"registry", base}
	},
}

// download serves the document of an organization.
func (s *Server) download(d download) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		snap, err := s.organization(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Disposition", `attachment; filename="`+path.Base(d.path)+`"`)
		s.publish(w, r, d.of(s.registry(snap), s.endpoints(snap)))
	}
}

// registry is the URL that clients are given for an organization's registry, to
// which they append the version and the path.
func (s *Server) registry(snap *snapshot.Snapshot) string {
	return s.base + "/t/" + snap.Organization.Slug.String()
}
