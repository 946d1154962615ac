package organizations_test

import (
	"net/http"
	"testing"

	"gatehouse/internal/demo"
	"gatehouse/internal/emulator"
)

// TestWhomEntraDisownsWhileTheyCallLosesEverything: no worker is there, and nothing that
// was issued to them is good any more, because a call of theirs had Entra asked.
func TestWhomEntraDisownsWhileTheyCallLosesEverything(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	for name, row := range map[string]struct {
		change emulator.UserChange
		why    string
	}{
		"disabled":              {emulator.UserChange{Enabled: &no}, "the account is disabled (AADSTS50057)"},
		"deleted":               {emulator.UserChange{Deleted: &yes}, "the account does not exist any more (AADSTS50034)"},
		"signed out everywhere": {emulator.UserChange{Revoke: true}, "the sessions were revoked or the password changed (AADSTS50173)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{companies: true})
			k.broker(t, "contoso")
			k.everybodyMay(t, "contoso", "graph_get_my_profile")
			contoso, alice := company("contoso"), person("contoso", "alice")
			app, idle := k.signIn(t, "contoso", "alice"), k.signIn(t, "contoso", "alice")
			first := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
			second := k.password(t, contoso.TID, alice, k.endpointOf("contoso", "")+"/"+demo.Scope)
			eventually(t, "the role is in force", inForce, func() bool { return k.call(t, k.replica, "contoso", first, "graph_get_my_profile").worked() })
			if err := k.emulator.SetUser(contoso.TID.String(), alice.OID.String(), row.change); err != nil {
				t.Fatal(err)
			}
			k.call(t, k.replica, "contoso", second, "graph_get_my_profile") // Entra is asked, and disowns her
			for what, token := range map[string]string{"shown": second, "of before": first, "of an AI app": app.access, "of another": idle.access} {
				eventually(t, "the token is refused: "+what, inForce, func() bool {
					return k.call(t, k.replica, "contoso", token, "graph_get_my_profile").status == http.StatusUnauthorized
				})
			}
			for _, a := range []*aiApp{app, idle} {
				if why := a.goOn(t); why != "invalid_grant" {
					t.Errorf("a refresh is answered %q", why)
				}
			}
			if kept, err := k.db.KeptTokens(t.Context(), contoso.Org, alice.OID); err != nil || len(kept) != 0 {
				t.Errorf("kept: %+v, %v", kept, err)
			}
			k.saysWhoWasCutOff(t, "contoso", "alice", row.why)
		})
	}
}
