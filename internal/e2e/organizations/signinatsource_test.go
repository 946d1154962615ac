package organizations_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
)

// vaulted is Contoso with the vault behind it.
type vaulted struct {
	*stack
	vault  *vault
	admin  *client
	source string // path
}

// contosoVault adds the vault, has Carol sign in to it for the first look, and
// approves its tool for everybody.
func contosoVault(t *testing.T) *vaulted {
	t.Helper()
	k := start(t, setup{companies: true})
	b := &vaulted{stack: k, vault: k.startVault(t), admin: k.as(t, "contoso", "carol"), source: at("contoso", "sources", "vault")}
	b.admin.post(at("contoso", "sources"), console.NewSource{Name: "vault", SourceSettings: console.SourceSettings{Title: "The vault", URL: b.vault.url}}, &console.Source{})
	b.admin.change(http.MethodPut, b.source+"/credential", b.source, console.NewSourceCredential{SourceCredential: console.SourceCredential{Kind: tools.UserAuthorization}}).want(http.StatusOK)
	var role console.Role
	b.admin.post(at("contoso", "roles"), console.RoleSettings{Name: "Vault", Permissions: []console.Permission{{Effect: authz.Allow, Patterns: []string{"vault_*"}}}}, &role)
	b.admin.post(at("contoso", "assignments"), console.AssignmentSettings{Role: role.ID, Subject: console.Subject{Kind: authz.SubjectEverybody}}, &console.Assignment{})
	var first answer
	eventually(t, "the source is known", inForce, func() bool {
		first = b.admin.ask(http.MethodPost, b.source+"/refresh", nil)
		return strings.Contains(first.body, "wants you to sign in")
	})
	b.signIn(t, "carol", "carol@vault", linkIn(t, first.body))
	b.admin.ask(http.MethodPost, b.source+"/refresh", nil).want(http.StatusOK)
	var d console.DefinitionText
	b.admin.get(b.source+"/definitions/tool/whose", &d)
	b.admin.ask(http.MethodPost, b.source+"/approve", map[string]any{"definitions": []console.ToApprove{
		{Kind: tools.KindTool, Name: "whose", Hash: d.Hash.String(), Effect: tools.Read},
	}}).want(http.StatusOK)
	return b
}

var links = regexp.MustCompile(`http://localhost:[0-9]+/t/contoso/sources/authorize\?request=[A-Za-z0-9_-]+`)

func linkIn(t *testing.T, text string) string {
	t.Helper()
	link := links.FindString(text)
	if link == "" {
		t.Fatalf("there is no link in %s", text)
	}
	return link
}

// walk has somebody of Contoso walk a link to its end, who signs in to the vault
// with an account; empty: they decline there.
func (b *vaulted) walk(t *testing.T, name, account, link string) (string, error) {
	t.Helper()
	b.vault.set(func(v *vault) { v.account = account })
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	w := browser.New(transport, b.places.Entra, person("contoso", name).OID.String())
	at, err := url.Parse(b.vault.url)
	if err != nil {
		t.Fatal(err)
	}
	w.Also, w.Wish = []string{b.places.Base, "http://" + at.Host}, "allow"
	away, last, err := w.Walk(t.Context(), link)
	if away != nil {
		t.Fatalf("the walk leads to %s", away.URL)
	}
	return last.Text, err
}

func (b *vaulted) signIn(t *testing.T, name, account, link string) {
	t.Helper()
	if last, err := b.walk(t, name, account, link); err != nil || !strings.Contains(last, "You are signed in to The vault") {
		t.Fatalf("%v: %s", err, last)
	}
}

func (b *vaulted) of(t *testing.T, name string) string {
	t.Helper()
	who := person("contoso", name)
	return (&behind{stack: b.stack}).token(t, strings.Split(who.Username, "@")[0], "")
}

// capable is a client that sends people to URLs; mute one that does not.
const (
	capable = `"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}}`
	mute    = `"io.modelcontextprotocol/clientCapabilities":{}`
)

