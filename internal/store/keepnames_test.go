package store_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
)

// TestAGuestCalledAsSomebodyElseTakesNothingOfTheirsAlong: nor does one called by a part
// of their name.
func TestAGuestCalledAsSomebodyElseTakesNothingOfTheirsAlong(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Carol Contoso", "carol"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKept(t)
			k.exec("DELETE FROM audit_outbox")
			k.exec("INSERT INTO role_grants (org_id, id, role, grantee_kind, grantee_id, name) SELECT org_id, gen_random_uuid(), 'auditor', 'person', gen_random_uuid(), 'Carol Contoso' FROM organizations")
			k.happened(time.Now().Add(-time.Hour), k.who(anna, name), changed("own"))
			k.happened(time.Now().Add(-time.Hour), k.who(bert, "Bert Bo"),
				audit.Event{Kind: audit.ConfigChange, Target: "note", Detail: "payments of Carol Contoso are let through", Outcome: audit.OK})
			id, err := k.ask(anna)
			must(t, err)
			must(t, k.api.ApproveErasure(t.Context(), k.second(), id, anna))
			k.now = time.Now()
			k.seal()
			k.erasePeople()
			k.seal()
			if text := says(k.records()); !strings.Contains(text, "payments of Carol Contoso") || strings.Contains(text, `actor_name "`+name+`"`) {
				t.Error("the log says\n" + text)
			}
		})
	}
}
