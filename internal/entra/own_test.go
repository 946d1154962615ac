package entra_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

func TestTokenOfOursSaysWhoAndThroughWhat(t *testing.T) {
	t.Parallel()
	got := wantToken(t, deployed(), brokered(t), ownToken(object{"scope": "payroll access_as_user", "name": "Alice\u202e A.", "groups": []string{"90000000-0000-4000-8000-000000000001"}}))
	want := entra.Token{
		Identity: authz.Identity{
			Org: contoso().ID, TID: contosoTID, OID: alice, Kind: authz.User, Delegated: true, Name: "Alice A.", Client: software,
			Scopes: []string{"payroll", "access_as_user"}, AuthContexts: []string{"c1"}, TokenID: "jti-1", Connection: connection,
			IssuedAt: began.Add(-time.Minute).UTC(), ExpiresAt: began.Add(9 * time.Minute).UTC(),
		},
		KeyID: "o1", NotBefore: began.Add(-time.Minute).UTC(),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	guest := wantToken(t, deployed(), brokered(t, admitGuests), ownToken(object{"acct": 1, "acrs": nil}))
	if guest.Identity.Kind != authz.Guest || !guest.Guest || len(guest.Identity.AuthContexts) != 0 {
		t.Errorf("a guest is %+v", guest.Identity)
	}
}

// TestRefusalsOfTokensOfOurs is one row for each check that a signed, well-formed
// token of ours can fail.
func TestRefusalsOfTokensOfOurs(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	for name, row := range map[string]struct {
		changes  object
		reason   entra.Reason
		verified bool
	}{
		"no issuer":                   {object{"iss": nil}, entra.WrongIssuer, false},
		"another deployment":          {object{"iss": "https://evil.example/t/contoso"}, entra.WrongIssuer, false},
		"another organization":        {object{"iss": origin + "/t/fabrikam"}, entra.WrongTenant, false},
		"a slug that begins alike":    {object{"iss": ownIssuer + "-2"}, entra.WrongTenant, false},
		"another issuer below":        {object{"iss": ownIssuer + "/entra"}, entra.WrongTenant, false},
		"another tenant":              {object{"tid": fabrikamTID.String()}, entra.WrongTenant, false},
		"no tenant":                   {object{"tid": nil}, entra.WrongTenant, false},
		"Entra's issuer":              {object{"iss": contosoV2}, entra.WrongAlgorithm, false},
		"Entra's v1 issuer":           {object{"iss": contosoV1}, entra.WrongAlgorithm, false},
		"no exp":                      {object{"exp": nil}, entra.Malformed, true},
		"no iat":                      {object{"iat": nil}, entra.Malformed, true},
		"expired":                     {object{"exp": at - 60}, entra.Expired, true},
		"from the future":             {object{"iat": at + 61}, entra.NotYetValid, true},
		"not yet":                     {object{"nbf": at + 61}, entra.NotYetValid, true},
		"another toolset":             {object{"aud": endpointB}, entra.WrongAudience, true},
		"another organization's":      {object{"aud": origin + "/t/fabrikam/mcp"}, entra.WrongAudience, true},
		"the whole deployment":        {object{"aud": origin}, entra.WrongAudience, true},
		"a slash more":                {object{"aud": endpointA + "/"}, entra.WrongAudience, true},
		"other case":                  {object{"aud": strings.ToUpper(endpointA)}, entra.WrongAudience, true},
		"Entra's audience":            {object{"aud": apiClient.String()}, entra.WrongAudience, true},
		"no audience":                 {object{"aud": nil}, entra.WrongAudience, true},
		"several audiences":           {object{"aud": []string{endpointA}}, entra.Malformed, false},
		"nobody":                      {object{"oid": nil}, entra.Malformed, true},
		"somebody else's sub":         {object{"sub": fabrikamTID.String()}, entra.Malformed, true},
		"no client":                   {object{"client_id": nil}, entra.Malformed, true},
		"no software":                 {object{"software": nil}, entra.Malformed, true},
		"no connection":               {object{"connection": nil}, entra.Malformed, true},
		"connection is none":          {object{"connection": "x"}, entra.Malformed, false},
		"no id":                       {object{"jti": nil}, entra.Malformed, true},
		"member or guest is unsaid":   {object{"acct": nil}, entra.Malformed, true},
		"no scope":                    {object{"scope": nil}, entra.MissingScope, true},
		"another scope":               {object{"scope": "access_as_user_2 acrs:c1"}, entra.MissingScope, true},
		"Entra's claim of a scope":    {object{"scope": nil, "scp": "access_as_user"}, entra.MissingScope, true},
		"a guest":                     {object{"acct": 1}, entra.GuestsRefused, true},
		"software that is not listed": {object{"software": "https://cursor.com"}, entra.ClientNotAllowed, true},
		"listed as client id only":    {object{"client_id": software, "software": "https://cursor.com"}, entra.ClientNotAllowed, true},
		"software in other case":      {object{"software": "https://Claude.ai"}, entra.ClientNotAllowed, true},
		"bound to a key":              {object{"cnf": object{"kid": "x"}}, entra.SenderConstrained, true},
		"a member in other case":      {object{"Scope": "access_as_user"}, entra.Malformed, false},
		"a control character":         {object{"software": "a\u0000b"}, entra.Malformed, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := wantRefusal(t, deployed(), brokered(t), ownToken(row.changes), row.reason)
			if r.Verified != row.verified {
				t.Errorf("verified %v, want %v", r.Verified, row.verified)
			}
		})
	}
}