// said is a reply to the tool of the vault.
type said struct {
	body   string
	Result struct {
		ResultType    string
		IsError       bool
		Content       []struct{ Text string }
		RequestState  string
		InputRequests map[string]struct {
			Method string
			Params struct{ Mode, URL, Message string }
		}
	}
	Error *struct {
		Code    int
		Message string
		Data    struct {
			Elicitations []struct{ Mode, URL, Message, ElicitationID string }
		}
	}
}

func (s said) text() string {
	if len(s.Result.Content) > 0 {
		return s.Result.Content[0].Text
	}
	return ""
}

// asks calls the tool in the modern era, with whatever goes back besides.
func (b *vaulted) asks(t *testing.T, token, capabilities, back string) said {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"vault_whose","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` + capabilities + `}` + back + `}}`
	return b.sends(t, token, body, map[string]string{"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "vault_whose"})
}

func (b *vaulted) sends(t *testing.T, token, body string, headers map[string]string) (s said) {
	t.Helper()
	eventually(t, "the tool is known", inForce, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.places.Base+"/t/contoso/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range headers {
			req.Header.Set(name, value)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json, text/event-stream")
		resp, err := b.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		s = said{body: string(text)}
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		return !strings.Contains(s.body, "unknown tool")
	})
	return s
}

// linkFor is where somebody is sent who has not signed in.
func (b *vaulted) linkFor(t *testing.T, token string) string {
	t.Helper()
	s := b.asks(t, token, capable, "")
	asked, ok := s.Result.InputRequests["gatehouse_sign_in"]
	if !ok || s.Result.ResultType != "input_required" || asked.Method != "elicitation/create" || asked.Params.Mode != "url" || s.Result.RequestState == "" ||
		!strings.Contains(asked.Params.Message, "The vault") || !strings.Contains(asked.Params.Message, company("contoso").Name) {
		t.Fatalf("%s", s.body)
	}
	return linkIn(t, asked.Params.URL)
}

// hears calls the tool and holds it to an account.
func (b *vaulted) hears(t *testing.T, token, account string) {
	t.Helper()
	if s := b.asks(t, token, capable, ""); s.text() != "the vault of "+account {
		t.Fatalf("wants %s, and hears %s", account, s.body)
	}
}

// TestPersonSignsInAtASource goes through the life of a source at which each
// person signs in: with a client of the modern era, which comes back with what it
// was given.
func TestPersonSignsInAtASource(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice, dan := b.of(t, "alice"), b.of(t, "dan")
	before := b.asks(t, alice, capable, "")
	b.signIn(t, "alice", "alice@vault", linkIn(t, before.Result.InputRequests["gatehouse_sign_in"].Params.URL))
	back := `,"requestState":"` + before.Result.RequestState + `","inputResponses":{"gatehouse_sign_in":{"action":"accept"}}`
	if s := b.asks(t, alice, capable, back); s.text() != "the vault of alice@vault" {
		t.Errorf("the round does not go on: %s", s.body)
	}
	b.hears(t, alice, "alice@vault")
	b.signIn(t, "dan", "dan@vault", b.linkFor(t, dan)) // whose token Alice's is not
	b.hears(t, dan, "dan@vault")
	b.hears(t, alice, "alice@vault")
	if n := len(b.vault.clients); n != 1 {
		t.Errorf("Gatehouse has registered %d times", n)
	}
}

// TestWhoDoesNotSignInIsNotAskedAgain in the same round.
func TestWhoDoesNotSignInIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice := b.of(t, "alice")
	state := b.asks(t, alice, capable, "").Result.RequestState
	for _, action := range []string{"decline", "cancel"} {
		if s := b.asks(t, alice, capable, `,"requestState":"`+state+`","inputResponses":{"gatehouse_sign_in":{"action":"`+action+`"}}`); !s.Result.IsError || !strings.Contains(s.text(), "did not go to sign in") {
			t.Errorf("%s: %s", action, s.body)
		}
	}
	if last, err := b.walk(t, "alice", "", b.linkFor(t, alice)); err == nil || !strings.Contains(last, "The vault gave nothing") {
		t.Errorf("%v %s", err, last)
	}
	if s := b.asks(t, alice, mute, ""); !s.Result.IsError || !strings.Contains(s.text(), "The vault wants you to sign in") || linkIn(t, s.text()) == "" {
		t.Errorf("a client that cannot send anybody anywhere gets %s", s.body)
	}
}

