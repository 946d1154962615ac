package door_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/demo"
	"gatehouse/internal/emulator/seed"
	"gatehouse/internal/tenants"
)

// daemon is an app of Fabrikam's that gets tokens for itself.
const (
	daemon       = "d0000000-0000-4000-8000-000000000001"
	daemonSecret = "the secret of the daemon"
	powerless    = "d0000000-0000-4000-8000-000000000002" // the same without the role
	another      = "d0000000-0000-4000-8000-000000000003"
)

// refusalWorld is the demo's with what the refusals need: Contoso's app is known
// to Fabrikam's directory too, as a multi-tenant app is, Fabrikam admits apps and
// Contoso no guests.
func refusalWorld() setup {
	return setup{
		directories: func(all []seed.Tenant) []seed.Tenant {
			contoso, fabrikam := all[0], &all[1]
			own := &fabrikam.Apps[0]
			own.AppRoleAssignments = []seed.AppRoleAssignment{{Role: demo.AppRole, Principal: daemon}}
			fabrikam.Apps = append(fabrikam.Apps, contoso.Apps[0],
				seed.App{ID: daemon, Name: "Daemon", Secret: daemonSecret}, seed.App{ID: powerless, Name: "Powerless", Secret: daemonSecret})
			return all
		},
		change: func(o *organization) {
			switch o.Slug.String() {
			case "fabrikam":
				o.Connection.Apps = tenants.Admit
				o.Clients = append(o.Clients, tenants.Client{ID: daemon, Name: "Daemon"}, tenants.Client{ID: powerless, Name: "Powerless"})
			case "contoso":
				o.Connection.Guests = tenants.Refuse
			}
		},
	}
}

// presented is one token that must be refused.
type presented struct {
	name   string
	slug   string // where it is presented
	token  string
	status int    // 401 unless it says otherwise
	reason string // in the log
	says   []string
}

