package authserver_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func TestRefreshGivesTheNextTokens(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, first := i.grant("", "access_as_user")
	got := i.refresh(first)
	if got.status != http.StatusOK || got.text("token_type") != "Bearer" || got.body["expires_in"] != 600.0 || got.text("scope") != "access_as_user" {
		t.Fatalf("%d %v", got.status, got.body)
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.header)
	}
	claims := got.signed(t)
	id, _ := claims["jti"].(string)
	delete(claims, "jti")
	want := map[string]any{
		"iss": base + "/t/contoso", "aud": base + "/t/contoso/mcp", "sub": i.connection.Person.OID.String(), "oid": i.connection.Person.OID.String(),
		"tid": i.data.Organization.TID.String(), "client_id": clientID, "software": listed, "scope": "access_as_user", "name": "Alice", "acct": 0.0,
		"iat": float64(i.now.Unix()), "exp": float64(i.now.Unix() + 600), "connection": i.connection.ID.String(),
	}
	equal(t, claims, want)
	if len(id) != 36 {
		t.Errorf("jti %q", id)
	}
	second := got.text("refresh_token")
	if second == first || !strings.HasPrefix(second, "ghr_") {
		t.Errorf("refresh token %q", second)
	}
	if got := i.refresh(second); got.status != http.StatusOK {
		t.Errorf("%d %v", got.status, got.body)
	}
	if len(i.events) != 2 || i.events[0].Kind != "token_issued" || i.events[0].Detail != "refresh_token" || i.events[0].Target != base+"/t/contoso/mcp" {
		t.Errorf("%+v", i.events)
	}
}

// TestAnAnswerThatGotLostIsAskedForAgain: within the grace the token before
// returns the same successor; only what is signed is new.
func TestAnAnswerThatGotLostIsAskedForAgain(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, first := i.grant("", "access_as_user")
	successor := i.refresh(first).text("refresh_token")
	i.pass(connections.Grace - time.Second)
	again := i.refresh(first)
	if again.status != http.StatusOK || again.text("refresh_token") != successor {
		t.Errorf("%d %v", again.status, again.body)
	}
	if i.rotations != 1 {
		t.Errorf("rotated %d times", i.rotations)
	}
	if got := i.refresh(successor); got.status != http.StatusOK {
		t.Errorf("the successor: %d %v", got.status, got.body)
	}
}

func TestRefreshTokenInTwoHandsEndsTheGrant(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(i *issuing, successor string){
		"after the grace":        func(i *issuing, _ string) { i.pass(connections.Grace) },
		"two generations behind": func(i *issuing, successor string) { i.refresh(successor) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			_, first := i.grant("", "access_as_user")
			_, other := i.grant("", "access_as_user")
			successor := i.refresh(first).text("refresh_token")
			wait(i, successor)
			if got := i.refresh(first); !got.refused(http.StatusBadRequest, "invalid_grant") {
				t.Errorf("the old one: %d %v", got.status, got.body)
			}
			if got := i.refresh(successor); !got.refused(http.StatusBadRequest, "invalid_grant") {
				t.Errorf("the good one: %d %v", got.status, got.body)
			}
			if len(i.ended) != 1 || i.ended[0] != "refresh token used twice" {
				t.Errorf("%q", i.ended)
			}
			if got := i.refresh(other); got.status != http.StatusOK {
				t.Errorf("another grant: %d %v", got.status, got.body)
			}
		})
	}
}

func TestManyWhoRefreshAtOnceGetOneSuccessor(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, first := i.grant("", "access_as_user")
	var wg sync.WaitGroup
	successors := make([]string, 20)
	for at := range successors {
		wg.Go(func() { successors[at] = i.refresh(first).text("refresh_token") })
	}
	wg.Wait()
	for _, s := range successors {
		if s == "" || s != successors[0] {
			t.Fatalf("%q", successors)
		}
	}
	if i.rotations != 1 || len(i.ended) != 0 {
		t.Errorf("%d rotations, ended %q", i.rotations, i.ended)
	}
}

func TestRefreshIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(i *issuing)
		more   []string
		status int
		code   string
	}{
		"by another client": {
			before: func(i *issuing) {
				i.registered[otherID] = connections.Registered{ID: otherID}
			}, more: []string{"client_id", otherID}, status: 400, code: "invalid_grant",
		},
		"by the document of a client":     {more: []string{"client_id", "https://client.example/metadata"}, status: 400, code: "invalid_grant"},
		"of a registration that is gone":  {before: func(i *issuing) { delete(i.registered, clientID) }, status: 401, code: "invalid_client"},
		"by a client of hostile bytes":    {more: []string{"client_id", "gh_\x00\xff"}, status: 401, code: "invalid_client"},
		"without a client":                {more: []string{"client_id", ""}, status: 401, code: "invalid_client"},
		"with a secret":                   {more: []string{"client_secret", "x"}, status: 401, code: "invalid_client"},
		"with an assertion":               {more: []string{"client_assertion", "x"}, status: 401, code: "invalid_client"},
		"of another grant type":           {more: []string{"grant_type", "password"}, status: 400, code: "unsupported_grant_type"},
		"idle for long":                   {before: func(i *issuing) { i.pass(connections.IdleLife) }, status: 400, code: "invalid_grant"},
		"with more scopes":                {more: []string{"scope", "access_as_user payroll"}, status: 400, code: "invalid_scope"},
		"for another endpoint":            {more: []string{"resource", base + "/t/contoso/finance/mcp"}, status: 400, code: "invalid_target"},
		"for another organization":        {more: []string{"resource", base + "/t/fabrikam/mcp"}, status: 400, code: "invalid_target"},
		"for an endpoint there is not":    {more: []string{"resource", base + "/t/contoso/hr/mcp"}, status: 400, code: "invalid_target"},
		"for another server":              {more: []string{"resource", "https://evil.example/t/contoso/mcp"}, status: 400, code: "invalid_target"},
		"with a token nobody made":        {more: []string{"refresh_token", "ghr_" + strings.Repeat("A", 70)}, status: 400, code: "invalid_grant"},
		"with no token":                   {more: []string{"refresh_token", ""}, status: 400, code: "invalid_grant"},
		"for software not listed anymore": {before: func(i *issuing) { i.change(func(d *snapshot.Data) { d.Clients = nil }) }, status: 400, code: "invalid_grant"},
		"of a person who was cut off": {before: func(i *issuing) {
			i.pass(time.Second)
			i.revoke(authz.RevokePerson, i.connection.Person.OID.String())
		}, status: 400, code: "invalid_grant"},
		"of a connection that was cut off": {before: func(i *issuing) {
			i.pass(time.Second)
			i.revoke(authz.RevokeConnection, i.connection.ID.String())
		}, status: 400, code: "invalid_grant"},
		"of a client that was cut off": {before: func(i *issuing) {
			i.pass(time.Second)
			i.revoke(authz.RevokeClient, listed)
		}, status: 400, code: "invalid_grant"},
		"of a guest who is not admitted": {before: func(i *issuing) {
			i.connection.Person.Guest = true
			i.change(func(d *snapshot.Data) { d.Organization.Connection.Guests = tenants.Refuse })
		}, status: 400, code: "invalid_grant"},
		"in a suspended organization":   {before: func(i *issuing) { i.change(func(d *snapshot.Data) { d.Organization.State = tenants.Suspended }) }, status: 403, code: "access_denied"},
		"in direct mode":                {before: func(i *issuing) { i.change(func(d *snapshot.Data) { d.Organization.Mode = tenants.Direct }) }, status: 404, code: "invalid_request"},
		"while nothing can be recorded": {before: func(i *issuing) { i.shut = fault.New(fault.Unavailable, "the log is away") }, status: 503, code: "temporarily_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuing(t)
			g, token := i.grant("", "access_as_user")
			if tt.before != nil {
				tt.before(i)
			}
			got := i.refresh(token, tt.more...)
			if !got.refused(tt.status, tt.code) || got.text("access_token") != "" {
				t.Errorf("%d %v", got.status, got.body)
			}
			if (got.status == http.StatusUnauthorized) != (got.header.Get("WWW-Authenticate") != "") {
				t.Errorf("%v", got.header)
			}
			if left, there := i.grants[g.ID]; !there || left.Generation != 1 && tt.status != http.StatusServiceUnavailable {
				t.Errorf("a refusal has changed the grant: %+v", left)
			}
		})
	}
}

