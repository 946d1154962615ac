package authz_test

import (
	"testing"

	"gatehouse/internal/authz"
)

func TestContextScopeNamesOneContext(t *testing.T) {
	t.Parallel()
	for _, context := range []string{"c1", "c99"} {
		if got, ok := authz.ContextOf(authz.ContextScope(context)); !ok || got != context {
			t.Errorf("%s: %q %v", context, got, ok)
		}
	}
	for _, scope := range []string{"", "c1", "acrs:", "acrs:c0", "acrs:c100", "acrs:c1 acrs:c2", "ACRS:c1", `acrs:c1"}`, "acrs:acrs:c1", "access_as_user"} {
		if got, ok := authz.ContextOf(scope); ok || got != "" {
			t.Errorf("%q asks for %q", scope, got)
		}
	}
}
