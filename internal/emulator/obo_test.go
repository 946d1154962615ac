package emulator_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatehouse/internal/emulator"
	"gatehouse/internal/emulator/seed"
)

func TestOnBehalfOfKeepsThePerson(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	inbound := g.access(password("alice", apiScope))
	a := g.token(contoso, with(obo(inbound, "User.Read GroupMember.Read.All offline_access openid profile"), "client_info", "1"))
	if a.status != http.StatusOK || a.str("refresh_token") == "" || a.str("id_token") == "" || a.str("client_info") == "" {
		t.Fatalf("answer is %d %s", a.status, a.text)
	}
	if a.str("scope") != "User.Read GroupMember.Read.All offline_access openid profile" {
		t.Errorf("scope is %q", a.str("scope"))
	}
	in, out := claims(t, inbound), claims(t, a.str("access_token"))
	if out["oid"] != alice || out["tid"] != contoso || out["aud"] != seed.MicrosoftGraph || out["appid"] != api || out["appidacr"] != "1" {
		t.Errorf("claims are %v", out)
	}
	if in["sub"] == out["sub"] {
		t.Error("sub is the same at two apps")
	}
	refreshed := g.token(contoso, form("grant_type", "refresh_token", "client_id", api, "client_secret", apiSecret, "refresh_token", a.str("refresh_token")))
	if refreshed.status != http.StatusOK {
		t.Errorf("refresh: %d %s", refreshed.status, refreshed.text)
	}
	again := g.token("organizations", obo(inbound, "https://graph.microsoft.com/.default"))
	if again.status != http.StatusOK {
		t.Errorf("at organizations: %d %s", again.status, again.text)
	}
}

func TestOnBehalfOfTakesV1TokensByIdentifierURI(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	token, err := g.Sign(contoso, nil, map[string]any{
		"ver": "1.0", "iss": entraURL + "/" + contoso + "/", "tid": contoso, "oid": alice, "sub": "s", "aud": "api://" + api, "scp": "access",
		"iat": midday.Unix(), "nbf": midday.Unix(), "exp": midday.Unix() + 600,
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := g.token(contoso, obo(token, "User.Read")); a.status != http.StatusOK {
		t.Errorf("answer is %d %s", a.status, a.text)
	}
}

func TestOnBehalfOfRefusesRequests(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	inbound := g.access(password("alice", apiScope))
	good := obo(inbound, "User.Read")
	for name, row := range map[string]struct {
		form   url.Values
		status int
		kind   string
		code   int
	}{
		"no secret":             {with(good, "client_secret", ""), 401, "invalid_client", 7000218},
		"wrong secret":          {with(good, "client_secret", "x"), 401, "invalid_client", 7000215},
		"no assertion":          {with(good, "assertion", ""), 400, "invalid_request", 900144},
		"no token use":          {with(good, "requested_token_use", ""), 400, "invalid_request", 900144},
		"other token use":       {with(good, "requested_token_use", "x"), 400, "invalid_request", 9002313},
		"malformed assertion":   {with(good, "assertion", "a.b"), 400, "invalid_grant", 50013},
		"bad signature":         {with(good, "assertion", inbound[:len(inbound)-8]+"AAAAAAAA"), 400, "invalid_grant", 50013},
		"not agreed to":         {with(good, "scope", "Mail.Read"), 400, "invalid_grant", 65001},
		"other API, not agreed": {with(good, "scope", "https://legacy.contoso.example/read"), 400, "invalid_grant", 65001},
		"unknown resource":      {with(good, "scope", "api://nothing/x"), 400, "invalid_resource", 500011},
		"unknown scope":         {with(good, "scope", "Mail.Eat"), 400, "invalid_scope", 650053},
		"another app's token":   {with(good, "client_id", console, "client_secret", "console-secret"), 400, "invalid_grant", 500131},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := g.token(contoso, row.form)
			a.refused(t, row.status, row.kind, row.code)
			if row.code == 65001 && a.str("suberror") != "consent_required" {
				t.Errorf("suberror is %q", a.str("suberror"))
			}
		})
	}
}

