package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/authserver"
	"gatehouse/internal/authz"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/membership"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

// TestEveryStepIsForOneBrowserOnce and for the organization it was made for.
func TestEveryStepIsForOneBrowserOnce(t *testing.T) {
	t.Parallel()
	ask := request(webID, webTo, "prompt", "consent")
	steps := map[string]func(b *tab) (again func(b *tab) view){
		"the first page": func(b *tab) func(*tab) view {
			first := b.open(ask)
			return func(b *tab) view { return b.press(first, "continue") }
		},
		"the way back from Entra": func(b *tab) func(*tab) view {
			sent := b.press(b.open(ask), "continue")
			return func(b *tab) view { return b.arrive(sent) }
		},
		"the second page": func(b *tab) func(*tab) view {
			second := b.second(ask)
			return func(b *tab) view { return b.press(second, "allow") }
		},
	}
	for name, begin := range steps {
		d := newDesk(t)
		b := d.tab()
		do := begin(b)
		if got := do(b); got.status >= 400 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		before := len(d.connections)
		d.pass(time.Minute)
		if got := do(b); got.header.Get("Location") != "" || name == "the way back from Entra" && !got.has(http.StatusBadRequest, "good once", "What was decided on it before still stands") || len(d.connections) != before {
			t.Errorf("%s, again: %d %s", name, got.status, got.body)
		}

		do = begin(b)
		d.pass(10 * time.Minute)
		if got := do(b); !got.has(http.StatusBadRequest, "ten minutes") || len(d.connections) != before {
			t.Errorf("%s, late: %d %s", name, got.status, got.body)
		}

		do = begin(b)
		other := d.tab()
		other.open(request(webID, webTo))
		if got := do(other); !got.has(http.StatusForbidden, "another browser") || len(d.connections) != before {
			t.Errorf("%s, in another browser: %d %s", name, got.status, got.body)
		}

		do = begin(b)
		if got := do(d.tab()); !got.has(http.StatusForbidden, "another browser") || len(d.connections) != before {
			t.Errorf("%s, without a cookie: %d %s", name, got.status, got.body)
		}
		if got := do(b); got.status >= 400 {
			t.Errorf("%s: others have used it up: %d %s", name, got.status, got.body)
		}
	}
}

// TestStepsOfOneOrganizationAreNoOthers: a mix-up at its worst has the same text.
func TestStepsOfOneOrganizationAreNoOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	sent := b.press(b.open(request(webID, webTo)), "continue")
	got := b.open("/t/fabrikam/callback?" + url.Values{"code": {"code of entra"}, "state": {sent.query(t).Get("state")}}.Encode())
	if !got.has(http.StatusBadRequest, "organization that it was made for") || len(d.connections) != 0 {
		t.Errorf("callback: %d %s", got.status, got.body)
	}
	first := b.open(request(webID, webTo))
	first.body = strings.ReplaceAll(first.body, "/t/contoso/consent", "/t/fabrikam/consent")
	if got := b.press(first, "continue"); !got.has(http.StatusBadRequest, "organization that it was made for") {
		t.Errorf("consent: %d %s", got.status, got.body)
	}
}