// TestLinkIsForWhoWasGivenIt: whoever has somebody else sign in would have their
// account shown in calls of their own, or show their own in the other's.
func TestLinkIsForWhoWasGivenIt(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	for _, row := range []struct{ of, opens string }{{"alice", "dan"}, {"dan", "alice"}} {
		link := b.linkFor(t, b.of(t, row.of))
		last, err := b.walk(t, row.opens, "phished@vault", link)
		if err == nil || !strings.Contains(last, "This link is for somebody else") {
			t.Errorf("%s opens the link of %s: %v %s", row.opens, row.of, err, last)
		}
		for _, name := range []string{row.of, row.opens} {
			b.linkFor(t, b.of(t, name)) // nobody has signed in
		}
		recorded := 0
		for _, r := range b.records(t, "contoso") {
			if r.Reason == "source_sign_in_of_another" && r.Actor.OID == person("contoso", row.opens).OID {
				recorded++
			}
		}
		if recorded != 1 {
			t.Errorf("%d records that %s has opened it", recorded, row.opens)
		}
	}
	if n := len(b.vault.codes); n != 0 {
		t.Errorf("the vault has given %d codes", n)
	}
}

// TestSourceSignInIsRenewedAndEnds: by time, by the vault, by the person.
func TestSourceSignInIsRenewedAndEnds(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	b.signIn(t, "alice", "alice@vault", b.linkFor(t, b.of(t, "alice")))
	b.hears(t, b.of(t, "alice"), "alice@vault")
	first := b.vault.last()
	b.pass(59 * time.Minute)
	b.awaitReady(t, b.replica)
	b.hears(t, b.of(t, "alice"), "alice@vault")
	second := b.vault.last()
	if second == first {
		t.Error("the token is still shown shortly before its end")
	}
	b.vault.set(func(v *vault) { delete(v.tokens, second) })
	b.pass(2 * time.Minute)
	b.awaitReady(t, b.replica)
	b.hears(t, b.of(t, "alice"), "alice@vault") // renewed, because the vault has not taken it
	b.vault.set(func(v *vault) { clear(v.tokens); clear(v.refresh) })
	b.pass(2 * time.Minute)
	b.awaitReady(t, b.replica)
	b.linkFor(t, b.of(t, "alice"))
}

// last is the token that the vault was shown last.
func (v *vault) last() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shown[len(v.shown)-1]
}

// authorizations lists those of Contoso, or of one person.
func authorizationsAt(t *testing.T, c *client, path string) []console.SourceAuthorization {
	t.Helper()
	var page console.Page[console.SourceAuthorization]
	c.get(path, &page)
	return page.Items
}

