package entra_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

const (
	webClient = "c0501e00-0000-4000-8000-000000000001"
	callback  = "https://gatehouse.example/auth/callback"
	consumer  = "9188040d-6c67-4c5b-b112-36a304b66dad"
)

// rig is a console between an Entra that publishes keys and a token endpoint.
type rig struct {
	*entra.WebApp
	keys  *entraFake
	token *endpoint
}

func newRig(t *testing.T, changes ...func(*entra.WebAppOptions)) rig {
	t.Helper()
	r := rig{keys: newEntra(), token: newEndpoint()}
	o := entra.WebAppOptions{
		ClientID: tenants.MustGUID(webClient), Credential: must(entra.SecretCredential(entra.NewSecret(secret))), Authority: entra.AuthorityOf(tenants.PublicCloud),
		RedirectURL: callback, Tokens: entra.NewTokenClient(r.token, r.token.clock), Keys: entra.NewKeySets(r.keys, r.keys.clock), Now: r.keys.clock,
	}
	for _, change := range changes {
		change(&o)
	}
	r.WebApp = must(entra.NewWebApp(o))
	return r
}

// answer has the token endpoint give an ID token.
func (r rig) answer(idToken string) {
	body := must(json.Marshal(object{
		"token_type": "Bearer", "expires_in": 3600, "access_token": "graph-token", "refresh_token": "refresh-1", "scope": userRead, "id_token": idToken,
	}))
	r.token.answer = func(int, url.Values) (*egress.Response, error) { return ok(string(body)), nil }
}

// identifying is what Entra says in an ID token of Alice for a handshake.
func identifying(h entra.Handshake) object {
	at := began.Unix()
	return object{
		"aud": webClient, "iss": contosoV2, "tid": contosoTID.String(), "oid": alice.String(), "sub": "pairwise-2", "ver": "2.0", "nonce": h.Nonce,
		"iat": at, "nbf": at, "exp": at + 3600, "name": "Alice Adams", "preferred_username": "alice@contoso.example", "rh": "0.x", "uti": "uti-2",
	}
}

func wantIDRefusal(t *testing.T, r rig, h entra.Handshake, raw string, reason entra.Reason) entra.Refusal {
	t.Helper()
	r.answer(raw)
	who, got, err := r.Redeem(t.Context(), h, "code-1")
	refused, is := errors.AsType[*entra.Refusal](err)
	if !is || refused.Reason != reason || fault.KindOf(err) != fault.Unauthenticated {
		t.Fatalf("got %v, want refusal %s", err, reason)
	}
	if !reflect.DeepEqual(who, entra.Person{}) || !got.Access.ExpiresAt.IsZero() || !got.Refresh.IsZero() {
		t.Errorf("a refused sign-in gives %+v", who)
	}
	return *refused
}

func TestAuthorizeURLAsksForACodeBoundToTheHandshake(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for tid, path := range map[tenants.TID]string{{}: "organizations", contosoTID: contosoTID.String()} {
		h := entra.NewHandshake(tid)
		u := must(url.Parse(must(r.AuthorizeURL(entra.SignIn{
			Handshake: h, Scopes: []string{groupsRead}, Prompt: entra.SelectAccount, LoginHint: "alice@contoso.example", Claims: `{"id_token":{"acrs":{"value":"c1"}}}`,
		}))))
		sum := sha256.Sum256([]byte(h.Verifier))
		want := url.Values{
			"client_id": {webClient}, "redirect_uri": {callback}, "response_type": {"code"}, "response_mode": {"query"},
			"scope": {groupsRead + " " + userRead + " offline_access openid profile"}, "state": {h.State}, "nonce": {h.Nonce},
			"code_challenge": {b64(sum[:])}, "code_challenge_method": {"S256"}, "prompt": {"select_account"},
			"login_hint": {"alice@contoso.example"}, "claims": {`{"id_token":{"acrs":{"value":"c1"}}}`},
		}
		if u.Host != "login.microsoftonline.com" || u.Path != "/"+path+"/oauth2/v2.0/authorize" || u.RawQuery != want.Encode() {
			t.Errorf("got %s\nwant %s", u, want.Encode())
		}
		if strings.Contains(u.String(), h.Verifier) {
			t.Error("the verifier is in the address")
		}
	}
	if a, b := entra.NewHandshake(contosoTID), entra.NewHandshake(contosoTID); a.State == b.State || a.Nonce == b.Nonce || a.Verifier == b.Verifier || a.State == a.Nonce || a.Nonce == a.Verifier {
		t.Error("handshakes share values")
	}
	plain := must(url.Parse(must(r.AuthorizeURL(entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}))))
	if q := plain.Query(); q.Has("prompt") || q.Has("login_hint") || q.Has("claims") {
		t.Errorf("unasked: %v", q)
	}
}

func TestWrongSignInsAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, change := range map[string]func(*entra.SignIn){
		"no state":        func(s *entra.SignIn) { s.Handshake.State = "" },
		"a short nonce":   func(s *entra.SignIn) { s.Handshake.Nonce = "1234" },
		"no verifier":     func(s *entra.SignIn) { s.Handshake.Verifier = "" },
		"consumers":       func(s *entra.SignIn) { s.Handshake.Tenant = must(tenants.ParseTID(consumer)) },
		"a bare scope":    func(s *entra.SignIn) { s.Scopes = []string{"User.Read"} },
		"a prompt of old": func(s *entra.SignIn) { s.Prompt = "admin_consent" },
		"a long hint":     func(s *entra.SignIn) { s.LoginHint = strings.Repeat("x", 300) },
		"a broken hint":   func(s *entra.SignIn) { s.LoginHint = "a\nb" },
		"broken claims":   func(s *entra.SignIn) { s.Claims = "[" },
	} {
		s := entra.SignIn{Handshake: entra.NewHandshake(contosoTID)}
		change(&s)
		if got, err := r.AuthorizeURL(s); err == nil || fault.KindOf(err) != fault.Invalid || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestConsoleNeedsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, change := range map[string]func(*entra.WebAppOptions){
		"no client": func(o *entra.WebAppOptions) { o.ClientID = tenants.GUID{} }, "no credential": func(o *entra.WebAppOptions) { o.Credential = nil },
		"no cloud": func(o *entra.WebAppOptions) { o.Authority = entra.Authority{} }, "no tokens": func(o *entra.WebAppOptions) { o.Tokens = nil },
		"no keys": func(o *entra.WebAppOptions) { o.Keys = nil }, "no clock": func(o *entra.WebAppOptions) { o.Now = nil },
		"plain http": func(o *entra.WebAppOptions) { o.RedirectURL = "http://gatehouse.example/auth/callback" },
		"no host":    func(o *entra.WebAppOptions) { o.RedirectURL = "/auth/callback" },
		"a fragment": func(o *entra.WebAppOptions) { o.RedirectURL = callback + "#x" },
	} {
		o := entra.WebAppOptions{
			ClientID: tenants.MustGUID(webClient), Credential: failing{}, Authority: entra.AuthorityOf(tenants.PublicCloud), RedirectURL: callback,
			Tokens: entra.NewTokenClient(r.token, r.token.clock), Keys: entra.NewKeySets(r.keys, r.keys.clock), Now: r.keys.clock,
		}
		change(&o)
		if _, err := entra.NewWebApp(o); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedeemSaysWhoSignedIn(t *testing.T) {
	t.Parallel()
	for tid, path := range map[tenants.TID]string{{}: "organizations", contosoTID: contosoTID.String()} {
		r, h := newRig(t), entra.NewHandshake(tid)
		r.answer(mint(header(), with(identifying(h), object{
			"wids": []string{entra.GlobalAdministrator.Template.String()}, "roles": []string{"Platform.Operator"}, "sid": "s-1", "auth_time": began.Unix() - 60,
			"acct": 0, "idp": contosoV1, "azp": strings.ToUpper(webClient), "groups": []string{"90000000-0000-4000-8000-000000000001"}, "acrs": []string{"c1"},
		})))
		who, got, err := r.Redeem(t.Context(), h, "code-1")
		if err != nil {
			t.Fatal(err)
		}
		want := entra.Person{
			TID: contosoTID, OID: alice, Name: "Alice Adams", Username: "alice@contoso.example", WIDs: []tenants.GUID{entra.GlobalAdministrator.Template},
			Groups:   entra.GroupClaim{State: entra.GroupsPresent, IDs: []tenants.GUID{tenants.MustGUID("90000000-0000-4000-8000-000000000001")}},
			AppRoles: []string{"Platform.Operator"}, AuthContexts: []string{"c1"}, AuthTime: began.Add(-time.Minute).UTC(), Session: "s-1", IssuedAt: began.UTC(),
		}
		if !reflect.DeepEqual(who, want) {
			t.Errorf("got  %+v\nwant %+v", who, want)
		}
		if got.Access.Reveal() != "graph-token" || !got.Access.ExpiresAt.Equal(began.Add(time.Hour)) || got.Refresh.Reveal() != "refresh-1" || !reflect.DeepEqual(got.Scopes, []string{userRead}) {
			t.Errorf("tokens %+v", got)
		}
		sent := url.Values{
			"grant_type": {"authorization_code"}, "code": {"code-1"}, "redirect_uri": {callback}, "code_verifier": {h.Verifier}, "client_id": {webClient}, "client_secret": {secret},
		}
		if r.token.urls[0] != login+path+"/oauth2/v2.0/token" || r.token.forms[0].Encode() != sent.Encode() {
			t.Errorf("asked %s with %v", r.token.urls[0], r.token.forms[0])
		}
	}
}

func TestSilentClaimsStayUnsaid(t *testing.T) {
	t.Parallel()
	r, h := newRig(t), entra.NewHandshake(contosoTID)
	for name, row := range map[string]struct {
		changes object
		want    func(entra.Person) bool
	}{
		"no roles": {object{}, func(p entra.Person) bool {
			return p.WIDs == nil && p.AuthTime.IsZero() && p.Groups.State == entra.GroupsAbsent && !p.Guest
		}},
		"no role at all":   {object{"wids": []string{}}, func(p entra.Person) bool { return p.WIDs != nil && len(p.WIDs) == 0 }},
		"overage":          {object{"hasgroups": true}, func(p entra.Person) bool { return p.Groups.State == entra.GroupsElsewhere }},
		"a guest":          {object{"acct": 1}, func(p entra.Person) bool { return p.Guest }},
		"a guest by idp":   {object{"idp": "https://sts.windows.net/22222222-2222-4222-8222-222222222222/"}, func(p entra.Person) bool { return p.Guest }},
		"a guest by mail":  {object{"idp": "mail"}, func(p entra.Person) bool { return p.Guest }},
		"at home, v2 name": {object{"idp": contosoV2}, func(p entra.Person) bool { return !p.Guest }},
	} {
		r.answer(mint(header(), with(identifying(h), row.changes)))
		if who, _, err := r.Redeem(t.Context(), h, "code-1"); err != nil || !row.want(who) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

func TestIDTokensThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	gov := "https://login.microsoftonline.us/" + contosoTID.String() + "/v2.0"
	for name, row := range map[string]struct {
		changes object
		reason  entra.Reason
	}{
		"another nonce":            {object{"nonce": "another"}, entra.WrongNonce},
		"no nonce":                 {object{"nonce": nil}, entra.WrongNonce},
		"another client":           {object{"aud": apiClient.String()}, entra.WrongAudience},
		"another authorized party": {object{"azp": apiClient.String()}, entra.WrongAudience},
		"several audiences":        {object{"aud": []string{webClient, apiClient.String()}}, entra.Malformed},
		"expired":                  {object{"exp": at - 61}, entra.Expired},
		"not valid yet":            {object{"nbf": at + 61}, entra.NotYetValid},
		"issued in the future":     {object{"iat": at + 61}, entra.NotYetValid},
		"no expiry":                {object{"exp": nil}, entra.Malformed},
		"no nbf":                   {object{"nbf": nil}, entra.Malformed},
		"v1":                       {object{"ver": "1.0"}, entra.WrongVersion},
		"v1's issuer":              {object{"iss": contosoV1}, entra.WrongIssuer},
		"the template's issuer":    {object{"iss": login + "{tenantid}/v2.0"}, entra.WrongIssuer},
		"organizations as issuer":  {object{"iss": login + "organizations/v2.0"}, entra.WrongIssuer},
		"another's issuer":         {object{"iss": fabrikamV2}, entra.WrongIssuer},
		"another's tenant":         {object{"tid": fabrikamTID.String()}, entra.WrongIssuer},
		"no tenant":                {object{"tid": nil}, entra.Malformed},
		"a tenant by name":         {object{"tid": "contoso.example"}, entra.Malformed},
		"a personal account":       {object{"tid": consumer, "iss": login + consumer + "/v2.0"}, entra.ConsumerAccount},
		"another cloud":            {object{"iss": gov}, entra.OtherCloud},
		"no object id":             {object{"oid": nil}, entra.Malformed},
		"no subject":               {object{"sub": nil}, entra.Malformed},
		"with a scope":             {object{"scp": "access_as_user"}, entra.NotAnIDToken},
		"with an empty scope":      {object{"scp": ""}, entra.NotAnIDToken},
		"of an app":                {object{"idtyp": "app"}, entra.NotAnIDToken},
		"of a client that proved":  {object{"azpacr": "1"}, entra.NotAnIDToken},
		"bound to a key":           {object{"cnf": object{"jwk": object{}}}, entra.NotAnIDToken},
		"a claim's other spelling": {object{"Nonce": "x"}, entra.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, h := newRig(t), entra.NewHandshake(tenants.TID{})
			refused := wantIDRefusal(t, r, h, mint(header(), with(identifying(h), row.changes)), row.reason)
			early := map[entra.Reason]bool{entra.WrongIssuer: true, entra.ConsumerAccount: true, entra.OtherCloud: true}[row.reason]
			if fetched := r.keys.count(keysV2); early && fetched != 0 {
				t.Errorf("%d key fetches for a token that is not of this cloud", fetched)
			}
			if early && refused.Verified {
				t.Error("it is called verified")
			}
			r.answer(mint(header(), identifying(h)))
			if _, _, err := r.Redeem(t.Context(), h, "code-1"); err != nil {
				t.Errorf("the same without the change: %v", err)
			}
		})
	}
}

func TestIDTokensSkewIsAMinute(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	for _, changes := range []object{{"exp": at - 59}, {"nbf": at + 59, "iat": at + 59}} {
		r, h := newRig(t), entra.NewHandshake(contosoTID)
		r.answer(mint(header(), with(identifying(h), changes)))
		if _, _, err := r.Redeem(t.Context(), h, "code-1"); err != nil {
			t.Errorf("%v: %v", changes, err)
		}
	}
}

func TestSignInToATenantEndsThere(t *testing.T) {
	t.Parallel()
	r, h := newRig(t), entra.NewHandshake(fabrikamTID)
	refused := wantIDRefusal(t, r, h, mint(header(), identifying(h)), entra.WrongTenant)
	if !strings.Contains(refused.Description, fabrikamTID.String()) || !strings.Contains(refused.Description, contosoTID.String()) || r.keys.count(keysV2) != 0 {
		t.Errorf("%q after %d key fetches", refused.Description, r.keys.count(keysV2))
	}
}

func TestSignaturesOfIDTokensAreChecked(t *testing.T) {
	t.Parallel()
	h := entra.NewHandshake(contosoTID)
	claims := identifying(h)
	good := mint(header(), claims)
	cut := strings.LastIndexByte(good, '.')
	for name, row := range map[string]struct {
		raw    string
		reason entra.Reason
	}{
		"another's signature":   {mintBy("fabrikam", header(), claims), entra.BadSignature},
		"an unknown key":        {mint(with(header(), object{"kid": "k9"}), claims), entra.UnknownKey},
		"a key of another":      {mintBy("fabrikam", with(header(), object{"kid": "k2"}), claims), entra.WrongKeyIssuer},
		"no algorithm":          {mint(with(header(), object{"alg": "none"}), claims), entra.WrongAlgorithm},
		"a symmetric algorithm": {mint(with(header(), object{"alg": "HS256"}), claims), entra.WrongAlgorithm},
		"another type":          {mint(with(header(), object{"typ": "at+jwt"}), claims), entra.WrongType},
		"no signature":          {good[:cut+1], entra.Malformed},
		"no token":              {"", entra.Malformed},
		"too large":             {good + strings.Repeat("A", 32<<10), entra.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.keys.publish(keysV2, jwk("k1", "contoso", login+"{tenantid}/v2.0"), jwk("k2", "fabrikam", fabrikamV2))
			wantIDRefusal(t, r, h, row.raw, row.reason)
		})
	}
}

// TestUnknownKeysOfIDTokensAreAskedForOnce holds go-oidc to our key sets.
func TestUnknownKeysOfIDTokensAreAskedForOnce(t *testing.T) {
	t.Parallel()
	r, h := newRig(t), entra.NewHandshake(contosoTID)
	for range 5 {
		wantIDRefusal(t, r, h, mint(with(header(), object{"kid": "k9"}), identifying(h)), entra.UnknownKey)
	}
	if n := r.keys.count(keysV2); n != 1 {
		t.Errorf("%d fetches", n)
	}
	down := newRig(t)
	down.keys.set(true)
	down.answer(mint(header(), identifying(h)))
	if _, _, err := down.Redeem(t.Context(), h, "code-1"); err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without keys: %v", err)
	}
}

