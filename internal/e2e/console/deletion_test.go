package console_test

import (
	"strings"
	"testing"
)

// TestAnOrganizationIsDeletedAndRestored walks as Carol, who owns Contoso, as Dan, who
// audits it, and as Alice, who has no role, in the other gatehouse-dev: Fabrikam is held,
// and everybody else needs this Contoso.
func TestAnOrganizationIsDeletedAndRestored(t *testing.T) {
	t.Parallel()
	at := apart(t)
	o := orgOf(t, at, "contoso")
	alice := userOf(t, o, "alice")
	keeper := connectIn(t, at, o, "Keeper", alice)
	before := keeper.tools(t, o.MCPURL)
	if !strings.Contains(before, "roll_dice") {
		t.Fatalf("Alice has no tools: %s", before)
	}
	w := walkAt(t, at, "deletion", map[string]string{
		"slug": "contoso", "name": o.Name, "owner": userOf(t, o, "carol").OID, "auditor": userOf(t, o, "dan").OID, "user": alice.OID,
		"endpoint": o.MCPURL, "token": keeper.access,
	})
	w.holds(t, 5)
	if after := keeper.tools(t, o.MCPURL); after != before {
		t.Errorf("the app had %s and has %s", before, after)
	}
}
