package authserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authorizations"
	"gatehouse/internal/authorizations/wallet"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream/oauth"
)

// shelf is the sources of Contoso at which people sign in: one.
type shelf struct {
	d        *desk
	source   tools.Source
	server   oauth.Server
	gone     error
	finish   error
	began    int
	arrivals []wallet.Arrival
}

var vaultServer = oauth.Server{
	Resource: "https://vault.example/mcp", Issuer: "https://login.vault.example", Authorization: "https://login.vault.example/authorize",
	Token: "https://login.vault.example/token", NamesIssuer: true, Methods: []string{"none"},
}

// withShelf is a desk at whose organization people sign in at the vault.
func withShelf(t *testing.T) (*desk, *shelf) {
	t.Helper()
	d := newDesk(t)
	s := &shelf{d: d, server: vaultServer, source: tools.Source{ID: tenants.NewGUID(), Name: "vault", Title: "The <b>vault", URL: "https://vault.example/mcp", Credential: tools.SourceCredential{Kind: tools.UserAuthorization, ID: tenants.NewGUID()}}}
	d.serve(s)
	return d, s
}

func (s *shelf) Read(snap *snapshot.Snapshot, link string) (authorizations.Request, tools.Source, error) {
	r, err := authorizations.ReadLink(snap.Key, link, s.d.clock())
	return r, s.source, firstOf(err, s.gone)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Source(*snapshot.Snapshot, authorizations.Request) (tools.Source, error) {
	return s.source, s.gone
}

func (s *shelf) Discover(context.Context, tools.Source, authorizations.Request) (oauth.Server, error) {
	return s.server, nil
}

func (s *shelf) Begin(_ context.Context, _ *snapshot.Snapshot, _ authorizations.Request, server oauth.Server) (oauth.SignIn, error) {
	s.began++
	r, err := oauth.Registered(server, base+"/t/contoso/sources/"+s.source.ID.String()+"/callback", "gatehouse", "")
	if err != nil {
		return oauth.SignIn{}, err
	}
	return oauth.NewSignIn(server, r, nil)
}

func (s *shelf) Finish(_ context.Context, _ *snapshot.Snapshot, a wallet.Arrival) error {
	s.arrivals = append(s.arrivals, a)
	return s.finish
}

func (s *shelf) Document(_ *snapshot.Snapshot, source tenants.GUID) ([]byte, error) {
	if source != s.source.ID {
		return nil, fault.New(fault.NotFound, "there is no such source")
	}
	return []byte(`{"client_id":"us"}`), nil
}

// link is the path of a link for somebody.
func (s *shelf) link(person tenants.GUID) string {
	r := authorizations.Request{Person: person, Source: s.source.ID, Credential: s.source.Credential.ID}
	return "/t/contoso/sources/authorize?request=" + must(r.Link(s.d.snaps["contoso"].Key, s.d.clock()))
}

func (s *shelf) back(state string) string {
	return "/t/contoso/sources/" + s.source.ID.String() + "/callback?" + url.Values{"code": {"c"}, "state": {state}, "iss": {vaultServer.Issuer}}.Encode()
}

// agreed goes as far as the page that asks, for the person who was given the link.
func (s *shelf) agreed(b *tab) view {
	s.d.t.Helper()
	on := b.second(s.link(s.d.person.OID))
	if !on.has(http.StatusOK, "Continue to login.vault.example") {
		s.d.t.Fatalf("%d %s", on.status, on.body)
	}
	return on
}

func TestPersonSignsInAtASource(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	b := d.tab()
	first := b.open(s.link(d.person.OID))
	if !first.has(http.StatusOK, "The &lt;b&gt;vault", "vault.example", "Contoso", "If somebody sent you this link") || len(b.cookies) != 0 || len(d.once) != 0 {
		t.Errorf("%d %v, %d kept: %s", first.status, b.cookies, len(d.once), first.body)
	}
	second := b.arrive(b.press(first, "continue"))
	if !second.has(http.StatusOK, "The &lt;b&gt;vault", "vault.example", "login.vault.example", "Contoso", "alice@contoso.example", "Nobody else is served with it") || s.began != 0 {
		t.Errorf("%d %s", second.status, second.body)
	}
	away := b.press(second, "allow")
	q := away.query(t)
	if !strings.HasPrefix(away.header.Get("Location"), vaultServer.Authorization+"?") || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		t.Errorf("sent to %s", away.header.Get("Location"))
	}
	if last := b.open(s.back(q.Get("state"))); !last.has(http.StatusOK, "You are signed in to The &lt;b&gt;vault") {
		t.Errorf("%d %s", last.status, last.body)
	}
	if len(s.arrivals) != 1 {
		t.Fatalf("%d arrivals", len(s.arrivals))
	}
	a := s.arrivals[0]
	if a.Person.OID != d.person.OID || a.By.Identity().OID != d.person.OID || a.Answer.Get("code") != "c" || a.SignIn.State.Reveal() != q.Get("state") || a.Request.Source != s.source.ID {
		t.Errorf("%+v", a)
	}
}