func TestRedeemPassesOnWhatEntraRefuses(t *testing.T) {
	t.Parallel()
	r, h := newRig(t), entra.NewHandshake(contosoTID)
	for name, row := range map[string]struct {
		body  string
		class entra.ErrorClass
	}{
		"used code":    {`{"error":"invalid_grant","error_codes":[54005]}`, entra.Reauth},
		"wrong secret": {`{"error":"invalid_client","error_codes":[7000215]}`, entra.Misconfigured},
	} {
		r.token.answer = refusing(400, row.body)
		_, _, err := r.Redeem(t.Context(), h, "code-1")
		if refused, is := errors.AsType[*entra.TokenError](err); !is || refused.Class != row.class || strings.Contains(err.Error(), "code-1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	asked := r.token.asked()
	for _, code := range []string{"", strings.Repeat("x", 64<<10)} {
		if _, _, err := r.Redeem(t.Context(), h, code); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("code %.5q: %v", code, err)
		}
	}
	if _, _, err := r.Redeem(t.Context(), entra.Handshake{}, "code-1"); err == nil || fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a handshake: %v", err)
	}
	if r.token.asked() != asked {
		t.Error("Entra was asked")
	}
}

func TestRefreshGetsFurtherScopesOrSaysThatConsentIsMissing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.token.answer = func(n int, _ url.Values) (*egress.Response, error) {
		if n == 1 {
			return ok(`{"token_type":"Bearer","expires_in":3600,"access_token":"a","refresh_token":"refresh-2","scope":"` + groupsRead + `"}`), nil
		}
		return ok(`{"token_type":"Bearer","expires_in":3600,"access_token":"b"}`), nil
	}
	got, err := r.Refresh(t.Context(), contosoTID, entra.NewRefreshToken("refresh-1"), []string{groupsRead})
	if err != nil || got.Access.Reveal() != "a" || got.Refresh.Reveal() != "refresh-2" {
		t.Fatalf("%v, %v", got, err)
	}
	want := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}, "scope": {groupsRead + " " + userRead + " offline_access openid profile"},
		"client_id": {webClient}, "client_secret": {secret},
	}
	if r.token.urls[0] != login+contosoTID.String()+"/oauth2/v2.0/token" || r.token.forms[0].Encode() != want.Encode() {
		t.Errorf("asked %s with %v", r.token.urls[0], r.token.forms[0])
	}
	if got, err = r.Refresh(t.Context(), contosoTID, entra.NewRefreshToken("refresh-1"), nil); err != nil || got.Refresh.Reveal() != "refresh-1" {
		t.Errorf("without a new refresh token: %v, %v", got, err)
	}
	r.token.answer = refusing(400, `{"error":"invalid_grant","suberror":"consent_required","error_codes":[65001]}`)
	_, err = r.Refresh(t.Context(), contosoTID, entra.NewRefreshToken("refresh-1"), []string{groupsRead})
	if refused, is := errors.AsType[*entra.TokenError](err); !is || refused.Class != entra.Consent || refused.Trouble() != entra.ConsentMissing {
		t.Errorf("got %v", err)
	}
	asked := r.token.asked()
	for name, call := range map[string]func() error{
		"no tenant": func() error {
			_, err := r.Refresh(t.Context(), tenants.TID{}, entra.NewRefreshToken("x"), nil)
			return err
		},
		"no token": func() error { _, err := r.Refresh(t.Context(), contosoTID, entra.RefreshToken{}, nil); return err },
		"a bare scope": func() error {
			_, err := r.Refresh(t.Context(), contosoTID, entra.NewRefreshToken("x"), []string{"User.Read"})
			return err
		},
	} {
		if err := call(); err == nil || r.token.asked() != asked {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdminConsentIsAskedOfOneTenant(t *testing.T) {
	t.Parallel()
	in := entra.AuthorityOf(tenants.ChinaCloud)
	good := entra.AdminConsent{
		TID: contosoTID, ClientID: apiClient, Scopes: []string{"openid", "offline_access", userRead}, RedirectURL: callback, State: entra.NewHandshake(contosoTID).State,
	}
	u := must(url.Parse(must(in.AdminConsentURL(good))))
	want := url.Values{"client_id": {apiClient.String()}, "scope": {"openid offline_access " + userRead}, "redirect_uri": {callback}, "state": {good.State}}
	if u.Host != "login.partner.microsoftonline.cn" || u.Path != "/"+contosoTID.String()+"/v2.0/adminconsent" || u.RawQuery != want.Encode() {
		t.Errorf("got %s", u)
	}
	for name, change := range map[string]func(*entra.AdminConsent){
		"no tenant": func(c *entra.AdminConsent) { c.TID = tenants.TID{} }, "consumers": func(c *entra.AdminConsent) { c.TID = must(tenants.ParseTID(consumer)) },
		"no client": func(c *entra.AdminConsent) { c.ClientID = tenants.GUID{} }, "no redirect": func(c *entra.AdminConsent) { c.RedirectURL = "" },
		"a weak state": func(c *entra.AdminConsent) { c.State = "1" }, "no scope": func(c *entra.AdminConsent) { c.Scopes = nil },
		"a bare scope": func(c *entra.AdminConsent) { c.Scopes = []string{"User.Read"} },
	} {
		c := good
		change(&c)
		if got, err := in.AdminConsentURL(c); err == nil || fault.KindOf(err) != fault.Invalid || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestOnlyListedRolesAdminister(t *testing.T) {
	t.Parallel()
	if got := entra.Administers([]tenants.GUID{entra.DefaultUser.Template, tenants.NewGUID()}); len(got) != 0 {
		t.Errorf("everybody administers: %v", got)
	}
	for _, role := range entra.Administrators() {
		if got := entra.Administers([]tenants.GUID{entra.DefaultUser.Template, role.Template}); len(got) != 1 || got[0] != role {
			t.Errorf("%s: %v", role.Name, got)
		}
	}
	if len(entra.Administrators()) != 4 || len(entra.Administers(nil)) != 0 {
		t.Error("four roles administer, and nobody without one")
	}
}

// TestConfirmSaysWhoSomebodyIsNow: a refresh token gives an ID token without a
// nonce (OpenID Connect Core §12.2).
func TestConfirmSaysWhoSomebodyIsNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := entra.Person{TID: contosoTID, OID: alice, IssuedAt: began.Add(-time.Hour)}
	renewed := with(identifying(entra.Handshake{}), object{"nonce": nil, "roles": []string{"Platform.Operator"}, "wids": []string{}})
	r.answer(mint(header(), renewed))
	who, got, err := r.Confirm(t.Context(), before, entra.NewRefreshToken("refresh-0"))
	if err != nil || who.OID != alice || who.WIDs == nil || !slices.Equal(who.AppRoles, []string{"Platform.Operator"}) || !who.IssuedAt.Equal(began) || got.Refresh.Reveal() != "refresh-1" {
		t.Fatalf("%+v, %v", who, err)
	}
	sent := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {"refresh-0"}, "scope": {userRead + " offline_access openid profile"}, "client_id": {webClient}, "client_secret": {secret},
	}
	if r.token.urls[0] != login+contosoTID.String()+"/oauth2/v2.0/token" || r.token.forms[0].Encode() != sent.Encode() {
		t.Errorf("asked %s with %v", r.token.urls[0], r.token.forms[0])
	}
	for name, row := range map[string]struct {
		token  string
		reason entra.Reason
	}{
		"another person":      {mint(header(), with(renewed, object{"oid": webClient})), entra.WrongPerson},
		"another tenant":      {mint(header(), with(renewed, object{"tid": fabrikamTID.String(), "iss": fabrikamV2})), entra.WrongTenant},
		"another client":      {mint(header(), with(renewed, object{"aud": apiClient.String()})), entra.WrongAudience},
		"the token of before": {mint(header(), with(renewed, object{"iat": before.IssuedAt.Unix()})), entra.NotRenewed},
		"another's signature": {mintBy("fabrikam", header(), renewed), entra.BadSignature},
		"no ID token":         {"", entra.Malformed},
	} {
		r.answer(row.token)
		_, _, err := r.Confirm(t.Context(), before, entra.NewRefreshToken("refresh-0"))
		if refused, is := errors.AsType[*entra.Refusal](err); !is || refused.Reason != row.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.token.answer = refusing(400, `{"error":"invalid_grant","error_codes":[50057]}`)
	_, _, err = r.Confirm(t.Context(), before, entra.NewRefreshToken("refresh-0"))
	if refused, is := errors.AsType[*entra.TokenError](err); !is || refused.Class != entra.Reauth {
		t.Errorf("somebody disabled: %v", err)
	}
	asked := r.token.asked()
	for _, p := range []entra.Person{{OID: alice}, {TID: contosoTID}} {
		if _, _, err := r.Confirm(t.Context(), p, entra.NewRefreshToken("x")); err == nil || fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if _, _, err := r.Confirm(t.Context(), before, entra.RefreshToken{}); err == nil || fault.KindOf(err) != fault.Unauthenticated || r.token.asked() != asked {
		t.Errorf("without a refresh token: %v", err)
	}
}