func (i *issuing) revoke(kind authz.RevocationKind, subject string) {
	i.change(func(d *snapshot.Data) {
		d.Revocations = []authz.Revocation{{ID: tenants.NewGUID(), Kind: kind, Subject: subject, NotBefore: i.clock(), ExpiresAt: i.clock().Add(time.Hour)}}
	})
}

// TestAGrantEndsWhateverItsUse: refreshing every day does not make it longer.
func TestAGrantEndsWhateverItsUse(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, token := i.grant("", "access_as_user")
	for range 89 {
		i.pass(24 * time.Hour)
		if token = i.refresh(token).text("refresh_token"); token == "" {
			t.Fatal("it has ended before its time")
		}
	}
	i.pass(24 * time.Hour)
	if got := i.refresh(token); !got.refused(http.StatusBadRequest, "invalid_grant") {
		t.Errorf("%d %v", got.status, got.body)
	}
}

func TestRefreshFollowsTheGrant(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	i.connection.Person.Guest = true
	g, token := i.grant("finance", "access_as_user", "payroll")
	i.mu.Lock()
	g.Contexts = []string{"c1"}
	i.grants[g.ID] = g
	i.mu.Unlock()
	for _, resource := range []string{"", base, base + "/", base + "/t/contoso/finance/mcp", base + "/t/contoso/finance/mcp/"} {
		got := i.refresh(token, "resource", resource)
		claims := got.signed(t)
		if claims["aud"] != base+"/t/contoso/finance/mcp" || claims["scope"] != "access_as_user payroll" || claims["acct"] != 1.0 {
			t.Errorf("%q: %v", resource, claims)
		}
		equal(t, claims["acrs"], []any{"c1"})
		token = got.text("refresh_token")
	}
	if got := i.refresh(token, "scope", "payroll offline_access"); got.text("scope") != "payroll" || got.signed(t)["scope"] != "payroll" {
		t.Errorf("%d %v", got.status, got.body)
	}
}

// TestARefreshTokenIsOfOneOrganization: another one's key makes another MAC, and
// no bit of a token can be changed.
func TestARefreshTokenIsOfOneOrganization(t *testing.T) {
	t.Parallel()
	i, other := newIssuing(t), newIssuing(t)
	g, good := i.grant("", "access_as_user")
	if got := i.refresh(authserver.RefreshToken(other.snap.Key, g.ID, 1)); !got.refused(http.StatusBadRequest, "invalid_grant") {
		t.Errorf("another organization's: %d %v", got.status, got.body)
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(good, "ghr_"))
	if err != nil {
		t.Fatal(err)
	}
	for at := range raw {
		raw[at] ^= 1
		if got := i.refresh("ghr_" + base64.RawURLEncoding.EncodeToString(raw)); !got.refused(http.StatusBadRequest, "invalid_grant") {
			t.Errorf("byte %d changed: %d %v", at, got.status, got.body)
		}
		raw[at] ^= 1
	}
	for name, token := range map[string]string{"no prefix": strings.TrimPrefix(good, "ghr_"), "a line break": good[:20] + "\n" + good[20:], "more": good + "A"} {
		if got := i.refresh(token); !got.refused(http.StatusBadRequest, "invalid_grant") {
			t.Errorf("%s: %d %v", name, got.status, got.body)
		}
	}
	if got := i.refresh(good); got.status != http.StatusOK {
		t.Errorf("%d %v", got.status, got.body)
	}
}

