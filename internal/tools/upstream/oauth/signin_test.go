package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools/upstream/oauth"
)

func TestPersonIsSentToSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.begin(t)
	u, err := url.Parse(i.URL())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(i.Verifier.Reveal()))
	want := url.Values{
		"response_type": {"code"}, "client_id": {"c-1"}, "redirect_uri": {redirect}, "state": {i.State.Reveal()}, "resource": {sourceURL},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "scope": {"notes:read notes:write"},
	}
	if got := u.Query(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if u.RawQuery = ""; u.String() != "https://login.example/t/1/authorize" {
		t.Error(u)
	}
	other := w.begin(t)
	if len(i.State) != 43 || len(i.Verifier) != 43 || other.State.Reveal() == i.State.Reveal() || other.Verifier.Reveal() == i.Verifier.Reveal() || i.State.Reveal() == i.Verifier.Reveal() {
		t.Error("state and verifier are not 256 random bits each")
	}
}

func TestParametersOfAPageAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.web.says(serverURL, aboutServer.with(object{"authorization_endpoint": "https://login.example/authorize?tenant=a%20b"}))
	if got := w.begin(t).URL(); !strings.HasPrefix(got, "https://login.example/authorize?tenant=a%20b&client_id=c-1&") {
		t.Error(got)
	}
}

func TestScopesOfASignIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server, given []string
		scope, prompt string
	}{
		"none":            {nil, nil, "", ""},
		"the server's":    {[]string{"a"}, nil, "a", ""},
		"wider":           {[]string{"a"}, []string{"a", "b"}, "a b", ""},
		"wider, with one": {[]string{"a", "offline_access"}, []string{"a", "b"}, "a b offline_access", "consent"},
		"a refresh token": {[]string{"a", "offline_access"}, nil, "a offline_access", "consent"},
	} {
		s := oauth.Server{Issuer: issuer, Authorization: "https://login.example/authorize", Scopes: c.server}
		i, err := oauth.NewSignIn(s, oauth.Registration{Issuer: issuer, ClientID: "c"}, c.given)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(i.URL())
		if q := u.Query(); err != nil || q.Get("scope") != c.scope || q.Get("prompt") != c.prompt || q.Has("scope") != (c.scope != "") {
			t.Errorf("%s: %s", name, u)
		}
	}
}

func TestRegistrationOfAnotherServerBeginsNothing(t *testing.T) {
	t.Parallel()
	for _, r := range []oauth.Registration{{}, {Issuer: "https://other.example", ClientID: "c"}} {
		if i, err := oauth.NewSignIn(oauth.Server{Issuer: issuer}, r, nil); err == nil || fault.KindOf(err) != fault.Internal || i.State != "" {
			t.Errorf("%v %v", i, err)
		}
	}
	if _, err := oauth.NewSignIn(oauth.Server{}, oauth.Registration{}, nil); err == nil {
		t.Error("neither of them has a name")
	}
}

func TestPersonComesBackWithAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i, got := w.token(t)
	want := oauth.Token{
		Issuer: issuer, ClientID: "c-1", Resource: sourceURL, Access: "access-1", Refresh: "refresh-1", Expires: now.Add(600e9), Scopes: []string{"notes:read"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	a := w.web.last(t)
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {"code-1"}, "redirect_uri": {redirect}, "code_verifier": {i.Verifier.Reveal()}, "resource": {sourceURL}, "client_id": {"c-1"},
	}
	if a.url != tokenURL || a.method != "POST" || !reflect.DeepEqual(a.form(t), form) || a.header.Get("Authorization") != "" || a.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%+v", a)
	}
}

