package mcphost

import (
	"slices"
	"strings"

	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// challenge builds the value of a WWW-Authenticate header for an endpoint
// (RFC 6750 §3, RFC 9728 §5.1). The scopes are what the endpoint needs, as asked
// spells them; an error is named only when a token was presented, because a
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

// besides returns further scopes and those of the request's token, as far as the
// organization knows them: a client that asks for what a challenge names, and nothing
// else, would lose what it had.
func (r *request) besides(further []string) (all []string) {
	known := append(r.snap.Policy.Scopes(), r.snap.Organization.Connection.Scope)
	for _, s := range slices.Concat(r.held, further) {
		if slices.Contains(known, s) && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// asked returns scopes as clients must ask for them at the authorization server
// that metadata names: ours knows their short names, Entra resolves a bare name
// against Microsoft Graph. None is the one that every endpoint needs.
func asked(snap *snapshot.Snapshot, short []string) []string {
	connection := snap.Organization.Connection
	if len(short) == 0 {
		short = []string{connection.Scope}
	}
	if snap.Organization.Mode == tenants.Brokered {
		return short
	}
	full := make([]string, len(short))
	for i, s := range short {
		full[i] = connection.Resource + "/" + s
	}
	return full
}
