package entra_test

import (
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
)

func TestAnotherRoleIsAcceptedWhetherOrNotApplicationsMayCallTools(t *testing.T) {
	t.Parallel()
	v := newEntra().verifier()
	good := mint(header(), with(appOnly(), object{"roles": []string{"Gatehouse.Manage"}}))
	for name, tools := range map[string]*entra.Acceptance{"refused": accepting(t), "admitted": accepting(t, admitApps)} {
		a := tools.ForRole("Gatehouse.Manage")
		if got := wantToken(t, v, a, good); got.Identity.Kind != authz.App || got.Identity.Delegated {
			t.Errorf("%s: %+v", name, got.Identity)
		}
		wantRefusal(t, v, a, mint(header(), appOnly()), entra.MissingRole) // the role that calls tools
		for reason, changes := range map[entra.Reason]object{
			entra.MissingRole:      {"roles": nil},
			entra.ClientNotAllowed: {"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"},
			entra.AgentsRefused:    {"xms_sub_fct": "11"},
			entra.WrongAudience:    {"aud": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"},
			entra.WrongTenant:      {"tid": fabrikamTID.String(), "iss": fabrikamV2},
			entra.Expired:          {"exp": began.Unix() - 3600},
		} {
			wantRefusal(t, v, a, mint(header(), with(appOnly(), with(object{"roles": []string{"Gatehouse.Manage"}}, changes))), reason)
		}
		wantRefusal(t, v, a, mintBy("fabrikam", header(), with(appOnly(), object{"roles": []string{"Gatehouse.Manage"}})), entra.BadSignature)
	}
	wantRefusal(t, v, accepting(t), good, entra.AppsRefused)             // ForRole changes nothing of the original
	wantRefusal(t, v, accepting(t, admitApps), good, entra.MissingRole)  // nor does the role call tools
	wantRefusal(t, v, accepting(t).ForRole(""), good, entra.MissingRole) // no role is not any role
}

func TestClaimedTenantIsReadFromTokensOnly(t *testing.T) {
	t.Parallel()
	if tid, err := entra.ClaimedTenant(mint(header(), appOnly())); err != nil || tid != contosoTID {
		t.Errorf("%s %v", tid, err)
	}
	for _, raw := range []string{"", "x", "a.b", "a.b.c", mint(header(), with(appOnly(), object{"tid": nil})), mint(header(), with(appOnly(), object{"tid": "contoso"}))} {
		if tid, err := entra.ClaimedTenant(raw); err == nil {
			t.Errorf("%.20q: %s", raw, tid)
		}
	}
}
