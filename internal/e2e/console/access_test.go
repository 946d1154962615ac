package console_test

import (
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
	w.holds(t, 12)
}

// TestAccessIsShownAsFarAsItIsTheirs walks as Carol, who sets maximum permissions, on a
// phone, too; and as Dan, who may change nothing.
func TestAccessIsShownAsFarAsItIsTheirs(t *testing.T) {
	t.Parallel()
	o := contoso(t)
	w := walk(t, "accesspages", map[string]string{
		"slug": o.Slug, "carol": user(t, "carol").OID, "dan": user(t, "dan").OID, "bob": user(t, "bob").OID, "client": o.Clients[0].ClientID,
	})
	w.holds(t, 7)
}