func TestClientShowsItsSecretAsTheServerWants(t *testing.T) {
	t.Parallel()
	const secret = "s:1 %+/"
	w := newWorld(t)
	i := w.begin(t)
	i.Registration.Secret, i.Registration.ClientID = secret, "id:1"
	for method, c := range map[string]struct{ basic, id, secret string }{
		"client_secret_basic": {"Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape("id:1")+":"+url.QueryEscape(secret))), "", ""},
		"client_secret_post":  {"", "id:1", secret},
		"none":                {"", "id:1", ""},
	} {
		i.Registration.Method = method
		if _, err := w.Finish(t.Context(), i, back(i)); err != nil {
			t.Fatal(err)
		}
		a := w.web.last(t)
		if form := a.form(t); a.header.Get("Authorization") != c.basic || form.Get("client_id") != c.id || form.Get("client_secret") != c.secret {
			t.Errorf("%s: %+v", method, a)
		}
	}
}

func TestAnswerToSomethingElseIsNotRedeemed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(i *oauth.SignIn, v url.Values)
		kind   fault.Kind
		word   string
	}{
		"another state":            {func(_ *oauth.SignIn, v url.Values) { v.Set("state", "x") }, fault.Invalid, "under way"},
		"no state":                 {func(_ *oauth.SignIn, v url.Values) { v.Del("state") }, fault.Invalid, "under way"},
		"two states":               {func(_ *oauth.SignIn, v url.Values) { v.Add("state", "x") }, fault.Invalid, "twice"},
		"no state on either side":  {func(i *oauth.SignIn, v url.Values) { i.State = ""; v.Set("state", "") }, fault.Invalid, "under way"},
		"another issuer":           {func(_ *oauth.SignIn, v url.Values) { v.Set("iss", "https://evil.example") }, fault.Invalid, "do not go on"},
		"nearly the issuer":        {func(_ *oauth.SignIn, v url.Values) { v.Set("iss", issuer+"/") }, fault.Invalid, "do not go on"},
		"an empty issuer":          {func(_ *oauth.SignIn, v url.Values) { v.Set("iss", "") }, fault.Invalid, "do not go on"},
		"two issuers":              {func(_ *oauth.SignIn, v url.Values) { v["iss"] = []string{issuer, "x"} }, fault.Invalid, "twice"},
		"no issuer where promised": {func(i *oauth.SignIn, _ url.Values) { i.Server.NamesIssuer = true }, fault.Invalid, "do not go on"},
		"two codes":                {func(_ *oauth.SignIn, v url.Values) { v.Add("code", "x") }, fault.Invalid, "twice"},
		"no code":                  {func(_ *oauth.SignIn, v url.Values) { v.Del("code") }, fault.Upstream, "no code"},
		"a code of bytes":          {func(_ *oauth.SignIn, v url.Values) { v.Set("code", "a\x00") }, fault.Upstream, "no code"},
		"a long code":              {func(_ *oauth.SignIn, v url.Values) { v.Set("code", strings.Repeat("x", 4_097)) }, fault.Invalid, "too long"},
		"a person who declined":    {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "access_denied") }, fault.Forbidden, "not to go on"},
		"a client nobody knows":    {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "unauthorized_client") }, fault.Upstream, "know us"},
		"a server out of order":    {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "temporarily_unavailable") }, fault.Unavailable, "later"},
		"a scope nobody has":       {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "invalid_scope") }, fault.Upstream, "invalid_scope"},
		"an error of its own":      {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "<script>") }, fault.Upstream, "no reason given"},
		"an error of another issuer": {func(_ *oauth.SignIn, v url.Values) {
			v.Set("error", "access_denied")
			v.Set("iss", "https://evil.example")
		}, fault.Invalid, "do not go on"},
		"an error of another state": {func(_ *oauth.SignIn, v url.Values) { v.Set("error", "access_denied"); v.Set("state", "x") }, fault.Invalid, "under way"},
		"another registration":      {func(i *oauth.SignIn, _ url.Values) { i.Registration.Issuer = "https://evil.example" }, fault.Internal, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			i := w.begin(t)
			v := back(i)
			c.change(&i, v)
			_, err := w.Finish(t.Context(), i, v)
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Public(err), c.word) {
				t.Errorf("error = %v, want %s that says %q", err, c.kind, c.word)
			}
			if w.web.count(tokenURL) != 0 {
				t.Error("the code was sent somewhere")
			}
		})
	}
}

func TestIssuerInTheAnswerIsAccepted(t *testing.T) {
	t.Parallel()
	for _, advertised := range []bool{true, false} {
		w := newWorld(t)
		w.web.says(serverURL, aboutServer.with(object{"authorization_response_iss_parameter_supported": advertised}))
		i := w.begin(t)
		v := back(i)
		v.Set("iss", issuer)
		if _, err := w.Finish(t.Context(), i, v); err != nil {
			t.Errorf("advertised %v: %v", advertised, err)
		}
	}
}

func TestSignInIsKeptWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.begin(t)
	i.Registration.Secret = "s-1"
	stored, err := i.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var kept oauth.SignIn
	if err := kept.UnmarshalBinary(stored); err != nil || !reflect.DeepEqual(kept, i) {
		t.Errorf("%+v %v", kept, err)
	}
	for _, text := range []string{"", "{}", `{"state":"s","verifier":"v"}`, `{"state":"SECRET`} {
		if err := kept.UnmarshalBinary([]byte(text)); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
