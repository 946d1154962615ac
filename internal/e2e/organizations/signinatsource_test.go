package organizations_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/console"
	"gatehouse/internal/demo/browser"
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
	first := b.vault.shown[len(b.vault.shown)-1]
	b.pass(59 * time.Minute)
	b.awaitReady(t, b.replica)
	b.hears(t, b.of(t, "alice"), "alice@vault")
	second := b.vault.shown[len(b.vault.shown)-1]
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
