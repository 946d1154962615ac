package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authserver"
	"gatehouse/internal/connections"
	"gatehouse/internal/entra"
	"gatehouse/internal/fault"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
)

func TestSomebodyConnectsAClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	first := b.open(request(webID, webTo, "login_hint", "alice@contoso.example"))
	if !first.has(http.StatusOK, "Assistant", "owner of <strong>assistant.example</strong>", "Contoso", base+"/t/contoso/mcp", "<code>access_as_user</code>") || strings.Contains(first.body, "Not verified") {
		t.Fatalf("%d %s", first.status, first.body)
	}
	if first.heading(t) != "Connect Assistant?" {
		t.Errorf("heading %q", first.heading(t))
	}
	if len(d.beginnings) != 0 {
		t.Error("Entra was asked before the person was")
	}
	sent := b.press(first, "continue")
	begun := d.beginnings[0]
	if to := sent.header.Get("Location"); !strings.HasPrefix(to, d.snaps["contoso"].AuthorizeURL+"?") {
		t.Fatalf("sent to %q", to)
	}
	if begun.Handshake.Tenant != d.data["contoso"].Organization.TID || begun.LoginHint != "alice@contoso.example" || begun.Prompt != entra.NoPrompt {
		t.Errorf("%+v", begun)
	}
	second := b.arrive(sent)
	if !second.has(http.StatusOK, "Alice &lt;b&gt;Adams&lt;/b&gt;", "alice@contoso.example", "It can use 3 tools", "mail_send", "90 days at most", "30 days without use") ||
		strings.Contains(second.body, "notes_a") {
		t.Fatalf("%d %s", second.status, second.body)
	}
	if len(d.connections) != 0 {
		t.Error("connected before the person has agreed")
	}
	reply := b.press(second, "allow")
	got := reply.query(t)
	if !strings.HasPrefix(reply.header.Get("Location"), webTo+"?") || got.Get("state") != "state of the client" || got.Get("iss") != base+"/t/contoso" || len(got.Get("code")) != 52 {
		t.Fatalf("%q", reply.header.Get("Location"))
	}
	c, g, now := d.connections[0], d.grants[0], d.clock()
	token, err := d.snaps["contoso"].Key.Decrypt(connections.EntraLabel(c.ID), c.Entra)
	if err != nil || string(token) != "refresh-token-of-entra" {
		t.Errorf("Entra's token: %q, %v", token, err)
	}
	if c.Agreed == [32]byte{} || c.Client != webID || c.Host != "assistant.example" || c.Redirect != "assistant.example" || c.Person.OID != d.person.OID || !c.MadeAt.Equal(now) {
		t.Errorf("%+v", c)
	}
	if g.Generation != 1 || !g.EndsAt.Equal(now.Add(connections.AbsoluteLife)) || !slices.Equal(g.Scopes, []string{"access_as_user"}) || !slices.Equal(g.Contexts, []string{"c1"}) || g.Toolset != "" || !g.RotatedAt.Equal(now) {
		t.Errorf("%+v", g)
	}
	taken, err := authserver.TakeCode(d.server, t.Context(), d.snaps["contoso"], got.Get("code"))
	if err != nil || taken.Grant != g.ID || taken.Client != webID || taken.Redirect != webTo || taken.Challenge == "" {
		t.Errorf("%+v, %v", taken, err)
	}
	if strings.Contains(d.logged.String(), "refresh-token-of-entra") || strings.Contains(d.logged.String(), got.Get("code")) {
		t.Error("the log has a secret")
	}
}

func TestCookieIsForThisHostOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	b.open(request(webID, webTo))
	c := b.cookies["__Host-gatehouse-authorize"]
	if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 26 {
		t.Fatalf("%+v", b.cookies)
	}
	b.open(request(webID, webTo))
	if b.cookies["__Host-gatehouse-authorize"].Value != c.Value {
		t.Error("a second connection at the same time ends the first")
	}
}