func TestStagesCannotBeSkipped(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text := func(v view) string {
		_, rest, _ := strings.Cut(v.body, `name="step" value="`)
		text, _, _ := strings.Cut(rest, `"`)
		return text
	}
	for name, try := range map[string]func(b *tab) view{
		"allow on the first page": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {text(b.open(request(webID, webTo)))}, "action": {"allow"}})
		},
		"the first page as Entra's answer": func(b *tab) view {
			return b.open("/t/contoso/callback?code=code+of+entra&state=" + text(b.open(request(webID, webTo))))
		},
		"Entra's state as a page": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {b.press(b.open(request(webID, webTo)), "continue").query(t).Get("state")}, "action": {"allow"}})
		},
		"the second page as Entra's answer": func(b *tab) view {
			return b.open("/t/contoso/callback?code=code+of+entra&state=" + text(b.second(request(webID, webTo))))
		},
		"continue on the second page": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {text(b.second(request(webID, webTo)))}, "action": {"continue"}})
		},
		"no page at all": func(b *tab) view {
			b.open(request(webID, webTo))
			return b.post("/t/contoso/consent", url.Values{"step": {strings.Repeat("A", 52)}, "action": {"allow"}})
		},
		"nothing at all": func(b *tab) view { return b.post("/t/contoso/consent", nil) },
		"no state":       func(b *tab) view { return b.open("/t/contoso/callback?code=x") },
		"two states":     func(b *tab) view { return b.open("/t/contoso/callback?code=x&state=a&state=b") },
		"a long state":   func(b *tab) view { return b.open("/t/contoso/callback?code=x&state=" + strings.Repeat("a", 1<<20)) },
		"two steps": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {"a", "b"}, "action": {"allow"}})
		},
		"two actions": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {"a"}, "action": {"allow", "deny"}})
		},
		"a large form": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {strings.Repeat("a", 5000)}})
		},
		"a long tail": func(b *tab) view {
			return b.post("/t/contoso/consent", url.Values{"step": {text(b.open(request(webID, webTo)))}, "action": {"continue"}, "tail": {strings.Repeat("a", 5000)}})
		},
		"a mangled query": func(b *tab) view { return b.open("/t/contoso/callback?code=%zz") },
		"another type": func(b *tab) view {
			first := b.open(request(webID, webTo))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/t/contoso/consent", strings.NewReader(url.Values{"step": {text(first)}, "action": {"continue"}}.Encode()))
			r.Header.Set("Content-Type", "text/plain")
			return b.send(r)
		},
	} {
		if got := try(d.tab()); !got.has(http.StatusBadRequest) || len(d.connections) != 0 {
			t.Errorf("%s: %d to %q %s", name, got.status, got.header.Get("Location"), got.body)
		}
	}
}

func TestOtherWebsitesCannotAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "none": 403, "same-origin": 303} {
		b := d.tab()
		first := b.open(request(webID, webTo))
		b.headers.Set("Sec-Fetch-Site", site)
		if got := b.press(first, "continue"); got.status != want {
			t.Errorf("%s: %d %s", site, got.status, got.body)
		}
	}
}

// TestWhoMayNotConnectReadsWhy, and the client is told.
func TestWhoMayNotConnectReadsWhy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		how     func(d *desk)
		status  int
		words   string
		code    string
		refused string
	}{
		"of another tenant": {func(d *desk) { d.person.TID = tenants.TID{GUID: tenants.NewGUID()} }, 403, "not of Contoso", "access_denied", ""},
		"nobody":            {func(d *desk) { d.person.OID = tenants.GUID{} }, 403, "not of Contoso", "access_denied", ""},
		"a guest":           {func(d *desk) { d.person.Guest = true }, 403, "does not admit guests", "access_denied", "guests_refused"},
		"an odd ID token": {func(d *desk) {
			d.finish = &entra.Refusal{Reason: entra.WrongNonce, Description: "The ID token answers another sign-in."}
		}, 403, "answers another sign-in", "server_error", ""},
		"a tenant's changed": {func(d *desk) {
			d.change("contoso", func(data *snapshot.Data) { data.Organization.TID = tenants.TID{GUID: tenants.NewGUID()} })
		}, 409, "tenant has changed", "server_error", ""},
		"an expired secret": {func(d *desk) {
			d.finish = &entra.TokenError{Class: entra.Misconfigured, Code: 7000222, CorrelationID: "0d0d"}
		}, 502, "Certificates &amp; secrets", "server_error", ""},
		"a busy Entra":   {func(d *desk) { d.finish = &entra.TokenError{Class: entra.Throttled, RetryAfter: 5 * time.Second} }, 503, "just now", "temporarily_unavailable", ""},
		"a broken store": {func(d *desk) { d.store = fault.New(fault.Unavailable, "the database is away") }, 503, "database is away", "temporarily_unavailable", ""},
	} {
		d := newDesk(t)
		b := d.tab()
		sent := b.press(b.open(request(webID, webTo)), "continue")
		tt.how(d)
		got := b.arrive(sent)
		link := webTo + "?error=" + tt.code
		if !got.has(tt.status, tt.words, `href="`+link, "state=state&#43;of&#43;the&#43;client", "Reference") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if len(d.connections)+len(d.grants) != 0 || tt.refused != "" && (len(d.refused) != 1 || d.refused[0].Reason != tt.refused) {
			t.Errorf("%s: %+v %+v", name, d.connections, d.refused)
		}
	}
}