// mintRefused makes the tokens. Each differs from a good one in one respect.
func mintRefused(t *testing.T, k *stack) []presented {
	t.Helper()
	good := k.token(t, "contoso", "alice")
	contoso, fabrikam := company(t, "contoso"), company(t, "fabrikam")
	with := func(name string, value any) string {
		return k.altered(t, good, func(claims map[string]any) { claims[name] = value })
	}
	lacks := func(names ...string) string {
		return k.altered(t, good, func(claims map[string]any) {
			for _, name := range names {
				delete(claims, name)
			}
		})
	}
	header := func(name string, value any) string {
		return k.sign(t, contoso.TID.String(), map[string]any{name: value}, claimsOf(t, good))
	}
	now := time.Now()
	list := []presented{
		{name: "foreign issuer", token: with("iss", "https://login.example/"+contoso.TID.String()+"/v2.0"), reason: "wrong_issuer"},
		{name: "issuer with a slash more", token: with("iss", claimsOf(t, good)["iss"].(string)+"/"), reason: "wrong_issuer"},
		{name: "other tenant, same audience", token: k.multiTenantToken(t), reason: "wrong_tenant", says: []string{"alice@fabrikam.example", fabrikam.TID.String(), "Contoso"}},
		{name: "other tenant in tid only", token: with("tid", fabrikam.TID.String()), reason: "wrong_tenant"},
		{name: "other tenant in iss only", token: with("iss", k.places.Entra+"/"+fabrikam.TID.String()+"/v2.0"), reason: "wrong_issuer"},
		{name: "no tid", token: lacks("tid"), reason: "wrong_tenant"},
		{name: "token of the other organization", slug: "fabrikam", token: good, reason: "wrong_tenant", says: []string{"alice@contoso.example", contoso.TID.String(), "Fabrikam", fabrikam.TID.String()}},
		{name: "other audience", token: with("aud", another), reason: "wrong_audience", says: []string{another}},
		{name: "audience is the URL", token: with("aud", contoso.Organization(k.places).Connection.Resource), reason: "wrong_audience"},
		{name: "id token of the same app", token: k.idToken(t), reason: "not_an_access_token", says: []string{"ID token"}},
		{name: "token for Microsoft Graph", token: k.graphToken(t), reason: "graph_audience", says: []string{"Microsoft Graph", "fully qualified"}},
		{name: "no algorithm", token: unsigned(t, good), reason: "malformed"},
		{name: "no algorithm, some signature", token: unsigned(t, good) + "c2lnbmF0dXJl", reason: "wrong_algorithm"},
		{name: "public key as HMAC secret", token: k.hmacToken(t, good), reason: "wrong_algorithm"},
		{name: "header says RS512", token: header("alg", "RS512"), reason: "wrong_algorithm"},
		{name: "other type", token: header("typ", "at+jwt"), reason: "wrong_type"},
		{name: "critical extension", token: header("crit", []string{"exp"}), reason: "critical_header"},
		{name: "no key id", token: header("kid", ""), reason: "no_key_id"},
		{name: "unknown key id", token: header("kid", "bm8gc3VjaCBrZXk"), reason: "unknown_key"},
		{name: "changed payload", token: changedPayload(t, good), reason: "bad_signature"},
		{name: "expired", token: with("exp", now.Add(-61*time.Second).Unix()), reason: "expired"},
		{name: "not yet valid", token: with("nbf", now.Add(time.Hour).Unix()), reason: "not_yet_valid"},
		{name: "issued in the future", token: with("iat", now.Add(time.Hour).Unix()), reason: "not_yet_valid"},
		{name: "never expires", token: lacks("exp"), reason: "malformed"},
		{name: "version does not go with the issuer", token: with("ver", "1.0"), reason: "wrong_version"},
		{name: "v1 token", token: k.altered(t, good, func(c map[string]any) {
			c["iss"], c["ver"], c["appid"] = k.places.Entra+"/"+contoso.TID.String()+"/", "1.0", c["azp"]
		}), reason: "version_not_allowed", says: []string{"requestedAccessTokenVersion"}},
		{name: "neither scope nor role", token: lacks("scp", "idtyp"), reason: "not_an_access_token"},
		{name: "empty scope", token: with("scp", ""), reason: "not_an_access_token"},
		{name: "nobody", token: lacks("oid"), reason: "malformed"},
		{name: "app where apps are refused", token: k.altered(t, good, func(c map[string]any) {
			delete(c, "scp")
			c["sub"], c["idtyp"], c["roles"] = c["oid"], "app", []string{demo.AppRole}
		}), reason: "apps_refused"},
		{name: "app without the role", slug: "fabrikam", token: k.daemonToken(t, powerless), reason: "missing_role", says: []string{demo.AppRole}},
		{name: "guest by acct", token: with("acct", 1), reason: "guests_refused"},
		{name: "guest by idp", token: with("idp", "https://idp.example/"), reason: "guests_refused"},
		{name: "agent", token: with("xms_act_fct", "11"), reason: "agents_refused"},
		{name: "bound to a key", token: with("cnf", map[string]any{"kid": "x"}), reason: "sender_constrained", says: []string{"cnf"}},
		{name: "too large", token: with("padding", strings.Repeat("x", 40<<10)), reason: "too_large"},
		{name: "other scope", token: with("scp", "User.Read"), status: http.StatusForbidden, reason: "missing_scope", says: []string{demo.Scope}},
		{name: "client not listed", token: with("azp", another), status: http.StatusForbidden, reason: "client_not_allowed", says: []string{another}},
	}
	for i := range list {
		if list[i].status == 0 {
			list[i].status = http.StatusUnauthorized
		}
		if list[i].slug == "" {
			list[i].slug = "contoso"
		}
	}
	return list
}

func TestTokensAreRefusedAndTheRefusalIsRecorded(t *testing.T) {
	t.Parallel()
	k := start(t, refusalWorld())
	good := k.token(t, "contoso", "alice")
	resigned := visitor{k.replica, "contoso", k.altered(t, good, func(map[string]any) {})}
	resigned.call(t, "whoami", `{}`).ok(t) // signing again alone changes nothing
	expected := map[string]map[string]int64{"contoso": {}, "fabrikam": {}}
	list := mintRefused(t, k)
	for _, p := range list {
		expected[p.slug][p.reason] += 2
	}
	t.Cleanup(func() { // after every presentation
		k.stop()
		for slug, reasons := range expected {
			if got := refusals(k.records(t, slug)); !maps.Equal(got, reasons) {
				t.Errorf("the log of %s says\n%v\nwant\n%v", slug, got, reasons)
			}
		}
	})
	for _, p := range list {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			who := visitor{k.replica, p.slug, p.token}
			r := who.call(t, "whoami", `{}`)
			k.checkRefusal(t, r, p)
			if again := who.call(t, "whoami", `{}`); again.status != p.status {
				t.Errorf("presented again: status %d", again.status)
			}
		})
	}
}

