package oauth

import (
	"slices"
	"strings"
)

const (
	mostScopes   = 100
	longestScope = 256
	offline      = "offline_access" // OpenID Connect Core §11
)

// isScope reports one scope (RFC 6749 §3.3).
func isScope(s string) bool {
	return s != "" && len(s) <= longestScope && isVisible(s) && !strings.ContainsAny(s, `"\`)
}

func scopesObjection(list []string) string {
	if len(list) > mostScopes {
		return "names too many scopes"
	}
	if !slices.ContainsFunc(list, func(s string) bool { return !isScope(s) }) {
		return ""
	}
	return "names a scope that cannot be one"
}

// Widen returns the scopes to sign in with after a challenge that WantsMore: those
// asked for so far and those it names. More is false if that is nothing new, or too
// much: then signing in again does not help.
func Widen(asked []string, c Challenge) (scopes []string, more bool) {
	scopes = slices.Clone(asked)
	for _, s := range c.Scopes {
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	if len(scopes) == len(asked) || scopesObjection(scopes) != "" {
		return asked, false
	}
	return scopes, true
}
