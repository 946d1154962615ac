package mcphost

import (
	"strings"

	"gatehouse/internal/snapshot"
)

// challenge builds the value of a WWW-Authenticate header for an endpoint
// (RFC 6750 §3, RFC 9728 §5.1). The scope is what the endpoint needs, fully
// qualified; an error is named only when a token was presented, because a
// client that sent none has made no mistake.
func (h *Host) challenge(req *request, scopes []string, code, description string) string {
	var b strings.Builder
	b.WriteString("Bearer ")
	if code != "" {
		b.WriteString(`error="` + code + `", error_description="` + quotable(description) + `", `)
	}
	b.WriteString(`resource_metadata="` + h.metadataURL(req) + `", scope="` + strings.Join(scopes, " ") + `"`)
	return b.String()
}

// quotable keeps what an error_description may hold: printable ASCII without
// quote and backslash (RFC 6750 §3).
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < 0x20 || r > 0x7e:
			return ' '
		default:
			return r
		}
	}, s)
}

// qualified returns the scopes as clients must ask Entra for them.
func qualified(snap *snapshot.Snapshot, short []string) []string {
	full := make([]string, len(short))
	for i, s := range short {
		full[i] = snap.Organization.Connection.Resource + "/" + s
	}
	return full
}
