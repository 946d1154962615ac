package entra_test

import (
	"testing"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// robot is a client that an admin of Contoso registered to act for itself.
const robot = "ghc_ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var robotID = tenants.MustGUID("a9e00000-0000-4000-8000-000000000001")

// agents is what our authorization server says in a token of an agent.
func agents(changes object) string {
	at := began.Unix()
	return mintOwn("ours", ownHeader(), with(object{
		"iss": ownIssuer, "aud": endpointA, "sub": robot, "tid": contosoTID.String(), "agent": robotID.String(), "client_id": robot, "software": robot,
		"scope": "access_as_user", "jti": "jti-1", "iat": at - 60, "exp": at + 540, "name": "Nightly report",
	}, changes))
}

// employing is what Contoso's endpoint accepts with the agent on its list.
func employing(tb testing.TB, changes ...func(*tenants.Organization)) *entra.Acceptance {
	tb.Helper()
	org := contoso()
	org.Mode = tenants.Brokered
	for _, change := range changes {
		change(&org)
	}
	a, err := entra.NewAcceptance(org, []string{"payroll"}, []tenants.Client{{ID: robot, Name: "Nightly report"}}, entra.AuthorityOf(org.Connection.Cloud))
	if err != nil {
		tb.Fatal(err)
	}
	return a.Behind(origin).At(endpointA)
}

// TestTokenOfAnAgentIsNobodys: it speaks for the agent alone, whatever guests and
// apps of Entra may.
func TestTokenOfAnAgentIsNobodys(t *testing.T) {
	t.Parallel()
	got := wantToken(t, deployed(), employing(t), agents(nil)).Identity
	if got.Kind != authz.App || got.Delegated || got.OID != robotID || got.TID != contosoTID || got.Client != robot || got.Name != "Nightly report" ||
		len(got.Scopes) != 1 || !got.Connection.IsZero() || got.TokenID != "jti-1" {
		t.Errorf("%+v", got)
	}
}

func TestRefusalsOfTokensOfAgents(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		changes object
		reason  entra.Reason
	}{
		"of a person too":      {object{"oid": alice.String()}, entra.Malformed},
		"of a connection":      {object{"connection": connection.String()}, entra.Malformed},
		"of a member":          {object{"acct": 0}, entra.Malformed},
		"of a strong sign-in":  {object{"acrs": []string{"c1"}}, entra.Malformed},
		"whose sub is another": {object{"sub": robotID.String()}, entra.Malformed},
		"without a client":     {object{"client_id": nil}, entra.Malformed},
		"of other software":    {object{"software": vscode}, entra.Malformed},
		"without an id":        {object{"jti": nil}, entra.Malformed},
		"no agent's":           {object{"agent": nil}, entra.Malformed},
		"of the agent nobody":  {object{"agent": tenants.GUID{}.String()}, entra.Malformed},
		"without a scope":      {object{"scope": nil}, entra.MissingScope},
		"for another endpoint": {object{"aud": endpointB}, entra.WrongAudience},
		"expired":              {object{"exp": began.Unix() - 60}, entra.Expired},
		"bound to a key":       {object{"cnf": object{"kid": "x"}}, entra.SenderConstrained},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, deployed(), employing(t), agents(row.changes), row.reason)
		})
	}
	t.Run("person's with an agent", func(t *testing.T) {
		t.Parallel()
		wantRefusal(t, deployed(), brokered(t), ownToken(object{"agent": robotID.String()}), entra.Malformed)
	})
	t.Run("not listed where unknown software is admitted", func(t *testing.T) {
		t.Parallel()
		admit := func(o *tenants.Organization) { o.UnknownClients = tenants.Admit }
		wantRefusal(t, deployed(), brokered(t, admit), agents(nil), entra.ClientNotAllowed)
		wantToken(t, deployed(), employing(t, admit), agents(nil))
	})
}
