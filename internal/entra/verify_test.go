package entra_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

func TestPersonsTokenSaysWhoAndThroughWhat(t *testing.T) {
	t.Parallel()
	raw := token(object{"scp": "payroll access_as_user", "roles": []string{"Tools.Read"}, "sid": "s-1", "wids": []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}, "xms_cc": []string{"CP1"}, "idtyp": "user", "acct": 0, "acrs": []string{"c1", "c25"}})
	got := wantToken(t, newEntra().verifier(), accepting(t), raw)
	want := entra.Token{
		Identity: authz.Identity{
			Org: contoso().ID, TID: contosoTID, OID: alice, Kind: authz.User, Delegated: true, Name: "alice@contoso.example", Client: vscode,
			Scopes: []string{"payroll", "access_as_user"}, AppRoles: []string{"Tools.Read"}, AuthContexts: []string{"c1", "c25"}, TokenID: "uti-1", Session: "s-1",
			IssuedAt: began.Add(-5 * time.Minute).UTC(), ExpiresAt: began.Add(time.Hour).UTC(),
		},
		Version: entra.V2, KeyID: "k1", ClientAuth: "0", NotBefore: began.Add(-5 * time.Minute).UTC(), RelaysChallenges: true,
		Groups: entra.GroupClaim{State: entra.GroupsPresent, IDs: []tenants.GUID{tenants.MustGUID("90000000-0000-4000-8000-000000000001")}},
		WIDs:   []tenants.GUID{tenants.MustGUID("b79fbf4d-3ef9-4689-8143-76b194e85509")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTokenOfAnotherTenantSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	e := newEntra()
	e.publish(keysV2, jwk("k1", "contoso", contosoV2), jwk("k2", "fabrikam", fabrikamV2))
	raw := mintBy("fabrikam", with(header(), object{"kid": "k2"}), with(delegated(), object{"iss": fabrikamV2, "tid": fabrikamTID.String(), "preferred_username": "erin \"x\\\u202e@fabrikam.example"}))
	r := wantRefusal(t, e.verifier(), accepting(t), raw, entra.WrongTenant)
	for _, part := range []string{"erin ?x?@fabrikam.example", fabrikamTID.String(), contosoTID.String(), "Contoso"} {
		if !strings.Contains(r.Description, part) {
			t.Errorf("description %q does not say %q", r.Description, part)
		}
	}
	if r.Verified || r.Class != entra.InvalidToken {
		t.Errorf("verified %v, class %d", r.Verified, r.Class)
	}
}

// TestNoKeyIsFetchedForAForeignOrBrokenToken holds "before any key is fetched".
func TestNoKeyIsFetchedForAForeignOrBrokenToken(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	for _, changes := range []object{{"iss": fabrikamV2, "tid": fabrikamTID.String()}, {"iss": "https://evil.example/"}, {"tid": fabrikamTID.String()}, {"tid": nil}, {"iss": contosoV1, "ver": "1.0"}} {
		if _, err := v.Verify(t.Context(), token(changes), a); err == nil {
			t.Errorf("%v accepted", changes)
		}
	}
	good := token(nil)
	for _, raw := range []string{good + ".e30", good + "!", "!" + good, mint(with(header(), object{"alg": "none"}), delegated())} {
		if _, err := v.Verify(t.Context(), raw, a); err == nil {
			t.Errorf("%.20s accepted", raw)
		}
	}
	if len(e.fetches) != 0 {
		t.Errorf("fetched %v", e.fetches)
	}
}

// TestRefusals is one row for each step of the order of checks that a signed,
// well-formed token can fail.
func TestRefusals(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	graphAudience := "00000003-0000-0000-c000-000000000000"
	rows := map[string]struct {
		claims object
		reason entra.Reason
		class  entra.Class
	}{
		"wrong issuer":                        {object{"iss": "https://login.microsoftonline.com/common/v2.0"}, entra.WrongIssuer, entra.InvalidToken},
		"issuer of another cloud":             {object{"iss": strings.Replace(contosoV2, ".com", ".us", 1)}, entra.WrongIssuer, entra.InvalidToken},
		"our issuer, another tid":             {object{"tid": fabrikamTID.String()}, entra.WrongTenant, entra.InvalidToken},
		"our issuer, no tid":                  {object{"tid": nil}, entra.WrongTenant, entra.InvalidToken},
		"our tid, another issuer":             {object{"iss": fabrikamV2}, entra.WrongIssuer, entra.InvalidToken},
		"v1 where v2 only":                    {object{"iss": contosoV1, "ver": "1.0", "appid": vscode}, entra.VersionNotAllowed, entra.InvalidToken},
		"expired":                             {object{"exp": at - 60}, entra.Expired, entra.InvalidToken},
		"no exp":                              {object{"exp": nil}, entra.Malformed, entra.InvalidToken},
		"no nbf":                              {object{"nbf": nil}, entra.Malformed, entra.InvalidToken},
		"no iat":                              {object{"iat": nil}, entra.Malformed, entra.InvalidToken},
		"not yet valid":                       {object{"nbf": at + 61}, entra.NotYetValid, entra.InvalidToken},
		"issued in the future":                {object{"iat": at + 61}, entra.NotYetValid, entra.InvalidToken},
		"wrong audience":                      {object{"aud": "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"}, entra.WrongAudience, entra.InvalidToken},
		"no audience":                         {object{"aud": nil}, entra.WrongAudience, entra.InvalidToken},
		"audience of a v1 token in a v2 one":  {object{"aud": "api://contoso-mcp"}, entra.WrongAudience, entra.InvalidToken},
		"graph token":                         {object{"aud": graphAudience, "scp": "User.Read"}, entra.GraphAudience, entra.InvalidToken},
		"graph token by url":                  {object{"aud": "https://graph.microsoft.com/", "scp": "User.Read"}, entra.GraphAudience, entra.InvalidToken},
		"v1 version of a v2 issuer":           {object{"ver": "1.0"}, entra.WrongVersion, entra.InvalidToken},
		"no version":                          {object{"ver": nil}, entra.WrongVersion, entra.InvalidToken},
		"no oid":                              {object{"oid": nil}, entra.Malformed, entra.InvalidToken},
		"no sub":                              {object{"sub": nil}, entra.Malformed, entra.InvalidToken},
		"id token":                            {object{"scp": nil, "azp": nil, "nonce": "n", "roles": []string{"Tools.Execute.All"}}, entra.NotAnAccessToken, entra.InvalidToken},
		"neither scp nor role":                {object{"scp": nil}, entra.NotAnAccessToken, entra.InvalidToken},
		"empty scp":                           {object{"scp": " "}, entra.NotAnAccessToken, entra.InvalidToken},
		"user without scp":                    {object{"scp": nil, "idtyp": "user", "roles": []string{"Tools.Execute.All"}}, entra.NotAnAccessToken, entra.InvalidToken},
		"app with a scope":                    {object{"idtyp": "app"}, entra.NotAnAccessToken, entra.InvalidToken},
		"neither user nor app":                {object{"idtyp": "device"}, entra.NotAnAccessToken, entra.InvalidToken},
		"another scope":                       {object{"scp": "access_as_admin"}, entra.MissingScope, entra.InsufficientScope},
		"scope as a part of a longer one":     {object{"scp": "access_as_user_too"}, entra.MissingScope, entra.InsufficientScope},
		"guest by acct":                       {object{"acct": 1}, entra.GuestsRefused, entra.InvalidToken},
		"guest by idp":                        {object{"idp": "https://sts.windows.net/22222222-2222-4222-8222-222222222222/"}, entra.GuestsRefused, entra.InvalidToken},
		"guest by idp that calls itself home": {object{"acct": 0, "idp": "live.com"}, entra.GuestsRefused, entra.InvalidToken},
		"agent acts":                          {object{"xms_act_fct": "3 11"}, entra.AgentsRefused, entra.InvalidToken},
		"agent's user":                        {object{"xms_sub_fct": "13"}, entra.AgentsRefused, entra.InvalidToken},
		"agent by parent":                     {object{"xms_par_app_azp": "cccccccc-cccc-4ccc-8ccc-cccccccccccc"}, entra.AgentsRefused, entra.InvalidToken},
		"client not listed":                   {object{"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"}, entra.ClientNotAllowed, entra.ClientForbidden},
		"client in the claim of v1":           {object{"azp": nil, "appid": vscode}, entra.Malformed, entra.InvalidToken},
		"bound to a device":                   {object{"cnf": object{"kid": "x"}}, entra.SenderConstrained, entra.InvalidToken},
	}
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := wantRefusal(t, v, a, token(row.claims), row.reason)
			if r.Class != row.class {
				t.Errorf("class %d, want %d", r.Class, row.class)
			}
			signed := !slices.Contains([]entra.Reason{entra.WrongIssuer, entra.WrongTenant, entra.VersionNotAllowed}, row.reason)
			if r.Verified != signed {
				t.Errorf("verified %v, want %v", r.Verified, signed)
			}
		})
	}
}

