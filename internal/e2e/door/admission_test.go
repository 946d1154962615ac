package door_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
)

// propagation is how long a change may take to reach a replica.
const propagation = 3 * time.Second

func TestAuthenticationComesBeforeEverything(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"} {
		for _, body := range []string{"", "garbage", "\x00\xff", `[]`, strings.Repeat("x", 5<<20)} {
			r := k.send(t, method, endpoint("contoso"), body, func(r *http.Request) {
				if method != "POST" {
					r.Body, r.ContentLength = http.NoBody, 0
				}
			})
			k.challenged(t, r, "contoso", "")
		}
	}
}

func TestTokenStandsInOneAuthorizationHeaderOnly(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	token := k.token(t, "contoso", "alice")
	elsewhere := k.send(t, http.MethodPost, endpoint("contoso")+"?access_token="+token, "access_token="+token, with("Content-Type", "application/x-www-form-urlencoded"))
	k.challenged(t, elsewhere, "contoso", "")
	for _, values := range [][]string{
		{"Bearer"},
		{"Bearer "},
		{"Basic " + token},
		{token},
		{"Bearer " + token + " "},
		{"Bearer  " + token},
		{"Bearer " + token + ", Bearer " + token},
		{"Bearer " + token, "Bearer " + token},
	} {
		r := visitor{k.replica, "contoso", ""}.call(t, "whoami", `{}`, func(r *http.Request) { r.Header["Authorization"] = values })
		if values[0] == "Bearer "+token+" " && len(values) == 1 {
			r.ok(t) // HTTP itself trims the value
			continue
		}
		k.challenged(t, r, "contoso", "invalid_token")
	}
}

func TestUnknownOrganizationGetsNoChallenge(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	token := k.token(t, "contoso", "alice")
	for _, slug := range []string{"adatum", "CONTOSO", "contoso.", "%00", "x%2fy", strings.Repeat("a", 500)} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			r := k.send(t, method, endpoint(slug), "", bearer(token))
			if r.status != http.StatusNotFound || r.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s %s: status %d, challenge %q", method, slug, r.status, r.header.Get("WWW-Authenticate"))
			}
		}
	}
}

func TestSuspendedOrganizationAnswersNobody(t *testing.T) {
	t.Parallel()
	k := start(t, setup{})
	alice, other := k.visitor(t, "contoso", "alice"), k.visitor(t, "fabrikam", "alice")
	alice.call(t, "whoami", `{}`).ok(t)
	operator := authz.SystemCaller(k.orgs["contoso"].ID, "test")
	set := func(s tenants.State) {
		t.Helper()
		if _, err := k.db.EditOrganization(t.Context(), operator, "state set", func(o *tenants.Organization) error { o.State = s; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	set(tenants.Suspended)
	changed := time.Now()
	eventually(t, "suspension is in force", func() bool { return alice.call(t, "whoami", `{}`).status == http.StatusForbidden })
	if took := time.Since(changed); took > propagation {
		t.Errorf("the suspension took %s to arrive", took)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if r := k.send(t, method, endpoint("contoso"), "", bearer(alice.token)); r.status != http.StatusForbidden {
			t.Errorf("%s: status %d", method, r.status)
		}
	}
	if r := alice.call(t, "whoami", `{}`); !strings.Contains(r.rpc(t).Description, "suspended") || r.header.Get("WWW-Authenticate") != "" {
		t.Errorf("the refusal is %v %s", r.header, r.body)
	}
	other.call(t, "whoami", `{}`).ok(t)
	set(tenants.Active)
	eventually(t, "resumption is in force", func() bool { return alice.call(t, "whoami", `{}`).status == http.StatusOK })
}

func TestRevocationReachesATokenInUse(t *testing.T) {
	t.Parallel()
	alice := person(t, company(t, "contoso"), "alice").OID.String()
	for _, row := range []struct {
		kind    authz.RevocationKind
		subject func(claims map[string]any) string
		danToo  bool
	}{
		{kind: authz.RevokePerson, subject: func(map[string]any) string { return alice }},
		{kind: authz.RevokeSession, subject: func(c map[string]any) string { return c["sid"].(string) }},
		{kind: authz.RevokeClient, subject: func(c map[string]any) string { return c["azp"].(string) }, danToo: true},
		{kind: authz.RevokeOrganization, subject: func(map[string]any) string { return "" }, danToo: true},
	} {
		t.Run(string(row.kind), func(t *testing.T) {
			t.Parallel()
			k := start(t, setup{})
			alice, dan := k.visitor(t, "contoso", "alice"), k.visitor(t, "contoso", "dan")
			alice.call(t, "whoami", `{}`).ok(t)
			dan.call(t, "whoami", `{}`).ok(t)
			cut := time.Now().Add(time.Second) // tokens carry whole seconds
			if err := k.db.Revoke(t.Context(), authz.SystemCaller(k.orgs["contoso"].ID, "test"), authz.Revocation{
				ID: tenants.NewGUID(), Kind: row.kind, Subject: row.subject(claimsOf(t, alice.token)), NotBefore: cut, ExpiresAt: cut.Add(time.Hour),
			}); err != nil {
				t.Fatal(err)
			}
			done := time.Now()
			eventually(t, "the revocation is in force", func() bool { return alice.call(t, "whoami", `{}`).status == http.StatusUnauthorized })
			if took := time.Since(done); took > propagation {
				t.Errorf("the revocation took %s to arrive", took)
			}
			if c := k.challenged(t, alice.call(t, "whoami", `{}`), "contoso", "invalid_token"); !strings.Contains(c.description, "revoked") {
				t.Errorf("the description does not say why: %s", c.description)
			}
			if got := dan.call(t, "whoami", `{}`).status; (got == http.StatusUnauthorized) != row.danToo {
				t.Errorf("somebody else's status is %d", got)
			}
			k.advance(t, 2*time.Second)
			k.visitor(t, "contoso", "alice").call(t, "whoami", `{}`).ok(t)
			if n := refusals(k.records(t, "contoso"))["revoked"]; n < 2 {
				t.Errorf("%d refusals in the log", n)
			}
			if n := len(k.recordsOf(t, "contoso", func(r audit.Record) bool { return r.Kind == audit.Revocation })); n != 1 {
				t.Errorf("%d revocations in the log, want 1", n)
			}
		})
	}
}
