package admin_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/admin"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

type claims = map[string]any

// automations is an organization that refuses applications at its endpoints,
// lists one of them, and has a key at Entra.
type automations struct {
	org     tenants.Organization
	key     *rsa.PrivateKey
	own     *ecdsa.PrivateKey // of access tokens of ours
	client  tenants.GUID
	revoked authz.Revocations
	serves  bool
}

func newAutomations(t *testing.T) *automations {
	t.Helper()
	api := tenants.NewGUID()
	return &automations{
		key: must(rsa.GenerateKey(rand.Reader, 2048)), own: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), client: tenants.NewGUID(), serves: true,
		org: tenants.Organization{
			ID: tenants.NewID(), Slug: tenants.MustSlug("contoso"), Name: "Contoso", TID: tenants.TID{GUID: tenants.NewGUID()}, State: tenants.Active, Mode: tenants.Direct,
			Connection: tenants.Connection{
				ID: tenants.NewGUID(), Model: tenants.OwnApp, Cloud: tenants.PublicCloud, ClientID: api, Versions: tenants.V2Only, Resource: "api://" + api.String(),
				Scope: "access_as_user", Guests: tenants.Refuse, Agents: tenants.Refuse, Apps: tenants.Refuse, GroupSource: tenants.TokenOnly, GroupsClaim: tenants.ClaimUnknown,
			},
			Membership: tenants.MembershipPolicy{Soft: time.Minute, Hard: time.Hour},
		},
	}
}

// Do answers as the address of the organization's keys at Entra.
func (a *automations) Do(context.Context, *http.Request) (*egress.Response, error) {
	key := claims{
		"kty": "RSA", "use": "sig", "kid": "k", "n": raw(a.key.N.Bytes()), "e": raw(big.NewInt(int64(a.key.E)).Bytes()),
		"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
	}
	return &egress.Response{Status: http.StatusOK, Header: http.Header{}, Body: must(json.Marshal(claims{"keys": []any{key}}))}, nil
}

func (a *automations) find(_ context.Context, tid tenants.TID) (tenants.ID, error) {
	if tid != a.org.TID {
		return tenants.ID{}, fault.New(fault.NotFound, "there is no such organization")
	}
	return a.org.ID, nil
}

func (a *automations) view(context.Context, tenants.ID) (*snapshot.Snapshot, error) {
	if !a.serves {
		return nil, fault.New(fault.NotFound, "there is no such organization")
	}
	accept, err := entra.NewAcceptance(a.org, nil, []tenants.Client{{ID: a.client.String(), Name: "Pipeline"}}, entra.AuthorityOf(tenants.PublicCloud))
	if err != nil {
		return nil, err
	}
	return &snapshot.Snapshot{Organization: a.org, Accept: accept.Behind("https://gatehouse.example"), Revocations: a.revoked}, nil
}

func (a *automations) tokens() console.Tokens {
	sets := entra.NewKeySets(a, time.Now)
	sets.Own(func(context.Context) (map[string]*ecdsa.PublicKey, error) {
		return map[string]*ecdsa.PublicKey{"o": &a.own.PublicKey}, nil
	})
	return admin.NewAutomation(admin.AutomationParts{Find: a.find, Views: a.view, Verify: entra.NewVerifier(sets, time.Now).Verify})
}