// TestSignInsAtSourcesAreListedAndRevoked by the person, and by an admin.
func TestSignInsAtSourcesAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice, dan := b.of(t, "alice"), b.of(t, "dan")
	for name, token := range map[string]string{"alice": alice, "dan": dan} {
		b.signIn(t, name, name+"@vault", b.linkFor(t, token))
		b.hears(t, token, name+"@vault")
	}
	shown := b.vault.last()
	all := authorizationsAt(t, b.admin, at("contoso", "source-authorizations")+"?source=vault")
	of := map[string]console.SourceAuthorization{}
	for _, a := range all {
		of[a.Person.OID.String()] = a
	}
	if len(all) != 3 || len(of) != 3 { // Carol's too
		t.Fatalf("%+v", all)
	}
	danAsHimself := b.signedIn(t, person("contoso", "dan").OID)
	mine := authorizationsAt(t, danAsHimself, "/api/me/source-authorizations")
	if len(mine) != 1 || mine[0].Person.OID != person("contoso", "dan").OID || mine[0].SourceName != "vault" || mine[0].Issuer == "" {
		t.Fatalf("%+v", mine)
	}
	hers := of[person("contoso", "alice").OID.String()].ID.String()
	danAsHimself.ask(http.MethodDelete, "/api/me/source-authorizations/"+hers, nil).want(http.StatusNotFound)
	danAsHimself.ask(http.MethodDelete, "/api/me/source-authorizations/"+mine[0].ID.String(), nil).want(http.StatusNoContent)
	b.linkFor(t, dan)
	b.hears(t, alice, "alice@vault")
	b.admin.ask(http.MethodDelete, at("contoso", "source-authorizations", hers), nil).want(http.StatusNoContent)
	b.linkFor(t, alice)
	b.vault.set(func(v *vault) {
		if len(v.revoked) == 0 || len(v.tokens) != 1 || len(v.refresh) != 1 { // Carol's
			t.Errorf("the vault has heard of %d, and still takes %d", len(v.revoked), len(v.tokens))
		}
	})
	consents, revocations := 0, 0
	for _, r := range b.records(t, "contoso") {
		if strings.Contains(r.Before+r.After+r.Detail, shown) {
			t.Errorf("a token is in the record %+v", r)
		}
		switch {
		case r.Kind == audit.Consent && strings.HasPrefix(r.Target, "source authorization "):
			consents++
		case r.Kind == audit.Revocation && r.Target == "revoked source authorization":
			revocations++
		}
	}
	if consents != 3 || revocations != 2 {
		t.Errorf("%d records of agreeing, %d of revoking", consents, revocations)
	}
}

// TestChangeOfTheSourceDropsSignIns: what leads elsewhere is shown nobody's token.
func TestChangeOfTheSourceDropsSignIns(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice := b.of(t, "alice")
	b.signIn(t, "alice", "alice@vault", b.linkFor(t, alice))
	b.hears(t, alice, "alice@vault")
	open := b.linkFor(t, b.of(t, "dan"))
	var is console.Source
	b.admin.get(b.source, &is)
	is.URL = "https://elsewhere.example/mcp"
	b.admin.change(http.MethodPut, b.source, b.source, is.SourceSettings).refused(http.StatusUnprocessableEntity, "leads elsewhere than the credential was given for")
	b.admin.change(http.MethodPut, b.source+"/credential", b.source, console.NewSourceCredential{SourceCredential: console.SourceCredential{Kind: tools.UserAuthorization}}).want(http.StatusOK)
	eventually(t, "the credential counts", inForce, func() bool { return b.asks(t, alice, capable, "").Result.ResultType == "input_required" })
	if last, err := b.walk(t, "dan", "dan@vault", open); err == nil || !strings.Contains(last, "The source has changed") {
		t.Errorf("%v %s", err, last)
	}
	if all := authorizationsAt(t, b.admin, at("contoso", "source-authorizations")); len(all) != 0 {
		t.Errorf("left are %+v", all)
	}
}

// TestMorePermissionsAreAskedFor, once: a sign-in that brings no more is not asked
// for again.
func TestMorePermissionsAreAskedFor(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice := b.of(t, "alice")
	b.signIn(t, "alice", "alice@vault", b.linkFor(t, alice))
	b.hears(t, alice, "alice@vault")
	b.vault.set(func(v *vault) { v.wants = "vault.write" })
	s := b.asks(t, alice, capable, "")
	if !strings.Contains(s.Result.InputRequests["gatehouse_sign_in"].Params.Message, "permit more than before") {
		t.Fatalf("%s", s.body)
	}
	b.signIn(t, "alice", "alice@vault", linkIn(t, s.Result.InputRequests["gatehouse_sign_in"].Params.URL))
	b.hears(t, alice, "alice@vault")
	for _, a := range authorizationsAt(t, b.admin, at("contoso", "source-authorizations")+"?person="+person("contoso", "alice").OID.String()) {
		if !slices.Contains(a.Scopes, "vault.write") || !slices.Contains(a.Scopes, "vault.read") {
			t.Errorf("granted is %v", a.Scopes)
		}
	}
	b.vault.set(func(v *vault) {
		v.wants = "vault.read" // which everybody asks for, and this vault takes away
		for name, is := range v.tokens {
			is.scope = "vault.write"
			v.tokens[name] = is
		}
	})
	if s := b.asks(t, alice, capable, ""); !s.Result.IsError || !strings.Contains(s.text(), "does not let you do this with your sign-in") {
		t.Errorf("%s", s.body)
	}
}

