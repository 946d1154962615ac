package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// signIn is one request at the authorization endpoint. The browser carries its
// parameters from page to page; the emulator keeps nothing in between.
type signIn struct {
	e        *Emulator
	form     url.Values
	segment  string    // the tenant as the URL names it
	tenants  []*tenant // whose people may sign in
	client   *app
	redirect string
	platform platform
}

// Parameters of an authorization request that travel through the pages.
var carried = []string{
	"client_id", "response_type", "redirect_uri", "response_mode", "scope", "state", "nonce", "prompt", "login_hint", "domain_hint",
	"code_challenge", "code_challenge_method", "resource", "claims", "client_info", "client-request-id",
}

// authorize is the authorization endpoint: first the request, then the account,
// then consent, then the code.
func (e *Emulator) authorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		e.errorPage(w, r, refuse(9002313, "The parameters are not a form."))
		return
	}
	s := &signIn{e: e, form: r.Form, segment: r.PathValue("tenant")}
	if no := s.identify(w); no != nil {
		e.errorPage(w, r, no) // never to a reply URL that nobody registered
		return
	}
	if no := s.check(); no != nil {
		s.answerError(w, r, no)
		return
	}
	if s.form.Get("account") == "" {
		s.pickAccount(w)
		return
	}
	s.proceed(w, r)
}

// identify finds tenant, client and reply URL.
func (s *signIn) identify(w http.ResponseWriter) *refusal {
	id := s.form.Get("client_id")
	if id == "" {
		return refuse(900144, "client_id")
	}
	noteClient(w, id)
	client, no := s.find(id)
	if no != nil {
		return no
	}
	s.client = client
	if len(s.tenants) == 1 {
		noteTenant(w, s.tenants[0])
	}
	s.redirect = s.form.Get("redirect_uri")
	if s.redirect == "" {
		return refuse(900144, "redirect_uri")
	}
	by, ok := client.platform(s.redirect)
	if !ok {
		return refuse(50011, clip(s.redirect), client.ID)
	}
	s.platform = by
	return nil
}

// find sets the tenants of the request: the one named, or at common and
// organizations all that have the client.
func (s *signIn) find(id string) (*app, *refusal) {
	world := s.e.world.Load()
	if s.segment != "common" && s.segment != "organizations" {
		t, ok := world.find(s.segment)
		if !ok {
			return nil, unknownTenant(s.segment)
		}
		s.tenants = []*tenant{t}
		return t.client(id)
	}
	no := refuse(700016, clip(id), s.segment)
	var client *app
	for _, tid := range world.order {
		found, missing := world.tenants[tid].client(id)
		if missing != nil {
			no = missing
			continue
		}
		s.tenants = append(s.tenants, world.tenants[tid])
		if client == nil {
			client = found
		}
	}
	if client == nil {
		return nil, no
	}
	return client, nil
}

// check refuses what the client can be told about at its reply URL.
func (s *signIn) check() *refusal {
	switch kind := s.form.Get("response_type"); kind {
	case "code":
	case "":
		return refuse(900144, "response_type")
	default:
		return refuse(700054, clip(kind))
	}
	if mode := s.form.Get("response_mode"); !among(mode, "", "query", "fragment", "form_post") {
		return refuse(9002313, "The response_mode '"+clip(mode)+"' is unknown.")
	}
	if no := s.checkChallenge(); no != nil {
		return no
	}
	a, no := s.tenants[0].ask(s.client, s.form.Get("scope"))
	if no != nil {
		return no
	}
	if no = a.target(s.form.Get("resource")); no != nil {
		return no
	}
	if _, no = capable(s.form.Get("claims")); no != nil {
		return no
	}
	if s.prompt("none") {
		return refuse(50058) // there is no session to be silent with
	}
	return nil
}

// checkChallenge checks the PKCE parameters (RFC 7636 §4.3); a method left out
// means plain.
func (s *signIn) checkChallenge() *refusal {
	challenge, method := s.form.Get("code_challenge"), s.form.Get("code_challenge_method")
	switch {
	case challenge == "" && s.platform == platformSPA:
		return refuse(9002325)
	case challenge == "":
		return nil
	case len(challenge) < 43 || len(challenge) > 128:
		return refuse(50147)
	case !among(method, "", "plain", "S256"):
		return refuse(9002313, "The code_challenge_method '"+clip(method)+"' is unknown.")
	}
	return nil
}

func (s *signIn) prompt(want string) bool {
	return among(want, strings.Fields(s.form.Get("prompt"))...)
}
