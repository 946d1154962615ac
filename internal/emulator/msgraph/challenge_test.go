package msgraph_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/msgraph"
)

var claimsParameter = regexp.MustCompile(`^Bearer realm="", authorization_uri="` + loginURL + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="([A-Za-z0-9+/]+=*)"$`)

// demand is what a claims challenge asks for.
func (a answer) demand(t *testing.T) string {
	t.Helper()
	a.refuses(t, 401, "InvalidAuthenticationToken")
	found := claimsParameter.FindStringSubmatch(a.header.Get("WWW-Authenticate"))
	if found == nil {
		t.Fatalf("WWW-Authenticate is %q", a.header.Get("WWW-Authenticate"))
	}
	text, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (g *rig) revoke(oid string) {
	g.t.Helper()
	err := g.directory.Change(mailTenant, func(tenant *directory.Tenant) error {
		return tenant.SetUser(oid, directory.UserChange{Revoke: g.clock.read()})
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

// capableToken is a token as the sign-in service makes it for a client that
// handles claims challenges.
func (g *rig) capableToken(oid string, session uint64) string {
	g.t.Helper()
	aio, err := g.sealer.Seal("session", map[string]any{"User": oid, "Generation": session})
	if err != nil {
		g.t.Fatal(err)
	}
	return g.signed(map[string]any{"oid": oid, "scp": "User.Read Mail.Read", "xms_cc": []string{"CP1"}, "aio": aio})
}

func TestARevokedSessionIsChallengedAtOnce(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.capableToken(nora, 0)
	g.ok(token, "/v1.0/me")
	g.revoke(nora)
	const want = `{"access_token":{"nbf":{"essential":true,"value":"1795435200"}}}`
	challenge := g.fetch(token, "/v1.0/me")
	if got := challenge.demand(t); got != want {
		t.Errorf("the challenge asks for %s, want %s", got, want)
	}
	challenge.golden(t, "error-claims-challenge")
	if got := g.fetch(token, "/v1.0/me/messages").demand(t); got != want {
		t.Errorf("the challenge of mail asks for %s, want %s", got, want)
	}
	g.ok(g.capableToken(nora, 1), "/v1.0/me")
	g.ok(g.capableToken(omar, 0), "/v1.0/me")
}

func TestWithoutASealedSessionTheTimeOfIssueTells(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	claims := map[string]any{"oid": nora, "scp": "User.Read", "xms_cc": []string{"cp1"}}
	before := g.signed(claims)
	g.advance(time.Second)
	g.revoke(nora)
	if got := g.fetch(before, "/v1.0/me").demand(t); !strings.Contains(got, `"nbf"`) {
		t.Errorf("the challenge asks for %s", got)
	}
	g.ok(g.signed(claims), "/v1.0/me")
}

func TestARevokedSessionOfAnIncapableClientGoesOn(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	token := g.person(nora, "User.Read")
	g.advance(time.Minute)
	g.revoke(nora)
	g.ok(token, "/v1.0/me")
	g.advance(time.Hour)
	g.fetch(token, "/v1.0/me").refuses(t, 401, "InvalidAuthenticationToken")
}

func TestAPathCanDemandAnAuthenticationContext(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	set := func(path, acrs string) {
		t.Helper()
		if err := g.SetChallenge(path, acrs); err != nil {
			t.Fatal(err)
		}
	}
	token := func(acrs any) string {
		return g.signed(map[string]any{"oid": nora, "scp": "User.Read Mail.Read", "acrs": acrs, "xms_cc": []string{"cp1"}})
	}
	set("/v1.0/me", "c1")
	set("/v1.0/me/messages", "c25")
	for path, demand := range map[string]string{"/v1.0/me": "c1", "/v1.0/me/mailFolders": "c1", "/v1.0/me/messages": "c25"} {
		want := `{"access_token":{"acrs":{"essential":true,"value":"` + demand + `"}}}`
		for _, has := range []any{nil, "c2", []string{"c2", "p1"}} {
			if got := g.fetch(token(has), path).demand(t); got != want {
				t.Errorf("%s with %v asks for %s, want %s", path, has, got, want)
			}
		}
		g.ok(token(demand), path)
		g.ok(token([]string{"p1", demand}), path)
	}
	g.fetch(token(nil), "/v1.0/message").refuses(t, 404, "Request_ResourceNotFound")
	g.ok(g.appToken("Mail.Read"), "/v1.0/users/"+nora+"/messages")
	set("/v1.0/me", "")
	g.ok(token(nil), "/v1.0/me")
	g.fetch(token(nil), "/v1.0/me/messages").demand(t)
	g.Reset()
	g.ok(token(nil), "/v1.0/me/messages")
}

func TestADemandIsNoChallengeToAnIncapableClient(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	if err := g.SetChallenge("/v1.0/me", "c1"); err != nil {
		t.Fatal(err)
	}
	for _, capabilities := range []any{nil, "cp2", []string{"protapp"}} {
		a := g.fetch(g.signed(map[string]any{"oid": nora, "scp": "User.Read", "xms_cc": capabilities}), "/v1.0/me")
		a.refuses(t, 403, "Authorization_RequestDenied")
		if !strings.Contains(a.message(), "authentication context c1") || a.header.Get("WWW-Authenticate") != "" {
			t.Errorf("with %v: %s %v", capabilities, a.text, a.header)
		}
	}
	g.ok(g.signed(map[string]any{"oid": nora, "scp": "User.Read", "acrs": "c1"}), "/v1.0/me")
}

func TestDemandsThatCannotBeMetAreRefused(t *testing.T) {
	t.Parallel()
	g := newMailRig(t, msgraph.Limits{})
	for _, row := range []struct{ path, acrs string }{
		{"", "c1"}, {"v1.0/me", "c1"}, {"/v1.0/me", "c0"}, {"/v1.0/me", "c100"}, {"/v1.0/me", "C1"}, {"/v1.0/me", "c1 "}, {"/v1.0/me", "mfa"},
	} {
		if err := g.SetChallenge(row.path, row.acrs); err == nil {
			t.Errorf("path %q demands %q", row.path, row.acrs)
		}
	}
	g.ok(g.person(nora, "User.Read"), "/v1.0/me")
}

func TestBelowComparesWholeSegments(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		path, above string
		want        bool
	}{
		{"/v1.0/me", "/v1.0/me", true},
		{"/v1.0/me/messages", "/v1.0/me", true},
		{"/v1.0/me/messages", "/v1.0/me/", true},
		{"/v1.0/messages", "/v1.0/me", false},
		{"/v1.0", "/v1.0/me", false},
		{"/anything", "/", true},
		{"/anything", "", true},
	} {
		if got := msgraph.Below(row.path, row.above); got != row.want {
			t.Errorf("Below(%q, %q) = %v", row.path, row.above, got)
		}
	}
}