func TestClaimTwiceIsNoTokenOfOurs(t *testing.T) {
	t.Parallel()
	payload := string(must(json.Marshal(owned())))
	header := string(must(json.Marshal(ownHeader())))
	v, a := deployed(), brokered(t)
	wantToken(t, v, a, signOwn(header, payload, "ours"))
	wantRefusal(t, v, a, signOwn(header, strings.TrimSuffix(payload, "}")+`,"aud":"`+endpointA+`"}`, "ours"), entra.Malformed)
	wantRefusal(t, v, a, signOwn(header, payload+"{}", "ours"), entra.Malformed)
	wantRefusal(t, v, a, signOwn(strings.TrimSuffix(header, "}")+`,"alg":"ES256"}`, payload, "ours"), entra.Malformed)
}

// TestFormAndIssuerGoTogether holds each way of signing to its issuer.
func TestFormAndIssuerGoTogether(t *testing.T) {
	t.Parallel()
	v := deployed()
	a := brokered(t, func(o *tenants.Organization) { o.AcceptEntraTokens = true })
	wantToken(t, v, a, ownToken(nil))
	wantToken(t, v, a, token(nil))
	for name, row := range map[string]struct {
		raw    string
		reason entra.Reason
	}{
		"RS256 with our issuer":            {mint(header(), with(delegated(), object{"iss": ownIssuer})), entra.WrongAlgorithm},
		"RS256 with our issuer and claims": {mint(header(), owned()), entra.WrongAlgorithm},
		"RS256 of our type":                {mint(with(header(), object{"typ": "at+jwt"}), owned()), entra.WrongType},
		"RS256 by the federation's key":    {mintBy("federation", with(header(), object{"kid": "f1"}), owned()), entra.WrongAlgorithm},
		"ES256 said, signed with RSA":      {mint(ownHeader(), owned()), entra.BadSignature},
		"ES256 said, the federation's key": {mintBy("federation", with(ownHeader(), object{"kid": "f1"}), owned()), entra.UnknownKey},
		"ES256 with Entra's issuer":        {mintOwn("ours", ownHeader(), delegated()), entra.WrongAlgorithm},
		"ES256 with Entra's type":          {mintOwn("ours", with(ownHeader(), object{"typ": "JWT"}), owned()), entra.WrongType},
		"ES256 of no type":                 {mintOwn("ours", with(ownHeader(), object{"typ": nil}), owned()), entra.WrongType},
		"type in other case":               {mintOwn("ours", with(ownHeader(), object{"typ": "AT+JWT"}), owned()), entra.WrongType},
		"type in full":                     {mintOwn("ours", with(ownHeader(), object{"typ": "application/at+jwt"}), owned()), entra.WrongType},
		"an ID token's issuer and form":    {mintOwn("ours", with(ownHeader(), object{"typ": "JWT"}), delegated()), entra.WrongType},
		"none":                             {mintOwn("ours", with(ownHeader(), object{"alg": "none"}), owned()), entra.WrongAlgorithm},
		"ES384":                            {mintOwn("ours", with(ownHeader(), object{"alg": "ES384"}), owned()), entra.WrongAlgorithm},
		"ES256K":                           {mintOwn("ours", with(ownHeader(), object{"alg": "ES256K"}), owned()), entra.WrongAlgorithm},
		"algorithm in other case":          {mintOwn("ours", with(ownHeader(), object{"alg": "es256"}), owned()), entra.WrongAlgorithm},
		"no algorithm":                     {mintOwn("ours", with(ownHeader(), object{"alg": nil}), owned()), entra.WrongAlgorithm},
		"critical":                         {mintOwn("ours", with(ownHeader(), object{"crit": []string{"exp"}}), owned()), entra.CriticalHeader},
		"no key id":                        {mintOwn("ours", with(ownHeader(), object{"kid": nil}), owned()), entra.NoKeyID},
		"a key of Entra's":                 {mintOwn("ours", with(ownHeader(), object{"kid": "k1"}), owned()), entra.UnknownKey},
		"a key of ours for Entra's":        {mint(with(header(), object{"kid": "o1"}), delegated()), entra.UnknownKey},
		"an unknown key":                   {mintOwn("theirs", with(ownHeader(), object{"kid": "o2"}), owned()), entra.UnknownKey},
		"another key under our key's id":   {mintOwn("theirs", ownHeader(), owned()), entra.BadSignature},
		"a key that the header brings":     {mintOwn("theirs", with(ownHeader(), object{"jwk": object{"kty": "EC"}, "jku": "https://evil.example/keys"}), owned()), entra.BadSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := wantRefusal(t, v, a, row.raw, row.reason); r.Verified {
				t.Error("it counts as verified")
			}
		})
	}
}

