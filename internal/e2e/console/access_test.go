package console_test

import (
	"slices"
	"strings"
	"testing"
)

// TestOwnerDecidesWhoMayUseWhat walks as Carol, who owns Contoso: she maps a group to
// a role, explains what Dan, a member of it, is refused, and mends that. What his AI
// app sees follows. Dan, who audits Contoso, looks at the same pages.
func TestOwnerDecidesWhoMayUseWhat(t *testing.T) {
	t.Parallel()
	o, dan := contoso(t), user(t, "dan")
	w := walk(t, "access", map[string]string{
		"slug": o.Slug, "carol": user(t, "carol").OID, "dan": dan.OID, "bob": user(t, "bob").OID, "person": dan.Username,
		"entra": dev.EntraURL, "tid": o.EntraTenantID, "client": o.Clients[0].ClientID, "scope": o.Scope, "mcp": o.MCPURL, "username": dan.Username, "password": dan.Password,
	})
	sound(t, w, 18)
}

// TestAccessIsShownAsFarAsItIsTheirs walks as Carol, who sets maximum permissions, on a
// phone, too; and as Dan, who may change nothing.
func TestAccessIsShownAsFarAsItIsTheirs(t *testing.T) {
	t.Parallel()
	o := contoso(t)
	sound(t, walk(t, "accesspages", map[string]string{
		"slug": o.Slug, "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "bob": user(t, "bob").OID, "client": o.Clients[0].ClientID,
	}), 9)
}

// sound holds a walk to what none may come upon.
func sound(t *testing.T, w walked, checked int) {
	t.Helper()
	if len(w.Violations)+len(w.Errors) > 0 || w.Ran {
		t.Errorf("the policy was broken by %q, scripts by %q; markup ran: %t", w.Violations, w.Errors, w.Ran)
	}
	if len(w.Axe) > 0 || w.Checked < checked {
		t.Errorf("of %d pages axe says:\n%s", w.Checked, strings.Join(w.Axe, "\n"))
	}
	if !slices.Equal(w.Kept, []string{"gatehouse.theme"}) {
		t.Errorf("the browser keeps %q", w.Kept)
	}
}