func TestGuestsConnectWhereTheyAreAdmitted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.person.Guest = true
	d.change("contoso", func(data *snapshot.Data) { data.Organization.Connection.Guests = tenants.Admit })
	b := d.tab()
	second := b.second(request(webID, webTo))
	if !second.has(http.StatusOK, "(guest)") || d.questions[0].Identity.Kind != authz.Guest {
		t.Errorf("%d %s", second.status, second.body)
	}
	if b.press(second, "allow").query(t).Get("code") == "" || !d.connections[0].Person.Guest {
		t.Errorf("%+v", d.connections)
	}
}

// TestEntrasErrorsAreExplained by what they mean, with what Microsoft's support asks
// for, and without a word of what the link says.
func TestEntrasErrorsAreExplained(t *testing.T) {
	t.Parallel()
	const id = "12345678-1234-4234-8234-123456789abc"
	for number, tt := range map[string]struct{ words, code string }{
		"65001": {"Nobody has consented", "access_denied"}, "65004": {"did not accept", "access_denied"}, "90094": {"administrator has to consent", "access_denied"},
		"50105": {"not assigned", "access_denied"}, "501051": {"not assigned", "access_denied"}, "53003": {"Conditional Access blocks", "access_denied"},
		"53000": {"device does not meet", "access_denied"}, "530084": {"bound to your device", "access_denied"}, "50020": {"not of the organization", "access_denied"},
		"50126": {"cannot sign in", "access_denied"}, "50057": {"cannot sign in", "access_denied"}, "50076": {"second step", "access_denied"}, "500121": {"second step", "access_denied"},
		"700016": {"not in the tenant", "server_error"}, "50011": {"redirect URI is not registered", "server_error"}, "7000215": {"prove itself", "server_error"},
		"16000": {"which account", "access_denied"}, "165000": {"lost track", "access_denied"}, "650053": {"lacks permissions", "server_error"},
		"50194": {"not the right one", "server_error"}, "90033": {"just now", "temporarily_unavailable"}, "99999": {"refused the sign-in", "server_error"},
	} {
		d := newDesk(t)
		b := d.tab()
		sent := b.press(b.open(request(webID, webTo)), "continue")
		got := b.open("/t/contoso/callback?" + url.Values{
			"state": {sent.query(t).Get("state")}, "error": {"invalid_request"},
			"error_description": {"AADSTS" + number + ": Call <script>alert(1)</script> +1-555. Trace ID: " + tenants.NewGUID().String() + " Correlation ID: " + id + " Timestamp: x"},
		}.Encode())
		if got.status < 400 || !got.has(got.status, tt.words, "AADSTS"+number, id, "What helps", d.person.TID.String(), d.data["contoso"].Organization.Connection.ClientID.String(), `href="`+webTo+`?error=`+tt.code) || strings.Contains(got.body, "Call") || strings.Contains(got.body, "Trace") {
			t.Errorf("%s: %d %s", number, got.status, got.body)
		}
	}
	for name, code := range map[string]string{
		"access_denied": "access_denied", "consent_required": "access_denied", "interaction_required": "access_denied", "login_required": "access_denied",
		"temporarily_unavailable": "temporarily_unavailable", "server_error": "temporarily_unavailable", "<b>": "server_error",
	} {
		d := newDesk(t)
		b := d.tab()
		sent := b.press(b.open(request(webID, webTo)), "continue")
		got := b.open("/t/contoso/callback?" + url.Values{"state": {sent.query(t).Get("state")}, "error": {name}, "code": {"code of entra"}}.Encode())
		if !got.has(got.status, "?error="+code) || strings.Contains(got.body, "<b>") || len(d.connections) != 0 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// TestUnlistedSoftwareWaitsForAnAdmin: who wants it is known, and nothing is given.
func TestUnlistedSoftwareWaitsForAnAdmin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.change("contoso", func(data *snapshot.Data) { data.Organization.UnknownClients = tenants.Refuse })
	b := d.tab()
	got := b.second(request(programID, programTo))
	if !got.has(http.StatusForbidden, "Editor waits for approval", "administrator", `href="`+programTo+`?error=access_denied`, "127.0.0.1") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if len(d.requests) != 1 || len(d.connections) != 0 {
		t.Fatalf("%+v %+v", d.requests, d.connections)
	}
	r := d.requests[0]
	if r.Person != d.person.OID || r.Software != "Editor <http://127.0.0.1/callback>" || r.Name != "Editor" || r.Redirect != "127.0.0.1" || r.Asked != d.person.Name || r.Times != 1 || !r.LastAt.Equal(d.now) {
		t.Errorf("%+v", r)
	}
}

// TestAgreedIsAskedAgain but where the same client, somebody who vouches for it and
// a website make sure that it is the same.
func TestAgreedIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, then string
		between     func(d *desk)
		skipped     bool
	}{
		"the same client": {request(webID, webTo), request(webID, webTo), func(*desk) {}, true},
		"asked to ask":    {request(webID, webTo), request(webID, webTo, "prompt", "consent"), func(*desk) {}, false},
		"another person":  {request(webID, webTo), request(webID, webTo), func(d *desk) { d.person.OID = tenants.NewGUID() }, false},
		"a changed client": {request(webID, webTo), request(webID, webTo), func(d *desk) {
			d.documents[webID] = strings.Replace(d.documents[webID], "Assistant", "Assistant 2", 1)
			d.pass(48 * time.Hour) // longer than a document is remembered
		}, false},
		"a program":                {request(programID, programTo), request(programID, programTo), func(*desk) {}, false},
		"an app":                   {request(appID, appTo), request(appID, appTo), func(*desk) {}, false},
		"a registered website":     {request("gh_cccccccccccccccccccccccccc", webTo), request("gh_cccccccccccccccccccccccccc", webTo), func(*desk) {}, false},
		"a vouched for program":    {request("https://editor.example/client.json", programTo), request("https://editor.example/client.json", programTo), func(*desk) {}, false},
		"another client's consent": {request(webID, webTo), request("gh_cccccccccccccccccccccccccc", webTo), func(*desk) {}, false},
	} {
		d := newDesk(t)
		d.registered["gh_cccccccccccccccccccccccccc"] = connections.Registered{ID: "gh_cccccccccccccccccccccccccc", Name: "Assistant", Redirects: []string{webTo}}
		d.documents["https://editor.example/client.json"] = `{"client_id":"https://editor.example/client.json","client_name":"Editor","redirect_uris":["http://127.0.0.1/callback"],"token_endpoint_auth_method":"none"}`
		b := d.tab()
		if got := b.press(b.second(tt.first), "allow"); got.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", name, got.status, got.body)
		}
		tt.between(d)
		got := b.second(tt.then)
		if !tt.skipped {
			if !got.has(http.StatusOK, "act for you") || len(d.grants) != 1 {
				t.Errorf("%s: %d to %q", name, got.status, got.header.Get("Location"))
			}
			continue
		}
		if q := got.query(t); q.Get("code") == "" || len(d.grants) != 2 || d.connections[0].ID != d.connections[1].ID {
			t.Errorf("%s: %v %+v", name, q, d.connections)
		}
	}
	d := newDesk(t)
	b := d.tab()
	if b.press(b.second(request(programID, programTo)), "allow"); d.connections[0].Agreed != [32]byte{} {
		t.Error("a program is remembered")
	}
}

