package emulator_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/internal/emulator/seed"
)

const portal = "a0100000-0000-4000-8000-000000000010" // a single page app with the implicit flows enabled

// tab is a browser: it keeps cookies and presses buttons.
type tab struct {
	*rig
	cookies map[string]*http.Cookie
}

func (g *rig) tab() *tab { return &tab{g, map[string]*http.Cookie{}} }

func (b *tab) load(r *http.Request) answer {
	b.t.Helper()
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	a := b.do(r)
	b.keep(a)
	return a
}

// keep takes the cookies of an answer.
func (b *tab) keep(a answer) {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
}

// open asks for a sign-in.
func (b *tab) open(tid string, values url.Values, headers ...string) answer {
	b.t.Helper()
	return b.load(b.request(http.MethodGet, entraURL+"/"+tid+"/oauth2/v2.0/authorize?"+values.Encode(), "", headers...))
}

// visit opens any address of the emulator.
func (b *tab) visit(path string, values url.Values) answer {
	b.t.Helper()
	return b.load(b.request(http.MethodGet, entraURL+path+"?"+values.Encode(), ""))
}

// press submits the form of a page with one of its buttons, as a browser does.
func (b *tab) press(shown answer, value string) answer {
	b.t.Helper()
	return b.load(b.pressed(shown, value))
}

// pressed is the request that a button of a page makes.
func (b *tab) pressed(shown answer, value string) *http.Request {
	b.t.Helper()
	to := action.FindStringSubmatch(shown.text)
	if to == nil {
		b.t.Fatalf("there is no form: %d %s", shown.status, shown.text)
	}
	values := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(shown.text, -1) {
		values.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	for _, button := range button.FindAllStringSubmatch(shown.text, -1) {
		if html.UnescapeString(button[2]) == value {
			values.Set(button[1], value)
			return b.request(http.MethodPost, entraURL+html.UnescapeString(to[1]), values.Encode())
		}
	}
	b.t.Fatalf("no button %q on %s", value, shown.text)
	return nil
}

// signIn lets somebody of Contoso sign in through VS Code.
func (b *tab) signIn(oid string) {
	b.t.Helper()
	landed(b.t, b.press(b.open(contoso, with(request(apiScope), "prompt", "select_account")), oid))
}

// told is what the client hears at its reply URL, in query or fragment.
func told(t *testing.T, a answer) url.Values {
	t.Helper()
	where, q := landed(t, a)
	if len(q) > 0 {
		return q
	}
	q, err := url.ParseQuery(where.Fragment)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// hears checks error and code of what the client is told.
func hears(t *testing.T, a answer, kind, code string) url.Values {
	t.Helper()
	q := told(t, a)
	if q.Get("error") != kind || !strings.HasPrefix(q.Get("error_description"), "AADSTS"+code+": ") {
		t.Errorf("the client hears %v, want %s %s", q, kind, code)
	}
	return q
}

// reads checks the code of an error page.
func (a answer) reads(t *testing.T, code string) {
	t.Helper()
	if a.status != http.StatusBadRequest || a.header.Get("Location") != "" || !strings.Contains(a.text, "AADSTS"+code+": ") {
		t.Errorf("the page is %d %s %s, want AADSTS%s", a.status, a.header.Get("Location"), a.text, code)
	}
	if strings.Contains(a.text, "%!") {
		t.Errorf("the sentence is not filled in: %s", a.text)
	}
}

// shows checks the heading of a page.
func (a answer) shows(t *testing.T, title string) {
	t.Helper()
	if a.status != http.StatusOK || !strings.Contains(a.text, "<h1>"+title+"</h1>") || !strings.Contains(a.text, "This is not Microsoft") {
		t.Errorf("the page is %d %s, want %q", a.status, a.text, title)
	}
}

// withPortal is the directory with a single page app that may use every flow.
func withPortal() []seed.Tenant {
	all := companies()
	all[0].Apps = append(all[0].Apps, seed.App{
		ID: portal, Name: "Portal", Implicit: seed.Implicit{AccessTokens: true, IDTokens: true}, GroupMembershipClaims: "SecurityGroup",
		Redirects: seed.Redirects{SPA: []string{"https://portal.example/"}},
		Consents:  []seed.Consent{{Resource: api, Scopes: []string{"access"}}},
	})
	return all
}

func (g *rig) policy(p seed.Policy) {
	g.t.Helper()
	if err := g.SetPolicy(contoso, p); err != nil {
		g.t.Fatal(err)
	}
}
