package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

func (r *rig) code(p console.Person) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.people["code"] = p
	return "code"
}

func TestStateIsForOnceForOneBrowserAndForMinutes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attack func(r *rig, b *browser, state string) *browser
		want   int
	}{
		"none":         {func(_ *rig, b *browser, _ string) *browser { return b }, http.StatusSeeOther},
		"just in time": {func(r *rig, b *browser, _ string) *browser { r.pass(10*time.Minute - time.Second); return b }, http.StatusSeeOther},
		"late":         {func(r *rig, b *browser, _ string) *browser { r.pass(10 * time.Minute); return b }, http.StatusForbidden},
		"replayed": {func(_ *rig, b *browser, state string) *browser {
			b.get("/auth/callback?code=code&state=" + state)
			return b
		}, http.StatusForbidden},
		"another browser": {func(r *rig, b *browser, _ string) *browser { return r.browser(b.t) }, http.StatusForbidden},
		"another browser with a mark of its own": {func(r *rig, b *browser, _ string) *browser {
			other := r.browser(b.t)
			other.get("/auth/sign-in")
			return other
		}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.code(r.person(r.contoso, tenants.Owner))
			b := r.browser(t)
			state := stateOf(t, b.get("/auth/sign-in?return=/contoso/tools"))
			b = c.attack(r, b, state)
			delete(b.cookies, cookie)
			w := b.get("/auth/callback?code=code&state=" + state)
			want(t, w, c.want)
			if signedIn := b.cookies[cookie] != ""; signedIn != (c.want == http.StatusSeeOther) {
				t.Errorf("signed in: %v", signedIn)
			}
			if c.want == http.StatusSeeOther && w.Header().Get("Location") != "/contoso/tools" {
				t.Errorf("returns to %q", w.Header().Get("Location"))
			}
		})
	}
}

func TestInventedStatesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.code(r.person(r.contoso, tenants.Owner))
	b := r.browser(t)
	b.get("/auth/sign-in")
	for _, query := range []string{"", "code=code", "code=code&state=", "code=code&state=invented"} {
		want(t, b.get("/auth/callback?"+query), http.StatusForbidden)
	}
}

func TestSignInReturnsToThePlatformOnly(t *testing.T) {
	t.Parallel()
	b := newRig(t).browser(t)
	for _, path := range []string{"/", "/contoso/tools?x=1#y", "/a//b", "/a:b"} {
		want(t, b.get("/auth/sign-in?return="+url.QueryEscape(path)), http.StatusSeeOther)
	}
	for _, path := range []string{
		"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", "evil", "///evil.example",
		"http:evil.example", "/\n/evil.example", "https:/evil.example", "//user@evil.example/", " //evil.example",
	} {
		want(t, b.get("/auth/sign-in?return="+url.QueryEscape(path)), http.StatusUnprocessableEntity)
	}
}

func TestSignInAsksWhereAndForWhatItIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser(t)
	b.get("/auth/sign-in?tenant=contoso&scopes=groups")
	b.get("/auth/sign-in?tenant=" + r.other.TID.String())
	b.get("/auth/sign-in")
	if len(r.began) != 3 || r.began[0].Tenant != r.contoso.TID || len(r.began[0].Scopes) != 1 || r.began[1].Tenant != r.other.TID || !r.began[2].Tenant.IsZero() ||
		r.began[0].Redirect != base+"/auth/callback" || r.began[0].State == r.began[1].State {
		t.Errorf("began %+v", r.began)
	}
	want(t, b.get("/auth/sign-in?scopes=Directory.ReadWrite.All"), http.StatusUnprocessableEntity)
	want(t, b.get("/auth/sign-in?tenant=nobody"), http.StatusNotFound)
}

func TestSignInPagesRunNothingAndRepeatNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser(t)
	state := stateOf(t, b.get("/auth/sign-in"))
	w := b.get("/auth/callback?error=access_denied&error_description=" + url.QueryEscape("<script>call 555-0100</script>") + "&state=" + state)
	want(t, w, http.StatusForbidden)
	policy, text := w.Header().Get("Content-Security-Policy"), w.Body.String()
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy is %q", policy)
	}
	if strings.Contains(text, "555-0100") || strings.Contains(text, "<script") || !strings.Contains(text, w.Header().Get("X-Request-Id")) || !strings.Contains(text, "administrator") {
		t.Errorf("page is %s", text)
	}
}

// TestPagesSpeakInSentences: what an API client reads as a fragment, people read
// with a capital and a period.
func TestPagesSpeakInSentences(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser(t)
	for path, text := range map[string]string{
		"/auth/callback?error=access_denied&state=" + stateOf(t, b.get("/auth/sign-in")): "<p>The sign-in was canceled, or your organization does not let you use this application; ask an administrator of your directory, then sign in again.</p>",
		"/auth/callback?state=invented":                                   "<p>This link has been used already, is older than ten minutes, or was not made here; begin again.</p>",
		"/auth/sign-in?return=" + url.QueryEscape("https://evil.example"): "<p>The address to return to is not a page of this platform; open the platform and sign in from there.</p>",
		"/auth/sign-in?scopes=x":                                          "<p>scopes: known are applications, applications.read, groups, roles.</p>",
	} {
		if w := b.get(path); !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s shows %s, want %s", path, w.Body, text)
		}
	}
	if w := b.get("/auth/callback?code=unknown&state=" + stateOf(t, b.get("/auth/sign-in"))); !strings.Contains(w.Body.String(), "<p>The sign-in was not accepted.</p>") {
		t.Errorf("a sentence becomes %s", w.Body)
	}
}

func TestConsumersDoNotSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	consumers, err := tenants.ParseTID("9188040d-6c67-4c5b-b112-36a304b66dad")
	if err != nil {
		t.Fatal(err)
	}
	r.code(console.Person{TID: consumers, OID: tenants.NewGUID()})
	b := r.browser(t)
	want(t, b.get("/auth/callback?code=code&state="+stateOf(t, b.get("/auth/sign-in"))), http.StatusForbidden)
	if len(r.sessions) != 0 {
		t.Error("somebody has signed in")
	}
}

func consentState(t *testing.T, b *browser) string {
	t.Helper()
	w := b.send(http.MethodPost, "/api/organizations/contoso/consent", "", nil)
	var link console.ConsentLink
	decode(t, w, &link)
	u, err := url.Parse(link.URL)
	if err != nil || u.Query().Get("state") == "" {
		t.Fatalf("consent is %d %s", w.Code, w.Body)
	}
	return u.Query().Get("state")
}

// share connects contoso to the shared app.
func (r *rig) share() {
	o := r.orgs[r.contoso.ID]
	o.Connection.Model = tenants.SharedApp
	r.orgs[o.ID] = o
}

// TestConsentToAnOwnAppComesBackToNobody: nothing is kept for a page that nobody
// is sent back from.
func TestConsentToAnOwnAppComesBackToNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.as(t, r.person(r.contoso, tenants.Admin))
	kept := len(r.oneTime)
	own := b.send(http.MethodPost, "/api/organizations/contoso/consent", "", nil)
	if own.Code != http.StatusOK || strings.TrimSpace(own.Body.String()) != `{"url":"https://entra.example/permissions"}` || len(r.oneTime) != kept {
		t.Errorf("of an own app: %d %s, %d states", own.Code, own.Body, len(r.oneTime)-kept)
	}
	r.share()
	var link console.ConsentLink
	decode(t, b.send(http.MethodPost, "/api/organizations/contoso/consent", "", nil), &link)
	if link.ExpiresAt == nil || !link.ExpiresAt.Equal(start.Add(10*time.Minute)) || len(r.oneTime) != kept+1 {
		t.Errorf("of the shared app: %+v, %d states", link, len(r.oneTime)-kept)
	}
}

func TestConsentCountsOnlyInTheSessionThatAskedForIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attack func(r *rig, b *browser, state string) (*browser, string)
		want   int
	}{
		"none":       {func(_ *rig, b *browser, s string) (*browser, string) { return b, s }, http.StatusSeeOther},
		"forged":     {func(_ *rig, b *browser, _ string) (*browser, string) { return b, "invented" }, http.StatusForbidden},
		"no state":   {func(_ *rig, b *browser, _ string) (*browser, string) { return b, "" }, http.StatusForbidden},
		"late":       {func(r *rig, b *browser, s string) (*browser, string) { r.pass(10 * time.Minute); return b, s }, http.StatusForbidden},
		"no session": {func(r *rig, b *browser, s string) (*browser, string) { return r.browser(b.t), s }, http.StatusUnauthorized},
		"sign-in state": {func(_ *rig, b *browser, _ string) (*browser, string) {
			return b, stateOf(b.t, b.get("/auth/sign-in"))
		}, http.StatusForbidden},
		"another session of the organization": {func(r *rig, b *browser, s string) (*browser, string) {
			return r.as(b.t, r.person(r.contoso, tenants.Owner)), s
		}, http.StatusForbidden},
		"session of another organization": {func(r *rig, b *browser, s string) (*browser, string) {
			return r.as(b.t, r.person(r.other, tenants.Owner)), s
		}, http.StatusForbidden},
		"no admin any more": {func(r *rig, b *browser, s string) (*browser, string) {
			r.grants[r.contoso.ID] = r.grants[r.contoso.ID][:1]
			return b, s
		}, http.StatusForbidden},
		"deleted meanwhile": {func(r *rig, b *browser, s string) (*browser, string) { r.setState(tenants.Deleted); return b, s }, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.share()
			b := r.as(t, r.person(r.contoso, tenants.Admin))
			b, state := c.attack(r, b, consentState(t, b))
			path := "/auth/consent?admin_consent=True&tenant=" + r.contoso.TID.String() + "&state=" + state
			want(t, b.get(path), c.want)
			if told := len(r.consents) == 1; told != (c.want == http.StatusSeeOther) {
				t.Errorf("onboarding is told %v", r.consents)
			}
			want(t, b.get(path), map[bool]int{true: http.StatusForbidden, false: b.get(path).Code}[c.want == http.StatusSeeOther])
		})
	}
}