// TestWhatIsNotTheClientsIsToldToThePerson: nothing is sent to an address that is
// not the client's, and nothing that a browser would run or follow is shown.
func TestWhatIsNotTheClientsIsToldToThePerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.documents["https://broken.example/client.json"] = "{"
	d.registered["gh_cccccccccccccccccccccccccc"] = connections.Registered{ID: "gh_cccccccccccccccccccccccccc", Name: "Two", Redirects: []string{webTo, programTo}}
	d.registered["gh_dddddddddddddddddddddddddd"] = connections.Registered{ID: "gh_dddddddddddddddddddddddddd", Name: "Evil", Redirects: []string{"javascript:alert(1)"}}
	for name, tt := range map[string]struct {
		path   string
		status int
	}{
		"no client":                     {request("", webTo), 400},
		"an unknown registration":       {request("gh_zzzzzzzzzzzzzzzzzzzzzzzzzz", webTo), 400},
		"a document that is not there":  {request("https://nobody.example/client.json", webTo), 502},
		"a document that is none":       {request("https://broken.example/client.json", webTo), 400},
		"another redirect URI":          {request(webID, "https://evil.example/callback"), 400},
		"one below it":                  {request(webID, webTo+"/../evil"), 400},
		"one with a user":               {request(webID, "https://assistant.example@evil.example/callback"), 400},
		"one with encoded dots":         {request(webID, webTo+"/%2e%2e/evil"), 400},
		"one with a slash more":         {request(webID, webTo+"/"), 400},
		"one with another spelling":     {request(webID, "https://assistant.example/%63allback"), 400},
		"one that looks the same":       {request(webID, "https://\u0430ssistant.example/callback"), 400},
		"the same in ASCII":             {request(webID, "https://xn--ssistant-f6g.example/callback"), 400},
		"one with a query":              {request(webID, webTo+"?next=evil"), 400},
		"one with a fragment":           {request(webID, webTo+"#evil"), 400},
		"one in capitals":               {request(webID, "https://Assistant.example/callback"), 400},
		"one of another machine's port": {request(webID, "https://assistant.example:8443/callback"), 400},
		"a path of a program":           {request(programID, "http://127.0.0.1:1/evil"), 400},
		"another name of this machine":  {request(programID, "http://localhost:33418/callback"), 400},
		"a script":                      {request(webID, "javascript:alert(1)"), 400},
		"a script that is registered":   {request("gh_dddddddddddddddddddddddddd", "javascript:alert(1)"), 400},
		"data":                          {request(webID, "data:text/html,<script>alert(1)</script>"), 400},
		"none where there are two":      {request("gh_cccccccccccccccccccccccccc", ""), 400},
		"a long client":                 {request("https://assistant.example/"+strings.Repeat("a", 3000), webTo), 400},
		"a long redirect URI":           {request(webID, webTo+strings.Repeat("a", 3000)), 400},
		"two clients":                   {request(webID, webTo) + "&client_id=" + programID, 400},
		"two redirect URIs":             {request(webID, webTo) + "&redirect_uri=" + url.QueryEscape(webTo), 400},
		"a megabyte":                    {request(webID, webTo, "state", strings.Repeat("s", 1<<20)), 400},
		"bad encoding":                  {request(webID, webTo) + "&x=%zz", 400},
		"no organization":               {strings.Replace(request(webID, webTo), "contoso", "nobody", 1), 404},
	} {
		got := d.tab().open(tt.path)
		if !got.has(tt.status) || strings.Contains(got.body, "href") || strings.Contains(got.body, "alert") || len(d.once) != 0 {
			t.Errorf("%s: %d to %q: %s", name, got.status, got.header.Get("Location"), got.body)
		}
	}
}