// checkRefusal checks status, challenge and words of a refused token.
func (k *stack) checkRefusal(t *testing.T, r reply, p presented) {
	t.Helper()
	if r.status != p.status {
		t.Fatalf("status %d, want %d: %s", r.status, p.status, r.body)
	}
	description := r.rpc(t).Description
	switch {
	case p.status == http.StatusUnauthorized:
		if c := k.challenged(t, r, p.slug, "invalid_token"); c.description != description {
			t.Errorf("challenge says %q, the body %q", c.description, description)
		}
	case p.reason == "missing_scope":
		c := r.challenge(t)
		k.complete(t, c, p.slug)
		if c.code != "insufficient_scope" {
			t.Errorf("error %q, want insufficient_scope", c.code)
		}
	default: // signing in again would not help
		if got := r.header.Values("WWW-Authenticate"); len(got) > 0 {
			t.Errorf("a challenge that no token can meet: %q", got)
		}
	}
	for _, word := range p.says {
		if !strings.Contains(description, word) {
			t.Errorf("the description does not say %q: %s", word, description)
		}
	}
	if strings.Contains(r.body, p.token) {
		t.Error("the reply repeats the token")
	}
}

// refusals counts the refusals in a log by reason.
func refusals(log []audit.Record) map[string]int64 {
	counts := map[string]int64{}
	for _, r := range log {
		if r.Kind == audit.RefusedRequest {
			r.Count = 1
		}
		if r.Count > 0 {
			counts[r.Reason] += r.Count
		}
	}
	return counts
}

func TestGoodAppTokenIsAccepted(t *testing.T) {
	t.Parallel()
	k := start(t, refusalWorld())
	app := visitor{k.replica, "fabrikam", k.daemonToken(t, daemon)}
	if names := app.modern(t, "tools/list", "", "").ok(t).toolNames(); len(names) != 0 {
		t.Errorf("an app without roles sees %v", names)
	}
}

func TestClockSkewOfAMinuteIsTolerated(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	good := k.token(t, "contoso", "alice")
	for name, at := range map[string]time.Duration{"exp": -30 * time.Second, "nbf": 30 * time.Second} {
		token := k.altered(t, good, func(c map[string]any) { c[name] = time.Now().Add(at).Unix() })
		visitor{k.replica, "contoso", token}.call(t, "whoami", `{}`).ok(t)
	}
}

func TestV1TokensAreForOrganizationsThatAllowThem(t *testing.T) {
	t.Parallel()
	k := start(t, setup{
		directories: func(all []seed.Tenant) []seed.Tenant {
			all[0].Apps[0].RequestedTokenVersion, all[1].Apps[0].RequestedTokenVersion = 1, 1
			return all
		},
		change: func(o *organization) {
			if o.Slug.String() == "fabrikam" {
				o.Connection.Versions, o.Connection.V1Audiences = tenants.V1AndV2, []string{o.Connection.Resource}
			}
		},
	})
	refused := k.visitor(t, "contoso", "alice").call(t, "whoami", `{}`)
	if c := k.challenged(t, refused, "contoso", "invalid_token"); !strings.Contains(c.description, "requestedAccessTokenVersion") {
		t.Errorf("the description names no remedy: %s", c.description)
	}
	allowed := k.visitor(t, "fabrikam", "alice")
	if v := claimsOf(t, allowed.token)["ver"]; v != "1.0" {
		t.Fatalf("the token is of version %v", v)
	}
	allowed.call(t, "whoami", `{}`).ok(t)
}

func TestKeyOfAnotherTenantConvincesNobody(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	contoso := company(t, "contoso")
	token, err := k.emulator.SignWithForeignKey(contoso.TID.String(), claimsOf(t, k.token(t, "contoso", "alice")))
	if err != nil {
		t.Fatal(err)
	}
	r := visitor{k.replica, "contoso", token}.call(t, "whoami", `{}`)
	if c := k.challenged(t, r, "contoso", "invalid_token"); !strings.Contains(c.description, "another Entra tenant") {
		t.Errorf("the key set holds the key, so the refusal must name its issuer: %s", c.description)
	}
}

func TestOversizedHeaderIsRefusedReadably(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	for size, status := range map[int]int{33 << 10: http.StatusUnauthorized, 60 << 10: http.StatusUnauthorized, 200 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r := visitor{k.replica, "contoso", strings.Repeat("x", size)}.call(t, "whoami", `{}`)
		if r.status != status || r.body == "" {
			t.Errorf("token of %d bytes: status %d, want %d: %.200q", size, r.status, status, r.body)
		}
	}
	k.visitor(t, "contoso", "alice").call(t, "whoami", `{}`).ok(t)
}
