package organizations_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/connections"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/demo/browser"
	"gatehouse/internal/tenants"
)

// loopback is where programs wait for their answer.
const loopback = "http://127.0.0.1:33418/callback"

// program is an AI client that knows an organization's endpoint and nothing else.
type program struct {
	k              *stack
	slug, id, name string
	redirect       string
	verifier       string
}

// program registers one.
func (k *stack) program(t *testing.T, slug, name string) program {
	t.Helper()
	body, err := json.Marshal(map[string]any{"client_name": name, "redirect_uris": []string{loopback}, "token_endpoint_auth_method": "none"})
	if err != nil {
		t.Fatal(err)
	}
	p := program{k: k, slug: slug, name: name, redirect: loopback, verifier: rand.Text() + rand.Text()}
	resp, err := k.http.Post(p.issuer()+"/register", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var registered struct {
		ID string `json:"client_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&registered); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s is not registered: %d %v", name, resp.StatusCode, err)
	}
	p.id = registered.ID
	return p
}

func (p program) issuer() string { return p.k.places.Base + "/t/" + p.slug }

// software is what administrators know it by.
func (p program) software() string { return connections.SoftwareOf(p.name, []string{p.redirect}) }

// asks is the page that it opens, for an endpoint of the organization.
func (p program) asks(resource string) string {
	sum := sha256.Sum256([]byte(p.verifier))
	return p.issuer() + "/authorize?" + url.Values{
		"client_id": {p.id}, "redirect_uri": {p.redirect}, "response_type": {"code"}, "state": {"mine"}, "resource": {resource},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// browser is that of a person who agrees to everything.
func (k *stack) browser(t *testing.T, person tenants.GUID) *browser.Browser {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b := browser.New(transport, k.places.Entra, person.String())
	b.Also, b.Wish = []string{k.places.Base}, "allow"
	return b
}

// token is what somebody's agreement gets the program for an endpoint; the error is
// what their browser shows instead.
func (p program) token(ctx context.Context, b *browser.Browser, resource string) (string, error) {
	code, err := b.Authorize(ctx, p.asks(resource))
	if err != nil {
		return "", err
	}
	resp, err := p.k.http.PostForm(p.issuer()+"/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {p.id}, "code": {code}, "redirect_uri": {p.redirect}, "code_verifier": {p.verifier}, "resource": {resource},
	})
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var told struct {
		Token string `json:"access_token"`
	}
	err = json.NewDecoder(resp.Body).Decode(&told)
	return told.Token, err
}

// endpointOf is an organization's endpoint, or that of one of its toolsets.
func (k *stack) endpointOf(slug, toolset string) string {
	if toolset == "" {
		return k.places.Base + "/t/" + slug + "/mcp"
	}
	return k.places.Base + "/t/" + slug + "/" + toolset + "/mcp"
}

// everyday is the name of the software that works has approved.
const everyday = "Everyday editor"

// works connects an AI client: its person is told that it waits for an admin, the
// admin approves what was asked for, and the tool answers to the person.
func (a *adatum) works(tool string) {
	a.t.Helper()
	p, b := a.k.program(a.t, "adatum", everyday), a.k.browser(a.t, a.session().OID)
	_, err := p.token(a.t.Context(), b, a.endpoint())
	if err == nil || !strings.Contains(err.Error(), "have not decided about this one") {
		a.t.Fatalf("software that nobody has approved: %v", err)
	}
	var waiting console.Page[console.ClientRequest]
	if a.get(at("adatum", "client-requests"), &waiting); len(waiting.Items) != 1 || waiting.Items[0].Software != p.software() {
		a.t.Fatalf("what waits is %+v", waiting.Items)
	}
	a.post(at("adatum", "clients"), console.Client{ID: waiting.Items[0].Software, ClientSettings: console.ClientSettings{Name: p.name}}, &console.Client{})
	var token string
	eventually(a.t, "the approved client is let in", inForce, func() bool {
		token, err = p.token(a.t.Context(), b, a.endpoint())
		return err == nil
	})
	got := a.k.call(a.t, a.k.replica, "adatum", token, tool)
	if !got.worked() || !strings.Contains(got.body, demo.Adatum().Admin.Name) {
		a.t.Errorf("the tool answers %d %s", got.status, got.body)
	}
	var seen console.Page[console.SeenApp]
	a.get(at("adatum", "seen-apps"), &seen)
	if s := seen.Items; len(s) != 1 || s[0].Software != p.software() || !s[0].Listed || s[0].Waits || s[0].Verified || s[0].Connections != 1 || s[0].People != 1 || !slices.Equal(s[0].RegistrationIDs, []string{p.id}) {
		a.t.Errorf("seen are %+v", s)
	}
}

// signsIn changes how people of the organization sign in.
func (a *adatum) signsIn(how console.SignInSettings) answer {
	a.t.Helper()
	var o console.Organization
	read := a.get(at("adatum"), &o)
	settings := console.OrganizationSettings{Name: o.Name, Origins: o.Origins, Membership: o.Membership, SignIn: &console.SignInChange{SignInSettings: how}}
	return a.ask(http.MethodPut, at("adatum"), settings, with("If-Match", read.header.Get("ETag")))
}