// TestPageSaysWhoGetsWhatComesOfIt: an authorization server can send people to the
// sign-in page of another one, and have what comes of it for itself.
func TestPageSaysWhoGetsWhatComesOfIt(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	if got := s.agreed(d.tab()); strings.Contains(got.body, "What comes of it goes to") {
		t.Errorf("one host: %s", got.body)
	}
	s.server.Issuer, s.server.Token = "https://evil.example", "https://evil.example/token"
	if got := s.agreed(d.tab()); !got.has(http.StatusOK, "What comes of it goes to", "<strong>evil.example</strong>", "belongs to login.vault.example") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestLinkIsForOnePersonOfTheOrganization, which is recorded.
func TestLinkIsForOnePersonOfTheOrganization(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *desk){
		"another person":   func(d *desk) { d.person.OID = tenants.NewGUID() },
		"of another place": func(d *desk) { d.person.TID = tenants.TID{GUID: tenants.NewGUID()} },
	} {
		d, s := withShelf(t)
		link := s.link(d.person.OID)
		change(d)
		if got := d.tab().second(link); !got.has(http.StatusForbidden, "This link is for somebody else") || s.began != 0 || len(d.refused) != 1 || d.refused[0].Reason != "source_sign_in_of_another" {
			t.Errorf("%s: %d %v %s", name, got.status, d.refused, got.body)
		}
	}
}

