package upstream

import (
	"encoding/base64"
	"net/http"
	"strings"

	"gatehouse/internal/tools"
)

// The limits of what is read of the WWW-Authenticate headers of an answer.
const (
	mostChallenges   = 8
	longestChallenge = 8 << 10
)

// demanded returns the claims that a 401 wants to see in a token, in our own
// words; empty: it wants none. Whatever is not a claims challenge as Entra's
// resources send it is none.
func demanded(h http.Header) string {
	values := h.Values("WWW-Authenticate")
	for _, value := range values[:min(len(values), mostChallenges)] {
		if len(value) > longestChallenge {
			continue
		}
		params := bearerParams(value)
		if !strings.EqualFold(params["error"], "insufficient_claims") {
			continue
		}
		if claims := decodedClaims(params["claims"]); claims != "" {
			return claims
		}
	}
	return ""
}

// decodedClaims reads claims in base64 of either alphabet, padded or not.
func decodedClaims(text string) string {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	decoded, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return ""
	}
	claims, err := tools.ReadClaims(string(decoded))
	if err != nil {
		return ""
	}
	return claims
}

// bearerParams returns the parameters of the Bearer challenges of a header
// (RFC 9110 §11.6.1), the first of each name, which it writes in lower case.
func bearerParams(value string) map[string]string {
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