// TestPublicKeyOfOursIsNoSharedSecret signs with HMAC and the public key, in every
// spelling a library might have taken it in.
func TestPublicKeyOfOursIsNoSharedSecret(t *testing.T) {
	t.Parallel()
	public := &ecKey("ours").PublicKey
	der, point := must(x509.MarshalPKIXPublicKey(public)), must(public.Bytes())
	v, a := deployed(), brokered(t)
	for _, secret := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), point, point[1:33]} {
		for alg, reason := range map[string]entra.Reason{"HS256": entra.WrongAlgorithm, "ES256": entra.BadSignature} {
			signed := b64(must(json.Marshal(with(ownHeader(), object{"alg": alg})))) + "." + b64(must(json.Marshal(owned())))
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(signed))
			wantRefusal(t, v, a, signed+"."+b64(mac.Sum(nil)), reason)
			wantRefusal(t, v, a, signed+"."+b64(append(mac.Sum(nil), mac.Sum(nil)...)), reason)
		}
	}
}

func TestSignatureOfOursIsTwoNumbersInRange(t *testing.T) {
	t.Parallel()
	v, a := deployed(), brokered(t)
	parts := strings.Split(ownToken(nil), ".")
	signed := parts[0] + "." + parts[1]
	digest := sha256.Sum256([]byte(signed))
	asn1 := must(ecdsa.SignASN1(rand.Reader, ecKey("ours"), digest[:]))
	n := elliptic.P256().Params().N.Bytes()
	good, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	padded := slices.Concat(good[:32], []byte{0}, good[32:]) // the same two numbers
	for name, signature := range map[string][]byte{
		"ASN.1": asn1, "zeros": make([]byte, 64), "empty halves": {0}, "too long": make([]byte, 66), "a zero more": padded, "the order twice": append(append([]byte{}, n...), n...),
	} {
		if r := wantRefusal(t, v, a, signed+"."+b64(signature), entra.BadSignature); r.Verified {
			t.Errorf("%s counts as verified", name)
		}
	}
	other := strings.Split(ownToken(object{"oid": fabrikamTID.String(), "sub": fabrikamTID.String()}), ".")
	wantRefusal(t, v, a, parts[0]+"."+other[1]+"."+parts[2], entra.BadSignature)
	wantRefusal(t, v, a, signed+".", entra.Malformed)
}

func TestTokenOfOursIsForOneEndpoint(t *testing.T) {
	t.Parallel()
	v, org := deployed(), behind(t, tenants.Brokered)
	for _, row := range []struct {
		at, aud string
		good    bool
	}{{endpointA, endpointA, true}, {endpointB, endpointB, true}, {endpointA, endpointB, false}, {endpointB, endpointA, false}, {"", endpointA, false}, {"", "", false}} {
		raw := ownToken(object{"aud": row.aud})
		if row.good {
			wantToken(t, v, org.At(row.at), raw)
			continue
		}
		r := wantRefusal(t, v, org.At(row.at), raw, entra.WrongAudience)
		if !strings.Contains(r.Description, row.aud) || !strings.Contains(r.Description, row.at) || !strings.Contains(r.Description, "ask for a token whose resource it is") {
			t.Errorf("description %q", r.Description)
		}
	}
	wantRefusal(t, v, org, ownToken(nil), entra.WrongAudience) // of no endpoint at all
}