func TestRemediesAreNamed(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	for text, changes := range map[string]object{
		"msal-no-broker":                       {"cnf": object{"kid": "x"}},
		"fully qualified scope":                {"aud": "https://graph.microsoft.com"},
		"requestedAccessTokenVersion to 2":     {"iss": contosoV1, "ver": "1.0"},
		"not an ID token":                      {"scp": nil},
		"dddddddd-dddd-4ddd-8ddd-dddddddddddd": {"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"},
	} {
		_, err := v.Verify(t.Context(), token(changes), a)
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v does not say %q", err, text)
		}
	}
}

func TestVerifiedRefusalTellsWhoWasRefused(t *testing.T) {
	t.Parallel()
	got, err := newEntra().verifier().Verify(t.Context(), token(object{"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"}), accepting(t))
	if err == nil || got.Identity.OID != alice || got.Identity.Client != "dddddddd-dddd-4ddd-8ddd-dddddddddddd" {
		t.Errorf("got %+v, %v", got.Identity, err)
	}
}

func TestClocksMayDifferByAMinute(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	v, a := newEntra().verifier(), accepting(t)
	wantToken(t, v, a, token(object{"exp": at - 59}))
	wantToken(t, v, a, token(object{"nbf": at + 60, "iat": at + 60}))
}