// TestTheSecondPageShowsWhatRolesAllow at this endpoint, within these scopes.
func TestTheSecondPageShowsWhatRolesAllow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if got := d.tab().second(request(webID, webTo, "resource", base+"/t/contoso/finance/mcp")); !got.has(200, "It can use 1 tool,", "payroll_list", "Finance &amp; Payroll") || strings.Contains(got.body, "mail_send") {
		t.Errorf("a toolset: %s", got.body)
	}
	if got := d.tab().second(request(webID, webTo, "scope", "payroll")); !got.has(200, "It can use 1 tool,", "payroll_list") {
		t.Errorf("a scope: %s", got.body)
	}
	d.change("contoso", func(data *snapshot.Data) { data.Rules.Roles[0].Permissions[0].Patterns = []string{"*"} })
	if got := d.tab().second(request(webID, webTo)); !got.has(200, "It can use 28 tools", "and 8 more", "mail_search") || strings.Count(got.body, "<li>") != 21 {
		t.Errorf("many: %s", got.body)
	}
	d.change("contoso", func(data *snapshot.Data) { data.Rules.Roles[0].Permissions[0].Patterns = []string{"nothing_*"} })
	if got := d.tab().second(request(webID, webTo)); !got.has(200, "your roles give you no tool here") {
		t.Errorf("none: %s", got.body)
	}
	d.unknown = fault.New(fault.Forbidden, "which groups you are in could not be established: consent is missing")
	if got := d.tab().second(request(webID, webTo)); !got.has(200, "could not be found out", "consent is missing", "value=\"allow\"") {
		t.Errorf("unknown: %s", got.body)
	}
	q := d.questions[len(d.questions)-1]
	id := q.Identity
	if q.Groups.Kind != membership.Overage || q.Token == nil || id.OID != d.person.OID || id.TID != d.person.TID || id.Kind != authz.User || !id.Delegated || id.Client != webID || len(id.Scopes) != 1 || len(q.Mapped) != 1 {
		t.Errorf("%+v", q)
	}
	d.person.Groups = entra.GroupClaim{State: entra.GroupsPresent, IDs: []tenants.GUID{d.group}}
	d.tab().second(request(webID, webTo))
	if q := d.questions[len(d.questions)-1]; q.Groups.Kind != membership.Present || len(q.Groups.Groups) != 1 {
		t.Errorf("%+v", q.Groups)
	}
}