// TestTokenOfOursIsOfOneOrganization: two organizations never share a tenant, and
// would keep apart if they did.
func TestTokenOfOursIsOfOneOrganization(t *testing.T) {
	t.Parallel()
	v := deployed()
	fabrikam := brokered(t, func(o *tenants.Organization) { o.Slug, o.Name = tenants.MustSlug("fabrikam"), "Fabrikam" })
	r := wantRefusal(t, v, fabrikam, ownToken(nil), entra.WrongTenant)
	for _, part := range []string{ownIssuer, "Fabrikam", "Sign in at " + origin + "/t/fabrikam."} {
		if !strings.Contains(r.Description, part) {
			t.Errorf("description %q does not say %q", r.Description, part)
		}
	}
	wantRefusal(t, v, fabrikam.At(endpointA), ownToken(nil), entra.WrongTenant)
	moved := brokered(t, func(o *tenants.Organization) { o.TID = fabrikamTID })
	wantRefusal(t, v, moved, ownToken(nil), entra.WrongTenant)
}

func TestModeSaysWhoseTokensAreAccepted(t *testing.T) {
	t.Parallel()
	v := deployed()
	ago := func(d time.Duration) func(*tenants.Organization) {
		return func(o *tenants.Organization) { o.ModeSince = began.Add(-d) }
	}
	entraToo := func(o *tenants.Organization) { o.AcceptEntraTokens = true }
	for _, row := range []struct {
		mode         tenants.AuthMode
		change       func(*tenants.Organization)
		ours, entras bool // issued 60 and 300 seconds ago
	}{
		{tenants.Brokered, ago(1000 * time.Hour), true, false},
		{tenants.Brokered, func(*tenants.Organization) {}, true, false},
		{tenants.Brokered, entraToo, true, true},
		{tenants.Brokered, ago(299 * time.Second), true, true},
		{tenants.Brokered, ago(300 * time.Second), true, false},
		{tenants.Facade, func(*tenants.Organization) {}, false, true},
		{tenants.Facade, entraToo, false, true},
		{tenants.Facade, ago(59 * time.Second), true, true},
		{tenants.Facade, ago(60 * time.Second), false, true},
		{tenants.Direct, func(*tenants.Organization) {}, false, true},
		{tenants.Direct, ago(59 * time.Second), true, true},
		{tenants.Direct, ago(60 * time.Second), false, true},
	} {
		a := behind(t, row.mode, row.change).At(endpointA)
		for _, c := range []struct {
			raw  string
			good bool
			says string
		}{{ownToken(nil), row.ours, "accepts access tokens of Microsoft Entra ID only"}, {token(nil), row.entras, "not those of Microsoft Entra ID"}} {
			if c.good {
				wantToken(t, v, a, c.raw)
				continue
			}
			r := wantRefusal(t, v, a, c.raw, entra.WrongMode)
			if r.Verified || !strings.Contains(r.Description, a.Issuer()) || !strings.Contains(r.Description, c.says) {
				t.Errorf("%s: %+v", row.mode, r)
			}
		}
	}
}

func TestTokenThatDoesNotSayWhenIsNotFromBefore(t *testing.T) {
	t.Parallel()
	before := func(o *tenants.Organization) { o.ModeSince = began }
	v := deployed()
	wantRefusal(t, v, behind(t, tenants.Direct, before).At(endpointA), ownToken(object{"iat": nil}), entra.Malformed)
	wantRefusal(t, v, behind(t, tenants.Brokered, before).At(endpointA), token(object{"iat": nil}), entra.Malformed)
}

func TestIssuerIsThatOfTheMode(t *testing.T) {
	t.Parallel()
	for mode, want := range map[tenants.AuthMode]string{tenants.Brokered: ownIssuer, tenants.Facade: ownIssuer + "/entra", tenants.Direct: contosoV2} {
		if got := behind(t, mode).Issuer(); got != want {
			t.Errorf("%s: %s, want %s", mode, got, want)
		}
		if got := behind(t, mode).ForRole("x").Issuer(); got != contosoV2 {
			t.Errorf("%s: who needs a role signs in at %s", mode, got)
		}
	}
}