func TestFormsAreReadStrictly(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, token := i.grant("", "access_as_user")
	body := url.Values{"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {token}}.Encode()
	kind := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for name, tt := range map[string]struct {
		body   string
		header http.Header
		status int
		code   string
	}{
		"JSON":                  {`{"grant_type":"refresh_token"}`, http.Header{"Content-Type": {"application/json"}}, 400, "invalid_request"},
		"no type":               {body, http.Header{}, 400, "invalid_request"},
		"a parameter twice":     {body + "&client_id=" + clientID, kind, 400, "invalid_request"},
		"two resources":         {body + "&resource=" + base + "&resource=" + base, kind, 400, "invalid_target"},
		"bad encoding":          {body + "&x=%zz", kind, 400, "invalid_request"},
		"a large body":          {body + "&x=" + strings.Repeat("a", 20_000), kind, 400, "invalid_request"},
		"another client's name": {body, http.Header{"Content-Type": kind["Content-Type"], "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("gh_x:"))}}, 401, "invalid_client"},
		"a password":            {body, http.Header{"Content-Type": kind["Content-Type"], "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":x"))}}, 401, "invalid_client"},
		"a page of somebody":    {body, http.Header{"Content-Type": kind["Content-Type"], "Origin": {"https://evil.example"}}, 403, "access_denied"},
	} {
		if got := i.send("/t/contoso/token", tt.body, tt.header); !got.refused(tt.status, tt.code) {
			t.Errorf("%s: %d %v", name, got.status, got.body)
		}
	}
	r := http.Header{"Content-Type": kind["Content-Type"], "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"))}}
	if got := i.send("/t/contoso/token", body, r); got.status != http.StatusOK {
		t.Errorf("a client that names itself in the header: %d %v", got.status, got.body)
	}
	if got := i.post("/t/nobody/token", url.Values{}); got.status != http.StatusNotFound {
		t.Errorf("%d", got.status)
	}
}

func TestRevocationEndsTheGrant(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	g, token := i.grant("", "access_as_user")
	ask := func(client, token string) answered {
		return i.post("/t/contoso/revoke", url.Values{"client_id": {client}, "token": {token}})
	}
	if got := ask(otherID, token); got.status != http.StatusOK || len(i.grants) != 1 {
		t.Errorf("another client: %d, %d grants", got.status, len(i.grants))
	}
	if got := ask(clientID, "ghr_nonsense"); got.status != http.StatusOK || len(i.grants) != 1 {
		t.Errorf("nonsense: %d, %d grants", got.status, len(i.grants))
	}
	if got := ask(clientID, "a.b.c"); !got.refused(400, "unsupported_token_type") {
		t.Errorf("an access token: %d %v", got.status, got.body)
	}
	if got := ask(clientID, ""); !got.refused(400, "invalid_request") {
		t.Errorf("nothing: %d %v", got.status, got.body)
	}
	i.change(func(d *snapshot.Data) { d.Organization.Mode = tenants.Direct })
	if got := ask(clientID, token); got.status != http.StatusOK || len(i.grants) != 0 {
		t.Errorf("%d, %d grants", got.status, len(i.grants))
	}
	if got := ask(clientID, authserver.RefreshToken(i.snap.Key, g.ID, 1)); got.status != http.StatusOK {
		t.Errorf("a second time: %d", got.status)
	}
}

// TestSoftwareFollowsTheList: what an admin has listed meanwhile, the host of a
// document or the document, is what rules know the client by from then on.
func TestSoftwareFollowsTheList(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	const document = "https://client.example/metadata.json"
	i.connection.Client, i.connection.Software = document, document
	_, token := i.grant("", "access_as_user")
	for _, list := range [][]string{{document}, {"https://client.example"}, {"https://client.example", document}} {
		i.change(func(d *snapshot.Data) {
			d.Clients = nil
			for _, id := range list {
				d.Clients = append(d.Clients, tenants.Client{ID: id, Name: "Client"})
			}
		})
		got := i.refresh(token, "client_id", document)
		if want := list[len(list)-1]; got.signed(t)["software"] != want {
			t.Errorf("listed %q: %v", list, got.body)
		}
		token = got.text("refresh_token")
	}
}

// TestWhomEntraDoesNotLetInGetsNothingMore: their access would outlive their account,
// by ninety days.
func TestWhomEntraDoesNotLetInGetsNothingMore(t *testing.T) {
	t.Parallel()
	i := newIssuing(t)
	_, token := i.grant("", "access_as_user")
	i.connection.Entra, i.connection.EntraAt = []byte("encrypted"), i.now
	got := i.refresh(token)
	if got.status != http.StatusOK {
		t.Fatalf("%d %v", got.status, got.body)
	}
	i.connection.Entra = nil
	if got := i.refresh(got.text("refresh_token")); !got.refused(http.StatusBadRequest, "invalid_grant") || i.rotations != 1 {
		t.Errorf("%d %v", got.status, got.body)
	}
}
