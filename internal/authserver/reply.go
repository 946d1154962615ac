package authserver

import (
	"net/url"
	"strings"

	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
)

// replyURL is where a browser brings a client its answer. It says who answers, so
// that the client cannot take it for another server's (RFC 9207).
func (s *Server) replyURL(snap *snapshot.Snapshot, asked authorization, reply url.Values) string {
	reply.Set("iss", s.issuer(snap.Organization.Slug))
	if len(asked.State) > 0 {
		reply.Set("state", string(asked.State))
	}
	between := "?"
	if strings.Contains(asked.Redirect, "?") {
		between = "&"
	}
	return asked.Redirect + between + reply.Encode()
}

// reply is a refusal as parameters of an answer, in the characters that RFC 6749
// §4.1.2.1 has for it.
func (r *refusal) reply() url.Values {
	plain := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, r.Description)
	return url.Values{"error": {r.Code}, "error_description": {plain}}
}

// isWeb reports whether an answer goes to a website, and not to a program on the
// person's own machine.
func isWeb(redirect string) bool {
	return strings.HasPrefix(redirect, "https://") && !connections.Loopback(redirect)
}