// TestWhatElseIsWrongIsToldToTheClient in the terms of OAuth, with its state and
// who says so.
func TestWhatElseIsWrongIsToldToTheClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.change("contoso", func(data *snapshot.Data) { data.Clients = []tenants.Client{{ID: webID, Name: "Assistant"}} })
	for name, tt := range map[string]struct {
		path, code string
	}{
		"no response type":        {request(webID, webTo, "response_type", ""), "invalid_request"},
		"the implicit flow":       {request(webID, webTo, "response_type", "token"), "unsupported_response_type"},
		"the hybrid flow":         {request(webID, webTo, "response_type", "code id_token"), "unsupported_response_type"},
		"an answer in a fragment": {request(webID, webTo, "response_mode", "fragment"), "invalid_request"},
		"no PKCE":                 {request(webID, webTo, "code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		"no challenge":            {request(webID, webTo, "code_challenge", ""), "invalid_request"},
		"plain by default":        {request(webID, webTo, "code_challenge_method", ""), "invalid_request"},
		"plain":                   {request(webID, webTo, "code_challenge_method", "plain"), "invalid_request"},
		"a short challenge":       {request(webID, webTo, "code_challenge", strings.Repeat("a", 42)), "invalid_request"},
		"a long challenge":        {request(webID, webTo, "code_challenge", strings.Repeat("a", 129)), "invalid_request"},
		"an odd challenge":        {request(webID, webTo, "code_challenge", strings.Repeat("a", 42)+"="), "invalid_request"},
		"another server":          {request(webID, webTo, "resource", "https://evil.example/mcp"), "invalid_target"},
		"another organization":    {request(webID, webTo, "resource", base+"/t/fabrikam/mcp"), "invalid_target"},
		"a toolset there is not":  {request(webID, webTo, "resource", base+"/t/contoso/hr/mcp"), "invalid_target"},
		"two resources":           {request(webID, webTo) + "&resource=" + url.QueryEscape(base+"/t/contoso/finance/mcp"), "invalid_target"},
		"two challenges":          {request(webID, webTo) + "&code_challenge=a", "invalid_request"},
		"two response types":      {request(webID, webTo) + "&response_type=code", "invalid_request"},
		"a long scope":            {request(webID, webTo, "scope", strings.Repeat("s ", 2000)), "invalid_request"},
		"nobody to be asked":      {request(webID, webTo, "prompt", "none"), "login_required"},
		"none and another":        {request(webID, webTo, "prompt", "none login"), "invalid_request"},
		"an unknown prompt":       {request(webID, webTo, "prompt", "create"), "invalid_request"},
		"a request object":        {request(webID, webTo, "request", "e30."), "request_not_supported"},
		"one elsewhere":           {request(webID, webTo, "request_uri", "https://evil.example/r"), "request_uri_not_supported"},
		"claims that are none":    {request(webID, webTo, "claims", "[]"), "invalid_request"},
		"claims of nothing":       {request(webID, webTo, "claims", `{"userinfo":{"x":null}}`), "invalid_request"},
	} {
		got := d.tab().open(tt.path)
		q := got.query(t)
		if !strings.HasPrefix(got.header.Get("Location"), webTo+"?") || q.Get("error") != tt.code || q.Get("state") != "state of the client" ||
			q.Get("iss") != base+"/t/contoso" || len(q.Get("error_description")) < 10 || q.Has("code") || len(d.once) != 0 {
			t.Errorf("%s: %q", name, got.header.Get("Location"))
		}
	}
	for name, path := range map[string]string{
		"two states":   request(webID, webTo) + "&state=another",
		"a long state": request(webID, webTo, "state", strings.Repeat("s", 5000)),
	} {
		if q := d.tab().open(path).query(t); q.Get("error") != "invalid_request" || q.Has("state") || q.Get("iss") == "" {
			t.Errorf("%s: %v", name, q)
		}
	}
}

// TestNobodyIsSentToAStrangersAddress: anybody can register one, so that a link of
// ours must not lead there by itself (RFC 9700 §4.11.2).
func TestNobodyIsSentToAStrangersAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, unknown := range []tenants.Admission{tenants.Refuse, tenants.Admit} {
		d.change("contoso", func(data *snapshot.Data) { data.Organization.UnknownClients = unknown })
		got := d.tab().open(request(webID, webTo, "response_type", "token"))
		if !got.has(http.StatusBadRequest, `href="`+webTo+`?error=unsupported_response_type`, "assistant.example") {
			t.Errorf("%s: %d to %q: %s", unknown, got.status, got.header.Get("Location"), got.body)
		}
		got = d.tab().open(request(appID, appTo, "response_type", "token"))
		if !got.has(http.StatusBadRequest, `href="`+appTo+`?error=unsupported_response_type`) {
			t.Errorf("an application is started: %d to %q: %s", got.status, got.header.Get("Location"), got.body)
		}
	}
	if q := d.tab().open(request(programID, programTo, "response_type", "token")).query(t); q.Get("error") != "unsupported_response_type" {
		t.Errorf("a program on this machine: %v", q)
	}
}

func TestStateComesBackAsItWent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, state := range []string{"a\r\nSet-Cookie: x=y", "&iss=https://evil.example&code=x#", "\xff\xfe\x00", `"><script>alert(1)</script>`, strings.Repeat("s", 4096)} {
		b := d.tab()
		got := b.press(b.second(request(webID, webTo, "state", state, "prompt", "consent")), "allow")
		q := got.query(t)
		if q.Get("state") != state || len(q["iss"]) != 1 || len(q["code"]) != 1 || len(got.header["Set-Cookie"]) != 0 || strings.ContainsAny(got.header.Get("Location"), "\r\n\x00#") {
			t.Errorf("%q: %q", state, got.header.Get("Location"))
		}
	}
	b := d.tab()
	if q := b.press(b.second(request(webID, webTo, "state", "", "prompt", "consent")), "allow").query(t); q.Has("state") {
		t.Errorf("a state came of nothing: %v", q)
	}
}

func TestAnswerKeepsTheQueryOfTheAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	to := "http://localhost/callback?app=1"
	d.registered[programID] = connections.Registered{ID: programID, Name: "Editor", Redirects: []string{to}}
	b := d.tab()
	got := b.press(b.open(request(programID, "")), "cancel")
	if q := got.query(t); q.Get("app") != "1" || q.Get("error") != "access_denied" || !strings.HasPrefix(got.header.Get("Location"), to+"&") {
		t.Errorf("%q", got.header.Get("Location"))
	}
}

func TestPeopleSayNo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	got := b.press(b.open(request(webID, webTo)), "cancel")
	if q := got.query(t); q.Get("error") != "access_denied" || q.Get("state") != "state of the client" || q.Get("iss") == "" || len(d.beginnings) != 0 {
		t.Errorf("cancel: %v", q)
	}
	got = b.press(b.second(request(webID, webTo)), "deny")
	if q := got.query(t); q.Get("error") != "access_denied" || q.Has("code") || len(d.connections) != 0 {
		t.Errorf("deny: %v", q)
	}
	if len(d.refused) != 0 || len(d.events) != 1 || d.events[0].Kind != audit.Consent || d.events[0].Outcome != audit.Refused || d.events[0].Reason != "consent_denied" || d.events[0].Target == "client " {
		t.Errorf("of who said no is recorded %+v", d.events)
	}
}

func TestPromptsAreHeard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for prompt, want := range map[string]entra.Prompt{
		"": entra.NoPrompt, "consent": entra.NoPrompt, "login": entra.SignInAgain, "select_account": entra.SelectAccount, "select_account login consent": entra.SignInAgain,
	} {
		b := d.tab()
		b.press(b.open(request(webID, webTo, "prompt", prompt, "login_hint", strings.Repeat("x", 300))), "continue")
		if got := d.beginnings[len(d.beginnings)-1]; got.Prompt != want || got.LoginHint != "" {
			t.Errorf("%q: %+v", prompt, got)
		}
	}
}

func TestAStrongerSignInIsAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	b.press(b.open(request(webID, webTo, "claims", `{"access_token":{"acrs":{"essential":true,"value":"c1"}},"userinfo":{"x":null}}`)), "continue")
	want := `{"access_token":{"acrs":{"essential":true,"value":"c1"}},"id_token":{"acrs":{"essential":true,"value":"c1"}}}`
	if got := d.beginnings[0].Claims; got != want {
		t.Errorf("asks for %s", got)
	}
}

// TestAStrongerSignInIsAskedForByAScope: a client knows no more of a challenge than
// its scopes.
func TestAStrongerSignInIsAskedForByAScope(t *testing.T) {
	t.Parallel()
	for scope, context := range map[string]string{
		"access_as_user acrs:c1": "c1", "acrs:c2": "c2", "acrs:c1 access_as_user acrs:c3": "c3", "access_as_user acrs:c0": "", "access_as_user c1": "",
	} {
		d := newDesk(t)
		b := d.tab()
		b.press(b.open(request(webID, webTo, "scope", scope)), "continue")
		want := ""
		if context != "" {
			want = strings.ReplaceAll(`{"access_token":{"acrs":{"essential":true,"value":"#"}},"id_token":{"acrs":{"essential":true,"value":"#"}}}`, "#", context)
		}
		if got := d.beginnings[0].Claims; got != want {
			t.Errorf("%s asks for %s", scope, got)
		}
	}
}

func TestAnotherAccountCanBeChosen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	sent := b.press(b.second(request(webID, webTo, "login_hint", "alice@contoso.example")), "another")
	if got := d.beginnings[1]; got.Prompt != entra.SelectAccount || got.LoginHint != "" || got.Handshake.State == d.beginnings[0].Handshake.State {
		t.Errorf("%+v", got)
	}
	d.person.OID, d.person.Name = tenants.NewGUID(), "Bob"
	if q := b.press(b.arrive(sent), "allow").query(t); !q.Has("code") || d.connections[0].Person.Name != "Bob" {
		t.Errorf("%v %+v", q, d.connections)
	}
}

// TestTheFirstPageSaysWhereTheAnswerGoes and what its name is worth.
func TestTheFirstPageSaysWhereTheAnswerGoes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	program := d.tab().open(request(programID, programTo, "resource", base+"/t/contoso/finance/mcp"))
	if !program.has(http.StatusOK, "Not verified", "127.0.0.1", "Any program on this computer can receive the answer", "Finance &amp; Payroll") {
		t.Errorf("%s", program.body)
	}
	app := d.tab().open(request(appID, appTo))
	if !app.has(http.StatusOK, "Not verified", "com.example.app", "Any program on this device can register") {
		t.Errorf("%s", app.body)
	}
	web := d.tab().open(request(webID, webTo))
	if !web.has(http.StatusOK, "assistant.example") || strings.Contains(web.body, "Any program") {
		t.Errorf("%s", web.body)
	}
}

