package emulator_test

import (
	"encoding/base64"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func TestRefreshTokensReachEveryResourceOfTheirClient(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	first := g.token(contoso, with(password("alice", apiScope+" openid offline_access"), "client_info", "1")).must(t)
	token := first.str("refresh_token")
	for scope, audience := range map[string]string{
		apiScope: api, "User.Read": seed.MicrosoftGraph, "https://legacy.contoso.example/read": "https://legacy.contoso.example",
	} {
		a := g.token(contoso, with(form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode, "refresh_token", token, "client_info", "1"), "scope", scope)).must(t)
		if got := claims(t, a.str("access_token")); got["aud"] != audience || got["oid"] != alice {
			t.Errorf("scope %q: aud %v, oid %v", scope, got["aud"], got["oid"])
		}
		if a.str("scope") != scope {
			t.Errorf("scope %q is echoed as %q", scope, a.str("scope"))
		}
		if a.str("client_info") != first.str("client_info") || a.str("refresh_token") == "" {
			t.Errorf("scope %q: answer is %s", scope, a.text)
		}
		token = a.str("refresh_token") // whichever is the newest
	}
	info, err := base64.RawURLEncoding.DecodeString(first.str("client_info"))
	if err != nil || string(info) != `{"uid":"`+alice+`","utid":"`+contoso+`"}` {
		t.Errorf("client_info is %s, %v", info, err)
	}
}

func TestRefreshTokensSlideButForgetNothing(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	values := form("grant_type", "refresh_token", "client_id", seed.VisualStudioCode)
	first := g.token(contoso, password("alice", apiScope+" offline_access")).must(t).str("refresh_token")
	newest := first
	for range 3 {
		g.Advance(60 * 24 * time.Hour)
		newest = g.token(contoso, with(values, "refresh_token", newest)).must(t).str("refresh_token")
	}
	g.token(contoso, with(values, "refresh_token", first)).refused(t, 400, "invalid_grant", 700082)
	g.change(alice, emulator.UserChange{Revoke: true})
	g.token(contoso, with(values, "refresh_token", newest)).refused(t, 400, "invalid_grant", 50173)
}