// TestTokenOfOursHasNoRole: only Entra's tokens are good for what needs a role of
// its own, in every mode.
func TestTokenOfOursHasNoRole(t *testing.T) {
	t.Parallel()
	v := deployed()
	good := mint(header(), with(appOnly(), object{"roles": []string{"Gatehouse.Manage"}}))
	for _, mode := range []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct} {
		wantToken(t, v, behind(t, mode).ForRole("Gatehouse.Manage"), good)
		a := behind(t, mode, func(o *tenants.Organization) { o.ModeSince = began }).ForRole("Gatehouse.Manage")
		for _, accept := range []*entra.Acceptance{a, a.At(endpointA)} {
			for _, changes := range []object{{}, {"roles": []string{"Gatehouse.Manage"}}, {"iss": ""}, {"iss": "/t/contoso"}} {
				wantRefusal(t, v, accept, ownToken(changes), entra.WrongIssuer)
			}
		}
	}
}

func TestDeploymentWithoutAnIssuerAcceptsNoTokensOfOurs(t *testing.T) {
	t.Parallel()
	a := accepting(t, func(o *tenants.Organization) { o.Mode = tenants.Brokered }).At(endpointA)
	for _, changes := range []object{{}, {"iss": ""}, {"iss": nil}} {
		wantRefusal(t, deployed(), a, ownToken(changes), entra.WrongIssuer)
	}
	v := newEntra().verifier() // and nobody knows a key
	if _, err := v.Verify(t.Context(), ownToken(nil), brokered(t)); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without keys: %v", err)
	}
}

func TestUnlistedSoftwareIsAdmittedWhereTheOrganizationAdmitsAll(t *testing.T) {
	t.Parallel()
	admits := func(o *tenants.Organization) { o.UnknownClients = tenants.Admit }
	v := deployed()
	raw := ownToken(object{"software": "Cursor <http://localhost/callback>"})
	if got := wantToken(t, v, brokered(t, admits), raw); got.Identity.Client != "Cursor <http://localhost/callback>" {
		t.Errorf("client %q", got.Identity.Client)
	}
	r := wantRefusal(t, v, brokered(t), raw, entra.ClientNotAllowed)
	if r.Class != entra.ClientForbidden || !strings.Contains(r.Description, "Cursor <http://localhost/callback>") {
		t.Errorf("%+v", r)
	}
	// Entra's clients are always listed ones.
	both := brokered(t, admits, func(o *tenants.Organization) { o.AcceptEntraTokens = true })
	wantRefusal(t, v, both, token(object{"azp": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"}), entra.ClientNotAllowed)
}

func TestVerifiedRefusalOfOursTellsWhoWasRefused(t *testing.T) {
	t.Parallel()
	got, err := deployed().Verify(t.Context(), ownToken(object{"software": "x"}), brokered(t))
	if r, ok := errors.AsType[*entra.Refusal](err); !ok || !r.Verified || got.Identity.OID != alice || got.Identity.Client != "x" || got.Identity.Connection != connection {
		t.Errorf("got %+v, %v", got.Identity, err)
	}
}

func TestTokenOfOursMayBeAMinuteOff(t *testing.T) {
	t.Parallel()
	at := began.Unix()
	wantToken(t, deployed(), brokered(t), ownToken(object{"exp": at - 59}))
	wantToken(t, deployed(), brokered(t), ownToken(object{"iat": at + 60}))
}

// TestTokenOfOursIsJudgedByWhatDatedIt: each by its own issuer's time.
func TestTokenOfOursIsJudgedByWhatDatedIt(t *testing.T) {
	t.Parallel()
	at := began.Add(2 * time.Hour)
	later := func(v *entra.Verifier) *entra.Verifier { return v.DateOwnBy(func() time.Time { return at }) }
	wantToken(t, later(deployed()), brokered(t), ownToken(object{"iat": at.Unix(), "exp": at.Unix() + 600}))
	if _, err := later(deployed()).Verify(t.Context(), ownToken(nil), brokered(t)); err == nil {
		t.Error("a token of ours that is over by our time is accepted")
	}
	if _, err := deployed().Verify(t.Context(), ownToken(object{"iat": at.Unix(), "exp": at.Unix() + 600}), brokered(t)); err == nil {
		t.Error("a token of times to come is accepted")
	}
}