// TestPoliciesLetAnswersThrough: browsers hold what follows a form against the
// policy of its page.
func TestPoliciesLetAnswersThrough(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.registered["gh_cccccccccccccccccccccccccc"] = connections.Registered{ID: "gh_cccccccccccccccccccccccccc", Name: "Six", Redirects: []string{"http://[::1]/callback"}}
	for name, tt := range map[string]struct{ client, to, source string }{
		"web": {webID, webTo, "https://assistant.example"}, "program": {programID, programTo, "http://127.0.0.1:33418"},
		"app": {appID, appTo, "com.example.app:"}, "address of version 6": {"gh_cccccccccccccccccccccccccc", "http://[::1]:7/callback", "http:"},
	} {
		b := d.tab()
		first := b.open(request(tt.client, tt.to))
		if p := first.header.Get("Content-Security-Policy"); !strings.Contains(p, "form-action 'self' https: "+tt.source+";") {
			t.Errorf("%s, first page: %q", name, p)
		}
		second := b.arrive(b.press(first, "continue"))
		if p := second.header.Get("Content-Security-Policy"); !strings.Contains(p, "form-action 'self' https://login.microsoftonline.com "+tt.source+";") {
			t.Errorf("%s, second page: %q", name, p)
		}
	}
}

func TestOnlyBrokeredOrganizationsAsk(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		how    func(*snapshot.Data)
		status int
	}{
		"direct":    {func(data *snapshot.Data) { data.Organization.Mode = tenants.Direct }, 404},
		"facade":    {func(data *snapshot.Data) { data.Organization.Mode = tenants.Facade }, 404},
		"suspended": {func(data *snapshot.Data) { data.Organization.State = tenants.Suspended }, 403},
	} {
		d := newDesk(t)
		b := d.tab()
		first := b.open(request(webID, webTo))
		sent := b.press(first, "continue")
		d.change("contoso", tt.how)
		for at, got := range []view{b.open(request(webID, webTo)), b.arrive(sent), b.post("/t/contoso/consent", url.Values{"step": {"x"}, "action": {"allow"}})} {
			if !got.has(tt.status) {
				t.Errorf("%s, %d: %d %s", name, at, got.status, got.body)
			}
		}
	}
}

func TestThoseWhoAskTooOftenWait(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.limited = fault.New(fault.Limited, "too many requests from this address").RetryAfter(3 * time.Second)
	for _, got := range []view{d.tab().open(request(webID, webTo)), d.tab().open("/t/contoso/callback?state=x&code=y"), d.tab().post("/t/contoso/consent", nil)} {
		if !got.has(http.StatusTooManyRequests) || got.header.Get("Retry-After") == "" || len(d.once) != 0 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

func TestLookingAheadUsesNothingUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	sent := b.press(b.open(request(webID, webTo)), "continue")
	path := "/t/contoso/callback?code=c&state=" + sent.query(t).Get("state")
	if got := b.send(httptest.NewRequestWithContext(t.Context(), http.MethodHead, base+path, nil)); got.status != http.StatusMethodNotAllowed {
		t.Errorf("%d", got.status)
	}
	if got := b.arrive(sent); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestWhoBeginsTooOftenLeavesNothingBehind, and goes on with what has begun.
func TestWhoBeginsTooOftenLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b := d.tab()
	first := b.open(request(webID, webTo))
	d.full = fault.New(fault.Limited, "too many requests").RetryAfter(time.Second)
	kept := len(d.once)
	if got := d.tab().open(request(webID, webTo)); !got.has(http.StatusTooManyRequests, "Too many requests") || got.header.Get("Retry-After") == "" || len(d.once) != kept {
		t.Errorf("%d: %s", got.status, got.body)
	}
	if got := b.press(first, "continue"); got.status != http.StatusSeeOther {
		t.Errorf("%d: %s", got.status, got.body)
	}
}

func TestNoAnswerGoesToOurselves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, to := range []string{base, base + "/auth/callback", base + ":443/t/contoso/callback"} {
		d.registered[programID] = connections.Registered{ID: programID, Name: "Editor", Redirects: []string{to}}
		if got := d.tab().open(request(programID, to)); !got.has(http.StatusBadRequest, "The answer would go to a wrong place") {
			t.Errorf("%s: %d", to, got.status)
		}
	}
}