func TestOnBehalfOfRefusesAssertions(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	good := map[string]any{
		"ver": "2.0", "iss": entraURL + "/" + contoso + "/v2.0", "tid": contoso, "oid": alice, "sub": "s", "aud": api, "scp": "access",
		"iat": midday.Unix(), "nbf": midday.Unix(), "exp": midday.Unix() + 600,
	}
	for name, row := range map[string]struct {
		change map[string]any
		code   int
	}{
		"expired":                       {map[string]any{"exp": midday.Unix()}, 500133},
		"not yet valid":                 {map[string]any{"nbf": midday.Unix() + 60}, 500133},
		"without expiry":                {map[string]any{"exp": nil}, 500133},
		"other audience":                {map[string]any{"aud": legacy}, 500131},
		"other issuer":                  {map[string]any{"iss": entraURL + "/" + fabrikam + "/v2.0"}, 50013},
		"other tenant":                  {map[string]any{"tid": fabrikam}, 50013},
		"v1 issuer in a v2 token":       {map[string]any{"iss": entraURL + "/" + contoso + "/"}, 50013},
		"app-only by idtyp":             {map[string]any{"scp": nil, "idtyp": "app"}, 7000114},
		"app-only by subject":           {map[string]any{"scp": nil, "sub": alice}, 7000114},
		"ID token":                      {map[string]any{"scp": nil}, 240002},
		"person who is not there":       {map[string]any{"oid": faye}, 50034},
		"disabled person":               {map[string]any{"oid": dan}, 50057},
		"unchanged, which must pass":    {nil, 0},
		"audience is an identifier URI": {map[string]any{"aud": apiURL}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := maps.Clone(good)
			maps.Copy(c, row.change)
			token, err := g.Sign(contoso, nil, c)
			if err != nil {
				t.Fatal(err)
			}
			a := g.token(contoso, obo(token, "User.Read"))
			if row.code == 0 {
				if a.status != http.StatusOK {
					t.Errorf("answer is %d %s", a.status, a.text)
				}
				return
			}
			a.refused(t, 400, "invalid_grant", row.code)
		})
	}
}

func TestOnBehalfOfRefusesWhatIDTokensAndAppsReallyLookLike(t *testing.T) {
	t.Parallel()
	g := sharedRig(t)
	app := g.access(form("grant_type", "client_credentials", "client_id", daemon, "client_secret", "daemon secret+%", "scope", apiURL+"/.default"))
	g.token(contoso, obo(app, "User.Read")).refused(t, 400, "invalid_grant", 7000114)
	signedIn := g.token(contoso, with(password("alice", "openid profile"), "client_id", api, "client_secret", apiSecret))
	g.token(contoso, obo(signedIn.str("id_token"), "User.Read")).refused(t, 400, "invalid_grant", 240002)
}

func TestRevocationReachesAssertions(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	before := g.access(password("alice", apiScope))
	g.change(alice, emulator.UserChange{Revoke: true})
	g.token(contoso, obo(before, "User.Read")).refused(t, 400, "invalid_grant", 50173)
	if a := g.token(contoso, obo(g.access(password("alice", apiScope)), "User.Read")); a.status != http.StatusOK {
		t.Errorf("after signing in again: %d %s", a.status, a.text)
	}
	foreign, err := g.Sign(contoso, nil, map[string]any{
		"ver": "2.0", "iss": entraURL + "/" + contoso + "/v2.0", "tid": contoso, "oid": alice, "sub": "s", "aud": api, "scp": "access",
		"iat": midday.Add(-time.Minute).Unix(), "nbf": midday.Unix(), "exp": midday.Unix() + 600,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.token(contoso, obo(foreign, "User.Read")).refused(t, 400, "invalid_grant", 50173)
}

func TestExpiredAssertionIsRefusedWhenTheClockMoves(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	inbound := g.access(password("alice", apiScope))
	g.Advance(90 * time.Minute)
	g.token(contoso, obo(inbound, "User.Read")).refused(t, 400, "invalid_grant", 500133)
}