// TestClientOfASessionIsSentToTheSource in the way of its revision: with the error
// that names the URL (2025-11-25), after which it repeats the call.
func TestClientOfASessionIsSentToTheSource(t *testing.T) {
	t.Parallel()
	b := contosoVault(t)
	alice := b.of(t, "alice")
	for _, row := range []struct {
		capabilities string
		code         int
	}{{`{"elicitation":{"url":{}}}`, -32042}, {`{"elicitation":{"form":{}}}`, 0}, {`{}`, 0}} {
		session := b.initialize(t, alice, row.capabilities)
		s := b.sends(t, alice, legacyCall, map[string]string{"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session})
		if row.code == 0 {
			if s.Error != nil || !s.Result.IsError || linkIn(t, s.text()) == "" {
				t.Errorf("%s: %s", row.capabilities, s.body)
			}
			continue
		}
		if s.Error == nil || s.Error.Code != row.code || len(s.Error.Data.Elicitations) != 1 {
			t.Fatalf("%s: %s", row.capabilities, s.body)
		}
		e := s.Error.Data.Elicitations[0]
		if e.Mode != "url" || e.ElicitationID == "" || !strings.HasPrefix(e.Message, "The vault wants you to sign in") {
			t.Errorf("%+v", e)
		}
		b.signIn(t, "alice", "alice@vault", linkIn(t, e.URL))
		if s := b.sends(t, alice, legacyCall, map[string]string{"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": session}); s.text() != "the vault of alice@vault" {
			t.Errorf("%s", s.body)
		}
		b.admin.ask(http.MethodDelete, at("contoso", "source-authorizations", authorizationsAt(t, b.admin, at("contoso", "source-authorizations")+"?person="+person("contoso", "alice").OID.String())[0].ID.String()), nil).want(http.StatusNoContent)
	}
	refused := 0
	for _, r := range b.records(t, "contoso") {
		if r.Reason == "sign_in_at_source" && r.Outcome == audit.Refused {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d calls are recorded as refused until somebody signs in", refused)
	}
}

const legacyCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"vault_whose","arguments":{}}}`

// initialize begins a session of 2025-11-25.
func (b *vaulted) initialize(t *testing.T, token, capabilities string) string {
	t.Helper()
	body := `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":` + capabilities + `,"clientInfo":{"name":"a","version":"1"}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.places.Base+"/t/contoso/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	session := resp.Header.Get("Mcp-Session-Id")
	if session == "" {
		t.Fatalf("no session begins: %d", resp.StatusCode)
	}
	return session
}

// TestSignInAtASourceWorksInEveryMode of the organization, with Entra's tokens.
func TestSignInAtASourceWorksInEveryMode(t *testing.T) {
	t.Parallel()
	b := contosoVault(t) // direct
	for i, mode := range []tenants.AuthMode{tenants.Facade, tenants.Brokered} {
		name := []string{"alice", "dan"}[i]
		token := b.of(t, name)
		_, err := b.db.EditOrganization(t.Context(), authz.SystemCaller(b.orgs["contoso"].ID, "test"), "mode", func(o *tenants.Organization) error {
			o.Mode, o.AcceptEntraTokens = mode, mode == tenants.Brokered
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.signIn(t, name, name+"@vault", b.linkFor(t, token))
		b.hears(t, token, name+"@vault")
	}
}