// token is one of the listed application with the role, after changes; nil
// removes a claim.
func (a *automations) token(changes claims) string {
	now, oid := time.Now().Unix(), a.client.String()
	all := claims{
		"aud": a.org.Connection.ClientID.String(), "iss": "https://login.microsoftonline.com/" + a.org.TID.String() + "/v2.0", "tid": a.org.TID.String(),
		"oid": oid, "sub": oid, "azp": oid, "azpacr": "1", "ver": "2.0", "iat": now - 10, "nbf": now - 10, "exp": now + 3600, "uti": "u",
		"roles": []string{"Gatehouse.Manage"},
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	signed := raw([]byte(`{"typ":"JWT","alg":"RS256","kid":"k"}`)) + "." + raw(must(json.Marshal(all)))
	digest := sha256.Sum256([]byte(signed))
	return signed + "." + raw(must(rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, digest[:])))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func raw(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestAutomationIsLetInWithItsRoleWhetherOrNotApplicationsCallTools(t *testing.T) {
	t.Parallel()
	a := newAutomations(t)
	for _, apps := range []tenants.Admission{tenants.Refuse, tenants.Admit} {
		a.org.Connection.Apps, a.org.Connection.AppRole = apps, "Tools.Execute.All"
		id, err := a.tokens().VerifyToken(t.Context(), a.token(nil))
		if err != nil || id.Org != a.org.ID || id.Kind != authz.App || id.Delegated || id.OID != a.client {
			t.Errorf("apps %s: %+v, %v", apps, id, err)
		}
	}
}

// TestTokenOfOursManagesNothing: what people's AI apps hold is good at endpoints
// only, and automations sign in at Entra in every mode.
func TestTokenOfOursManagesNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct} {
		a := newAutomations(t)
		a.org.Mode, a.org.ModeSince = mode, time.Now().Add(-time.Second)
		if id, err := a.tokens().VerifyToken(t.Context(), a.token(claims{"iat": time.Now().Unix()})); err != nil || id.OID != a.client {
			t.Errorf("%s: an automation is %+v, %v", mode, id, err)
		}
		now, oid := time.Now().Unix(), a.client.String()
		payload := claims{
			"iss": "https://gatehouse.example/t/contoso", "aud": "https://gatehouse.example/t/contoso/mcp", "sub": oid, "oid": oid, "tid": a.org.TID.String(),
			"client_id": "gh_x", "software": oid, "scope": "access_as_user", "jti": "j", "iat": now - 10, "exp": now + 590, "acct": 0,
			"connection": tenants.NewGUID().String(), "roles": []string{"Gatehouse.Manage"},
		}
		signed := raw([]byte(`{"typ":"at+jwt","alg":"ES256","kid":"o"}`)) + "." + raw(must(json.Marshal(payload)))
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, a.own, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		var signature [64]byte
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		id, err := a.tokens().VerifyToken(t.Context(), signed+"."+raw(signature[:]))
		if fault.KindOf(err) != fault.Unauthenticated || id.Kind != authz.Nobody || !strings.Contains(fault.Public(err), "was not issued by https://login.microsoftonline.com/") {
			t.Errorf("%s: %+v, %v", mode, id, err)
		}
	}
}

func TestAutomationIsRefusedForWhatItLacks(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		changes claims
		arrange func(*automations)
		kind    fault.Kind
		says    string
	}{
		"role":          {changes: claims{"roles": []string{"Tools.Execute.All"}}, kind: fault.Forbidden, says: "Gatehouse.Manage"},
		"any role":      {changes: claims{"roles": nil}, kind: fault.Forbidden, says: "Gatehouse.Manage"},
		"place on list": {changes: claims{"azp": tenants.NewGUID().String()}, kind: fault.Forbidden, says: "client application"},
		"audience":      {changes: claims{"aud": tenants.NewGUID().String()}, kind: fault.Unauthenticated, says: "app registration"},
		"time":          {changes: claims{"exp": time.Now().Unix() - 3600}, kind: fault.Unauthenticated, says: "expired"},
		"issuer":        {changes: claims{"iss": "https://login.microsoftonline.com/" + tenants.NewGUID().String() + "/v2.0"}, kind: fault.Unauthenticated},
		"tenant":        {changes: claims{"tid": nil}, kind: fault.Unauthenticated, says: "tenant"},
		"organization":  {changes: claims{"tid": tenants.NewGUID().String()}, kind: fault.Unauthenticated, says: "no organization here"},
		"endpoints":     {arrange: func(a *automations) { a.serves = false }, kind: fault.Unauthenticated, says: "once it is connected"},
		"signature":     {arrange: func(a *automations) { a.key = must(rsa.GenerateKey(rand.Reader, 2048)) }, kind: fault.Unauthenticated, says: "signature"},
		"trust": {arrange: func(a *automations) {
			a.revoked = authz.IndexRevocations([]authz.Revocation{{Kind: authz.RevokePerson, Subject: a.client.String(), NotBefore: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}})
		}, kind: fault.Unauthenticated, says: "revoked"},
	} {
		a := newAutomations(t)
		token := a.token(row.changes)
		if row.arrange != nil {
			row.arrange(a)
		}
		id, err := a.tokens().VerifyToken(t.Context(), token)
		if err == nil || fault.KindOf(err) != row.kind || !strings.Contains(fault.Public(err), row.says) || id.Kind != authz.Nobody {
			t.Errorf("without its %s: %+v, %v", name, id, err)
		}
	}
}
