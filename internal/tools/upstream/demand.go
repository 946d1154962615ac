package upstream

import (
	"encoding/base64"
	"net/http"
	"strings"

	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
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
		params := oauth.BearerParams(value)
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
