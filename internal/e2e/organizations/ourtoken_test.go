package organizations_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tools"
)

// asBot is the credential of an app that uses the CRM for itself.
func (b *behind) asBot(secret string) console.NewSourceCredential {
	return console.NewSourceCredential{SourceCredential: console.SourceCredential{
		Kind: tools.ClientCredentials, TokenURL: b.places.Entra + "/" + company("contoso").TID.String() + "/oauth2/v2.0/token", ClientID: bot, Scopes: []string{crmURI + "/.default"},
	}, Secret: secret}
}

// TestSourceGetsATokenOfOurselves with the secret of an app in Entra, whoever
// calls.
func TestSourceGetsATokenOfOurselves(t *testing.T) {
	t.Parallel()
	b := contosoCRM(t, consented, onBehalf(crmScope))
	b.credential(b.asBot("guessed"))
	b.admin.ask(http.MethodPost, b.source+"/refresh", nil).refused(http.StatusBadGateway,
		"source crm gives no token: its token endpoint refuses our client credentials (invalid_client, AADSTS7000215); an admin can give the credential again")
	b.credential(b.asBot(botSecret))
	if r := b.refresh(t, b.admin, b.source); r.Offered != 1 {
		t.Fatalf("the report is %+v", r)
	}
	b.approve(t, b.alices(t))
	alice := b.token(t, "alice", "")
	call := func() (arrived []visit) {
		t.Helper()
		before := b.crm.visits()
		if said, a := b.whose(t, alice); !a.worked() || !strings.HasPrefix(said, "the data of ") {
			t.Fatalf("%d %s", a.status, a.body)
		}
		return b.crm.since(before)
	}
	first := call()[0]
	if first.is("azp") != bot || first.claims["scp"] != nil || first.why != nil || first.token == alice {
		t.Errorf("%v, %v", first.why, first.claims)
	}
	if again := call(); again[0].token != first.token {
		t.Error("the token is not used again")
	}
	b.crm.refuse(func(v visit) string {
		if v.token == first.token {
			return `Bearer error="invalid_token"`
		}
		return ""
	})
	b.later(t, 2*time.Second) // two tokens of one second are the same
	renewed := call()
	if len(renewed) != 2 || renewed[1].token == first.token {
		t.Errorf("%d visits", len(renewed))
	}
	b.later(t, endOf(t, renewed[1].token).Sub(b.now())-4*time.Minute)
	alice = b.token(t, "alice", "")
	if arrived := call(); comes(renewed[1].token, arrived) {
		t.Error("the token is still used shortly before its end")
	}
	b.keepsSecret(t, botSecret)
}

// keepsSecret looks for a secret wherever it must not be.
func (b *behind) keepsSecret(t *testing.T, secret string) {
	t.Helper()
	for _, path := range []string{b.source, b.source + "/status", at(b.slug, "configuration"), at(b.slug, "sources")} {
		if a := b.admin.send(http.MethodGet, path, ""); strings.Contains(a.body, secret) {
			t.Errorf("the secret is in %s", path)
		}
	}
	for _, r := range b.records(t, b.slug) {
		if strings.Contains(r.Before+r.After+r.Detail, secret) {
			t.Errorf("the secret is in the record %+v", r)
		}
	}
	stored, err := b.db.LoadSnapshot(t.Context(), b.orgs[b.slug].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range stored.SourceSecrets {
		if len(kept) == 0 || strings.Contains(string(kept), secret) {
			t.Error("the secret is kept as it is")
		}
	}
	if len(stored.SourceSecrets) == 0 {
		t.Error("no secret is kept")
	}
}