func TestHeaderMustBeEntras(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	for name, row := range map[string]struct {
		header object
		reason entra.Reason
	}{
		"no typ":              {object{"typ": nil}, entra.WrongType},
		"another typ":         {object{"typ": "at+jwt"}, entra.WrongType},
		"typ in another case": {object{"typ": "jwt"}, entra.WrongType},
		"no alg":              {object{"alg": nil}, entra.WrongAlgorithm},
		"alg none":            {object{"alg": "none"}, entra.WrongAlgorithm},
		"alg PS256":           {object{"alg": "PS256"}, entra.WrongAlgorithm},
		"alg RS512":           {object{"alg": "RS512"}, entra.WrongAlgorithm},
		"crit":                {object{"crit": []string{"exp"}}, entra.CriticalHeader},
		"empty crit":          {object{"crit": []string{}}, entra.CriticalHeader},
		"no kid":              {object{"kid": nil}, entra.NoKeyID},
		"kid is a number":     {object{"kid": 1}, entra.Malformed},
		"case variant":        {object{"Alg": "none"}, entra.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, a, mint(with(header(), row.header), delegated()), row.reason)
		})
	}
	t.Run("unsigned", func(t *testing.T) {
		t.Parallel()
		h, c := must(json.Marshal(object{"typ": "JWT", "alg": "none"})), must(json.Marshal(delegated()))
		wantRefusal(t, v, a, b64(h)+"."+b64(c)+".", entra.Malformed)
		wantRefusal(t, v, a, b64(h)+"."+b64(c)+".e30", entra.WrongAlgorithm)
	})
}

// TestPublicKeyIsNoSharedSecret signs with HS256 and the public key, in every
// spelling a library might have taken it in.
func TestPublicKeyIsNoSharedSecret(t *testing.T) {
	t.Parallel()
	der := must(x509.MarshalPKIXPublicKey(&rsaKey("contoso").PublicKey))
	v, a := newEntra().verifier(), accepting(t)
	for _, secret := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), rsaKey("contoso").N.Bytes()} {
		for alg, reason := range map[string]entra.Reason{"HS256": entra.WrongAlgorithm, "RS256": entra.BadSignature} {
			signed := b64(must(json.Marshal(with(header(), object{"alg": alg})))) + "." + b64(must(json.Marshal(delegated())))
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			wantRefusal(t, v, a, signed+"."+b64(mac.Sum(nil)), reason)
		}
	}
}

