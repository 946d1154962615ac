package entra_test

import (
	"crypto"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// TestWhatTheOracleRefusesIsRefused compares with go-oidc, told to look at the
// same issuer, key and audience a minute earlier, which is the clock skew: what
// it refuses, for whatever reason, must not be accepted. Every token is a small
// damage to a good one.
func TestWhatTheOracleRefusesIsRefused(t *testing.T) {
	t.Parallel()
	e := newEntra()
	v, a := e.verifier(), accepting(t, admitApps, admitGuests, admitAgents)
	oracle := oidc.NewVerifier(contosoV2, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{&rsaKey("contoso").PublicKey}}, &oidc.Config{
		ClientID: apiClient.String(), Now: func() time.Time { return began.Add(-time.Minute) },
	})
	random := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	for _, raw := range damaged(random) {
		_, theirs := oracle.Verify(t.Context(), raw)
		_, ours := v.Verify(t.Context(), raw, a)
		if theirs != nil && ours == nil {
			t.Errorf("accepted, but go-oidc says %.200v: %.300s", theirs, raw)
		}
		if ours == nil {
			accepted++
		} else if theirs != nil {
			refused++
		}
	}
	if accepted < 20 || refused < 500 {
		t.Errorf("%d accepted and %d refused by both: the comparison says little", accepted, refused)
	}
}

// damaged lists tokens from good to broken.
func damaged(random *rand.Rand) (list []string) {
	at := began.Unix()
	for _, claims := range []object{
		{},
		{"exp": at},
		{"exp": at - 59},
		{"exp": at - 60},
		{"exp": at - 61},
		{"exp": 0},
		{"exp": nil},
		{"nbf": at + 60},
		{"nbf": at + 241},
		{"nbf": at + 9999},
		{"iss": fabrikamV2},
		{"iss": contosoV2 + "/"},
		{"iss": strings.ToUpper(contosoV2)},
		{"iss": nil},
		{"iss": ""},
		{"aud": ""},
		{"aud": nil},
		{"aud": strings.ToUpper(apiClient.String())},
		{"aud": "api://" + apiClient.String()},
		{"aud": []string{apiClient.String()}},
		{"scp": "payroll"},
		{"roles": []string{"x"}},
		{"acct": 1},
		{"_claim_names": object{"groups": "src1"}, "_claim_sources": object{"src1": object{"endpoint": "https://graph.windows.net/x"}}},
	} {
		for _, key := range []string{"contoso", "fabrikam"} {
			for _, h := range []object{{}, {"kid": "k2"}, {"alg": "none"}, {"alg": "HS256"}, {"typ": nil}} {
				list = append(list, mintBy(key, with(header(), h), with(delegated(), claims)))
			}
		}
	}
	good := token(nil)
	for range 20 {
		list = append(list, token(object{"uti": strconv.Itoa(random.Int())}), token(object{"rh": random.Int64()}))
	}
	for range 600 {
		b := []byte(good)
		b[random.IntN(len(b))] ^= 1 << random.IntN(7)
		list = append(list, string(b), good[:random.IntN(len(good))])
	}
	return list
}

// TestTokensOfAnotherSignerAreAccepted lets go-jose sign, so that signing and
// verifying cannot share a mistake of ours.
func TestTokensOfAnotherSignerAreAccepted(t *testing.T) {
	t.Parallel()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: rsaKey("contoso"), KeyID: "k1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	raw := must(must(signer.Sign(must(json.Marshal(delegated())))).CompactSerialize())
	if got := wantToken(t, newEntra().verifier(), accepting(t), raw); got.Identity.OID != alice {
		t.Errorf("identity %+v", got.Identity)
	}
}

// TestWhatTheOracleRefusesOfOursIsRefused is the same for tokens of ours.
func TestWhatTheOracleRefusesOfOursIsRefused(t *testing.T) {
	t.Parallel()
	v, a := deployed(), brokered(t, admitGuests)
	oracle := oidc.NewVerifier(ownIssuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{&ecKey("ours").PublicKey}}, &oidc.Config{
		ClientID: endpointA, SupportedSigningAlgs: []string{oidc.ES256}, Now: func() time.Time { return began.Add(-time.Minute) },
	})
	accepted, refused := 0, 0
	for _, raw := range damagedOwn(rand.New(rand.NewPCG(1, 2))) {
		_, theirs := oracle.Verify(t.Context(), raw)
		_, ours := v.Verify(t.Context(), raw, a)
		if theirs != nil && ours == nil {
			t.Errorf("accepted, but go-oidc says %.200v: %.300s", theirs, raw)
		}
		if ours == nil {
			accepted++
		} else if theirs != nil {
			refused++
		}
	}
	if accepted < 20 || refused < 500 {
		t.Errorf("%d accepted and %d refused by both: the comparison says little", accepted, refused)
	}
}

// damagedOwn lists tokens of ours from good to broken.
func damagedOwn(random *rand.Rand) (list []string) {
	at := began.Unix()
	for _, claims := range []object{
		{},
		{"exp": at},
		{"exp": at - 59},
		{"exp": at - 60},
		{"exp": at - 61},
		{"exp": 0},
		{"exp": nil},
		{"nbf": at + 9999},
		{"iat": at + 60},
		{"iss": ownIssuer + "/"},
		{"iss": strings.ToUpper(ownIssuer)},
		{"iss": nil},
		{"iss": ""},
		{"iss": origin},
		{"acct": 1},
		{"aud": ""},
		{"aud": nil},
		{"aud": endpointB},
		{"aud": strings.ToUpper(endpointA)},
		{"aud": []string{endpointA}},
		{"scope": "payroll"},
	} {
		for _, key := range []string{"ours", "theirs"} {
			for _, h := range []object{{}, {"kid": "o2"}, {"alg": "none"}, {"alg": "RS256"}, {"alg": "HS256"}, {"typ": nil}} {
				list = append(list, mintOwn(key, with(ownHeader(), h), with(owned(), claims)))
			}
		}
	}
	for range 20 {
		list = append(list, ownToken(object{"jti": strconv.Itoa(random.Int())}), ownToken(object{"extra": random.Int64()}))
	}
	good := ownToken(nil)
	for range 600 {
		b := []byte(good)
		b[random.IntN(len(b))] ^= 1 << random.IntN(7)
		list = append(list, string(b), good[:random.IntN(len(good))])
	}
	return list
}

// TestTokensOfOursBySomebodyElsesSignerAreAccepted lets go-jose sign, as the key
// ring does.
func TestTokensOfOursBySomebodyElsesSignerAreAccepted(t *testing.T) {
	t.Parallel()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: ecKey("ours"), KeyID: "o1"}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // a signature's numbers have leading zeros now and then
		raw := must(must(signer.Sign(must(json.Marshal(owned())))).CompactSerialize())
		if got := wantToken(t, deployed(), brokered(t), raw); got.Identity.OID != alice {
			t.Fatalf("identity %+v", got.Identity)
		}
	}
}