func TestLinksEnd(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	link := s.link(d.person.OID)
	elsewhere := strings.Replace(link, "contoso", "fabrikam", 1)
	for name, path := range map[string]string{"altered": link + "A", "cut": link[:len(link)-9], "none": "/t/contoso/sources/authorize", "of another organization": elsewhere, "twice": link + "&request=x"} {
		if got := d.tab().open(path); !got.has(http.StatusBadRequest, "This link cannot be used any more") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	b := d.tab()
	on := b.open(link)
	d.pass(authorizations.LinkLife)
	if got := b.press(on, "continue"); !got.has(http.StatusBadRequest, "This link cannot be used any more") {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.gone = fault.New(fault.Conflict, "the source has been removed")
	if got := d.tab().open(s.link(d.person.OID)); !got.has(http.StatusConflict, "The source has changed") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestStepsToASourceAreForOneBrowserOnce, for their source, and in their order.
func TestStepsToASourceAreForOneBrowserOnce(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	b := d.tab()
	on := s.agreed(b)
	if got := d.tab().press(on, "allow"); !got.has(http.StatusForbidden, "begun in another browser") {
		t.Errorf("another browser agrees: %d", got.status)
	}
	on = s.agreed(b)
	away := b.press(on, "allow")
	if got := b.press(on, "allow"); got.header.Get("Location") != away.header.Get("Location") || s.began != 1 {
		t.Errorf("agreeing twice: %d to %q, begun %d times", got.status, got.header.Get("Location"), s.began)
	}
	if got := b.press(on, "deny"); !got.has(http.StatusOK, "You have gone on from this page already", "Finish that where it is open", "repeat what you did there") || len(d.refused) != 0 {
		t.Errorf("denying afterwards: %d %s", got.status, got.body)
	}
	state := away.query(t).Get("state")
	if got := d.tab().open(s.back(state)); !got.has(http.StatusForbidden, "begun in another browser") {
		t.Errorf("another browser comes back: %d", got.status)
	}
	state = b.press(s.agreed(b), "allow").query(t).Get("state")
	if got := b.open(strings.Replace(s.back(state), s.source.ID.String(), tenants.NewGUID().String(), 1)); !got.has(http.StatusBadRequest, "belongs to another source") {
		t.Errorf("another source's callback: %d", got.status)
	}
	state = b.press(s.agreed(b), "allow").query(t).Get("state")
	if got := b.open("/t/contoso/callback?code=c&state=" + state); !got.has(http.StatusBadRequest, "cannot be used any more") {
		t.Errorf("Entra's callback: %d", got.status)
	}
	state = b.press(s.agreed(b), "allow").query(t).Get("state")
	b.open(s.back(state))
	if got := b.open(s.back(state)); !got.has(http.StatusBadRequest, "cannot be used any more") || len(s.arrivals) != 1 {
		t.Errorf("coming back twice: %d, %d arrivals", got.status, len(s.arrivals))
	}
	if got := b.open(s.back("")); got.status != http.StatusBadRequest {
		t.Errorf("without a state: %d", got.status)
	}
}

// TestPagesOfClientsAndOfSourcesAreNotEachOthers: agreeing to one is not agreeing to
// the other.
func TestPagesOfClientsAndOfSourcesAreNotEachOthers(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	b := d.tab()
	toSource := s.agreed(b)
	toSource.body = strings.Replace(toSource.body, "/t/contoso/sources/consent", "/t/contoso/consent", 1)
	if got := b.press(toSource, "allow"); !got.has(http.StatusBadRequest, "cannot be used any more") {
		t.Errorf("agreeing to a source at the page of clients: %d to %q", got.status, got.header.Get("Location"))
	}
	toClient := b.second(request(webID, webTo))
	toClient.body = strings.Replace(toClient.body, "/t/contoso/consent", "/t/contoso/sources/consent", 1)
	if got := b.press(toClient, "allow"); !got.has(http.StatusBadRequest, "cannot be used any more") || s.began != 0 || len(d.grants) != 0 {
		t.Errorf("agreeing to a client at the page of sources: %d to %q", got.status, got.header.Get("Location"))
	}
}

func TestOtherWebsitesCannotSignInAtSources(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 303} {
		for action, page := range map[string]func(b *tab) view{
			"continue": func(b *tab) view { return b.open(s.link(d.person.OID)) }, "allow": s.agreed,
		} {
			b := d.tab()
			on := page(b)
			b.headers.Set("Sec-Fetch-Site", site)
			if got := b.press(on, action); got.status != want {
				t.Errorf("%s from %s: %d", action, site, got.status)
			}
		}
	}
}

func TestPeopleDoNotSignInAtSources(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	b := d.tab()
	on := s.agreed(b)
	if got := b.press(on, "deny"); !got.has(http.StatusOK, "Nothing was given") || s.began != 0 || len(d.events) != 1 || d.events[0].Kind != audit.Consent || d.events[0].Outcome != audit.Refused || d.events[0].Reason != "source_sign_in_denied" {
		t.Errorf("%d %v", got.status, d.refused)
	}
	if got := b.press(on, "allow"); !got.has(http.StatusOK, "You have canceled already", "Nothing was given, and the source is not asked") || s.began != 0 {
		t.Errorf("allowing afterwards: %d %s", got.status, got.body)
	}
	s.finish = fault.New(fault.Forbidden, "you declined")
	state := b.press(s.agreed(b), "allow").query(t).Get("state")
	if got := b.open(s.back(state)); !got.has(http.StatusForbidden, "gave nothing") || len(d.events) != 2 || d.events[1].Kind != audit.Consent || d.events[1].Reason != "source_sign_in_declined" {
		t.Errorf("%d %v", got.status, d.refused)
	}
	d.person.Username = "alice.other@contoso.example"
	if got := b.press(s.agreed(b), "another"); d.beginnings[len(d.beginnings)-1].Prompt != entra.SelectAccount || got.status != http.StatusSeeOther {
		t.Errorf("%d %+v", got.status, d.beginnings)
	}
}

// TestWhoIsCutOffDoesNotSignInAtSources, however far they have come.
func TestWhoIsCutOffDoesNotSignInAtSources(t *testing.T) {
	t.Parallel()
	cut := func(d *desk) {
		d.pass(time.Minute)
		d.change("contoso", func(data *snapshot.Data) {
			data.Revocations = []authz.Revocation{{ID: tenants.NewGUID(), Kind: authz.RevokePerson, Subject: d.person.OID.String(), NotBefore: d.now, ExpiresAt: d.now.Add(time.Hour)}}
		})
	}
	d, s := withShelf(t)
	b := d.tab()
	on := s.agreed(b)
	cut(d)
	if got := b.press(on, "allow"); !got.has(http.StatusForbidden, "Your access was revoked") || s.began != 0 {
		t.Errorf("agreeing: %d", got.status)
	}
	d, s = withShelf(t)
	b = d.tab()
	state := b.press(s.agreed(b), "allow").query(t).Get("state")
	cut(d)
	if got := b.open(s.back(state)); !got.has(http.StatusForbidden, "Your access was revoked") || len(s.arrivals) != 0 {
		t.Errorf("coming back: %d", got.status)
	}
}

// TestGuestsDoNotSignInAtSources where they cannot call them.
func TestGuestsDoNotSignInAtSources(t *testing.T) {
	t.Parallel()
	for guests, want := range map[tenants.Admission]int{tenants.Refuse: http.StatusForbidden, tenants.Admit: http.StatusOK} {
		d, s := withShelf(t)
		d.person.Guest = true
		d.change("contoso", func(data *snapshot.Data) { data.Organization.Connection.Guests = guests })
		if got := d.tab().second(s.link(d.person.OID)); got.status != want {
			t.Errorf("%s: %d %s", guests, got.status, got.body)
		}
	}
}

func TestPeopleSignInAtSourcesInEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenants.AuthMode{tenants.Brokered, tenants.Facade, tenants.Direct} {
		d, s := withShelf(t)
		d.change("contoso", func(data *snapshot.Data) { data.Organization.Mode = mode })
		b := d.tab()
		state := b.press(s.agreed(b), "allow").query(t).Get("state")
		if got := b.open(s.back(state)); got.status != http.StatusOK || len(s.arrivals) != 1 {
			t.Errorf("%s: %d", mode, got.status)
		}
		d.change("contoso", func(data *snapshot.Data) { data.Organization.State = tenants.Suspended })
		if got := b.open(s.link(d.person.OID)); got.status != http.StatusForbidden {
			t.Errorf("%s: a suspended organization answers %d", mode, got.status)
		}
	}
	d, _ := withShelf(t)
	b := d.tab()
	away := b.press(b.open(request(webID, webTo)), "continue")
	d.change("contoso", func(data *snapshot.Data) { data.Organization.Mode = tenants.Direct })
	if got := b.arrive(away); got.status != http.StatusNotFound {
		t.Errorf("a client is connected in direct mode: %d %s", got.status, got.body)
	}
}

func TestClientDocumentIsPublic(t *testing.T) {
	t.Parallel()
	d, s := withShelf(t)
	for path, want := range map[string]int{s.source.ID.String(): 200, tenants.NewGUID().String(): 404, "vault": 404} {
		w := must(http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/t/contoso/sources/"+path+"/client.json", nil))
		got := answerTo(d, w)
		if got.status != want || want == 200 && (got.body != `{"client_id":"us"}` || got.header.Get("Content-Type") != "application/json") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// answerTo is what a program gets.
func answerTo(d *desk, r *http.Request) view {
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return view{w.Code, w.Header(), w.Body.String()}
}