// TestACodeThatIsShownAgainEndsItsGrant, and one that is shown too late.
func TestACodeThatIsShownAgainEndsItsGrant(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	fresh := func() string {
		return b.press(b.second(request(webID, webTo, "prompt", "consent")), "allow").query(t).Get("code")
	}
	take := func(organization, text string) error {
		_, err := authserver.TakeCode(d.server, t.Context(), d.snaps[organization], text)
		return err
	}
	text := fresh()
	if err := take("contoso", text); err != nil || len(d.ended) != 0 {
		t.Fatalf("%v, ended %v", err, d.ended)
	}
	d.endings = fault.New(fault.Unavailable, "the database is away")
	if err := take("contoso", text); err == nil || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("while it cannot be ended: %v", err)
	}
	d.endings = nil
	if err := take("contoso", text); err == nil || fault.KindOf(err) != fault.NotFound || len(d.ended) != 1 || d.ended[0] != d.grants[0].ID {
		t.Errorf("again: %v, ended %v", err, d.ended)
	}
	if err := take("contoso", text); err == nil || fault.KindOf(err) != fault.NotFound || len(d.ended) != 1 {
		t.Errorf("once more: %v, ended %v", err, d.ended)
	}
	late := fresh()
	d.pass(time.Minute)
	if err := take("contoso", late); err == nil || len(d.ended) != 2 || d.ended[1] != d.grants[1].ID {
		t.Errorf("late: %v, ended %v", err, d.ended)
	}
	foreign := fresh()
	if err := take("fabrikam", foreign); err == nil || fault.KindOf(err) != fault.NotFound || len(d.ended) != 2 {
		t.Errorf("at another organization: %v, ended %v", err, d.ended)
	}
	for made, looked := range map[string]int{"": 0, strings.Repeat("A", 52): 2, strings.Repeat("A", 1<<20): 0} {
		before := d.looked
		if err := take("contoso", made); err == nil || fault.KindOf(err) != fault.NotFound || len(d.ended) != 2 || d.looked-before != looked {
			t.Errorf("made up: %v, ended %v, looked %d times", err, d.ended, d.looked-before)
		}
	}
}

func TestManyShowOneCodeAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	text := b.press(b.second(request(webID, webTo)), "allow").query(t).Get("code")
	var wg sync.WaitGroup
	var mu sync.Mutex
	good := 0
	for range 10 {
		wg.Go(func() {
			if _, err := authserver.TakeCode(d.server, t.Context(), d.snaps["contoso"], text); err == nil {
				mu.Lock()
				good++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if good != 1 || len(d.ended) != 1 {
		t.Errorf("good for %d, ended %d", good, len(d.ended))
	}
}

// TestEntrasTokenFollowsItsConnection: what is encrypted for another id cannot be
// opened.
func TestEntrasTokenFollowsItsConnection(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.racing = tenants.NewGUID()
	b := d.tab()
	if got := b.press(b.second(request(webID, webTo)), "allow"); got.query(t).Get("code") == "" {
		t.Fatal(got.body)
	}
	plain, err := d.snaps["contoso"].Key.Decrypt(connections.EntraLabel(d.racing), d.replaced)
	if err != nil || string(plain) != "refresh-token-of-entra" {
		t.Errorf("%q, %v", plain, err)
	}
	d = newDesk(t)
	d.tokens = entra.Tokens{}
	b = d.tab()
	if b.press(b.second(request(webID, webTo)), "allow").query(t).Get("code") == "" || d.connections[0].Entra != nil {
		t.Error("a token came of nothing")
	}
}

func TestNothingIsGivenThatIsNotKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	second := b.second(request(webID, webTo))
	d.store = fault.New(fault.Unavailable, "the database is away")
	if got := b.press(second, "allow"); !got.has(http.StatusServiceUnavailable, "?error=temporarily_unavailable") || strings.Contains(got.body, "code=") {
		t.Errorf("%d to %q %s", got.status, got.header.Get("Location"), got.body)
	}
	if got := d.tab().open(request(webID, webTo)); !got.has(http.StatusServiceUnavailable) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestWhoIsCutOffCannotAgreeAnyMore with a page from before.
func TestWhoIsCutOffCannotAgreeAnyMore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *desk, data *snapshot.Data){
		"a person": func(d *desk, data *snapshot.Data) {
			data.Revocations = []authz.Revocation{{
				ID: tenants.NewGUID(), Kind: authz.RevokePerson, Subject: d.person.OID.String(), NotBefore: d.now, ExpiresAt: d.now.Add(time.Hour),
			}}
		},
		"the organization": func(d *desk, data *snapshot.Data) {
			data.Revocations = []authz.Revocation{{ID: tenants.NewGUID(), Kind: authz.RevokeOrganization, NotBefore: d.now, ExpiresAt: d.now.Add(time.Hour)}}
		},
		"everything connected": func(d *desk, data *snapshot.Data) {
			data.Revocations = []authz.Revocation{{ID: tenants.NewGUID(), Kind: authz.RevokeConnections, NotBefore: d.now, ExpiresAt: d.now.Add(time.Hour)}}
		},
		"guests":         func(_ *desk, data *snapshot.Data) { data.Organization.Connection.Guests = tenants.Refuse },
		"unknown apps":   func(_ *desk, data *snapshot.Data) { data.Organization.UnknownClients = tenants.Refuse },
		"another tenant": func(_ *desk, data *snapshot.Data) { data.Organization.TID = tenants.TID{GUID: tenants.NewGUID()} },
	} {
		d := newDesk(t)
		d.person.Guest = true
		d.change("contoso", func(data *snapshot.Data) { data.Organization.Connection.Guests = tenants.Admit })
		b := d.tab()
		on := b.second(request(webID, webTo))
		d.pass(time.Minute)
		d.change("contoso", func(data *snapshot.Data) { change(d, data) })
		if got := b.press(on, "allow"); got.header.Get("Location") != "" || len(d.grants) != 0 || got.status != http.StatusForbidden {
			t.Errorf("%s: %d to %q, %d grants", name, got.status, got.header.Get("Location"), len(d.grants))
		}
	}
}

// TestAgreeingIsRememberedForWhatWasAgreedTo, and not for another endpoint, nor for
// more scopes.
func TestAgreeingIsRememberedForWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	narrow := []string{"resource", base + "/t/contoso/finance/mcp", "scope", "access_as_user"}
	for name, more := range map[string][]string{
		"the organization's endpoint": {"resource", base + "/t/contoso/mcp", "scope", "access_as_user"},
		"another scope":               {"resource", base + "/t/contoso/finance/mcp", "scope", "access_as_user payroll"},
	} {
		d := newDesk(t)
		b := d.tab()
		b.press(b.second(request(webID, webTo, narrow...)), "allow")
		if got := b.second(request(webID, webTo, narrow...)); !got.query(t).Has("code") {
			t.Errorf("%s: the same is asked about again: %d", name, got.status)
		}
		if got := b.second(request(webID, webTo, more...)); got.status != http.StatusOK || len(d.grants) != 2 {
			t.Errorf("%s is not asked about: %d to %q", name, got.status, got.header.Get("Location"))
		}
	}
}
