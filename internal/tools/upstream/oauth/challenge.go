package oauth

import "strings"

// Challenge is what a server wants to see, as the WWW-Authenticate headers of a
// 401 or 403 say it (RFC 6750 §3, RFC 9728 §5.1). The zero Challenge says nothing.
// None of it is trusted.
type Challenge struct {
	ResourceMetadata string   // URL of the protected resource metadata
	Scopes           []string // that the request needs; nil: not said
	Error            string   // such as insufficient_scope
}

// The limits of what is read of the headers of an answer.
const (
	mostChallenges   = 8
	longestChallenge = 8 << 10
	longestCode      = 64
)

// ReadChallenge reads WWW-Authenticate headers: the first of them with a Bearer
// challenge that says anything. What is malformed in it counts as not said.
func ReadChallenge(header []string) Challenge {
	for _, value := range header[:min(len(header), mostChallenges)] {
		if len(value) > longestChallenge {
			continue
		}
		params := BearerParams(value)
		c := Challenge{ResourceMetadata: params["resource_metadata"], Error: params["error"], Scopes: strings.Fields(params["scope"])}
		if len(c.ResourceMetadata) > longestURL || !isVisible(c.ResourceMetadata) {
			c.ResourceMetadata = ""
		}
		if len(c.Error) > longestCode || !isVisible(c.Error) {
			c.Error = ""
		}
		if len(c.Scopes) == 0 || scopesObjection(c.Scopes) != "" {
			c.Scopes = nil
		}
		if c.said() {
			return c
		}
	}
	return Challenge{}
}

func (c Challenge) said() bool { return c.ResourceMetadata != "" || c.Error != "" || c.Scopes != nil }

// WantsMore reports that the token is good, and not enough (RFC 6750 §3.1).
func (c Challenge) WantsMore() bool { return c.Error == "insufficient_scope" }

// BearerParams returns the parameters of the Bearer challenges of one
// WWW-Authenticate header (RFC 9110 §11.6.1), the first of each name, which it
// writes in lower case. The header is bounded by whoever read it.
func BearerParams(value string) map[string]string {
	params := map[string]string{}
	bearer := false
	for rest := strings.TrimLeft(value, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		var name, text string
		name, rest = cutAt(rest, " \t,=\"")
		after := strings.TrimLeft(rest, " \t")
		if name != "" && !strings.HasPrefix(after, "=") { // a scheme, or what stands for its parameters
			bearer = strings.EqualFold(name, "Bearer")
			rest = after
			continue
		}
		text, rest = cutValue(strings.TrimLeft(strings.TrimPrefix(after, "="), " \t"))
		if name = strings.ToLower(name); bearer && params[name] == "" {
			params[name] = text
		}
	}
	return params
}

// cutAt cuts before the first of some characters.
func cutAt(text, any string) (before, after string) {
	if i := strings.IndexAny(text, any); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// cutValue cuts behind a quoted string, which it returns without its quotes and
// escapes, or behind a token.
func cutValue(text string) (value, after string) {
	if !strings.HasPrefix(text, `"`) {
		return cutAt(text, " \t,\"")
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "" // it does not end
}
