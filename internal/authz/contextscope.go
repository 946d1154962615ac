package authz

import "strings"

// contextScope begins scopes that stand for authentication contexts.
const contextScope = "acrs:"

// ContextScope is the scope with which a client asks our authorization server for
// a sign-in that satisfies an authentication context. MCP clients carry scopes of
// a challenge to the sign-in, and nothing else. No token has it: what a sign-in
// has satisfied is in Identity.AuthContexts.
func ContextScope(context string) string { return contextScope + context }

// ContextOf returns the authentication context that a scope asks for, if it asks
// for one.
func ContextOf(scope string) (context string, ok bool) {
	context, ok = strings.CutPrefix(scope, contextScope)
	if !ok || !contextID.MatchString(context) {
		return "", false
	}
	return context, true
}