func TestSignatureMustBeTheTenants(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	wantRefusal(t, v, a, mintBy("fabrikam", header(), delegated()), entra.BadSignature)
	good := token(nil)
	parts := strings.Split(good, ".")
	other := strings.Split(token(object{"oid": "a11ce000-0000-4000-8000-000000000009"}), ".")
	wantRefusal(t, v, a, parts[0]+"."+other[1]+"."+parts[2], entra.BadSignature)
	wantRefusal(t, v, a, parts[0]+"."+parts[1]+"."+b64([]byte("short")), entra.BadSignature)
	// Graph's own tokens have signatures nobody else can verify; the remedy is to
	// ask for another scope, not to sign in again.
	r := wantRefusal(t, v, a, mintBy("fabrikam", header(), with(delegated(), object{"aud": "https://graph.microsoft.com"})), entra.GraphAudience)
	if r.Verified {
		t.Error("a token with a bad signature counts as verified")
	}
}

func TestKeyOfAnotherTenantSignsNothingHere(t *testing.T) {
	t.Parallel()
	for issuer, ok := range map[string]bool{
		contosoV2:                              true,
		login + "{tenantid}/v2.0":              true,
		fabrikamV2:                             false,
		"":                                     false,
		contosoV1:                              false,
		"https://evil.example/{tenantid}/v2.0": false,
		login + "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0":                 false,
		login + "{tenantid}/v2.0/":                                          false,
		"https://login.microsoftonline.us/" + contosoTID.String() + "/v2.0": false,
	} {
		e := newEntra()
		e.publish(keysV2, jwk("k1", "contoso", issuer))
		v, a := e.verifier(), accepting(t)
		if ok {
			wantToken(t, v, a, token(nil))
			continue
		}
		wantRefusal(t, v, a, token(nil), entra.WrongKeyIssuer)
	}
}

func TestOnlyTheCompactFormOfOneTokenIsRead(t *testing.T) {
	t.Parallel()
	v, a := newEntra().verifier(), accepting(t)
	good := token(nil)
	wantToken(t, v, a, good)
	parts := strings.Split(good, ".")
	// The last character of 256 bytes in base64url has four spare bits.
	last := good[len(good)-1]
	spare := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[1+strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)])
	for name, raw := range map[string]string{
		"empty":                  "",
		"no dots":                "abc",
		"two parts":              parts[0] + "." + parts[1],
		"four parts":             good + ".e30",
		"empty header":           "." + parts[1] + "." + parts[2],
		"empty payload":          parts[0] + ".." + parts[2],
		"empty signature":        parts[0] + "." + parts[1] + ".",
		"padded":                 good + "==",
		"line break inside":      parts[0] + "." + parts[1] + "." + parts[2][:9] + "\n" + parts[2][9:],
		"standard base64":        parts[0] + "." + parts[1] + "." + parts[2][:9] + "+" + parts[2][10:],
		"spare bits":             spare,
		"header not base64":      "!" + parts[0] + "." + parts[1] + "." + parts[2],
		"payload not base64":     parts[0] + ".!" + parts[1] + "." + parts[2],
		"header not JSON":        sign("nonsense", "{}", "contoso"),
		"payload not JSON":       sign(`{"typ":"JWT","alg":"RS256","kid":"k1"}`, "nonsense", "contoso"),
		"payload an array":       sign(`{"typ":"JWT","alg":"RS256","kid":"k1"}`, "[]", "contoso"),
		"payload twice":          sign(`{"typ":"JWT","alg":"RS256","kid":"k1"}`, "{}{}", "contoso"),
		"signature is something": parts[0] + "." + parts[1] + ".?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, a, raw, entra.Malformed)
		})
	}
}

func TestOversizedTokenIsNotEvenRead(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t)
	wantRefusal(t, v, a, token(object{"aio": strings.Repeat("x", 32<<10)}), entra.TooLarge)
	wantRefusal(t, v, a, strings.Repeat(".", 32<<10+1), entra.TooLarge)
	groups := make([]string, 200)
	for i := range groups {
		groups[i] = tenants.NewGUID().String()
	}
	if got := wantToken(t, v, a, token(object{"groups": groups})); len(got.Groups.IDs) != 200 {
		t.Errorf("%d groups of 200", len(got.Groups.IDs))
	}
}
