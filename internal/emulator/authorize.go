package emulator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// journey is what a browser has come for, by the end of its path.
type journey string

const (
	authorizeV2    journey = "oauth2/v2.0/authorize"
	authorizeV1    journey = "oauth2/authorize"
	adminConsentV2 journey = "v2.0/adminconsent"
	adminConsentV1 journey = "adminconsent"
	deviceAuth     journey = "oauth2/deviceauth" // on behalf of another machine
)

// admin tells whether the browser is there for an administrator's consent alone.
func (j journey) admin() bool { return j == adminConsentV2 || j == adminConsentV1 }

// signIn is one request of a browser. The browser carries its parameters from
// page to page; the emulator keeps nothing in between but which pages it showed.
type signIn struct {
	e        *Emulator
	journey  journey
	form     url.Values // query and body
	posted   url.Values // body alone: what a person decided on one of our pages
	now      time.Time
	segment  string              // the tenant as the URL names it
	tenants  []*directory.Tenant // whose people may sign in
	client   *directory.App
	redirect string
	platform seed.Platform
	wanted   wanted
	browser  browser
	picked   bool // somebody was named in this very request

	browserID string // empty: this browser cannot be told from others yet
}

// Parameters of a request that travel through the pages.
var carried = []string{
	"client_id", "response_type", "redirect_uri", "response_mode", "scope", "state", "nonce", "prompt", "login_hint", "domain_hint",
	"code_challenge", "code_challenge_method", "resource", "claims", "amr_values", "client_info", "client-request-id",
}

// walk serves a journey: first the request, then the account and what
// Conditional Access asks of it, then consent, then the answer.
func (e *Emulator) walk(j journey) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if no := readForm(w, r); no != nil {
			e.errorPage(w, r, no)
			return
		}
		s := &signIn{e: e, journey: j, form: r.Form, posted: r.PostForm, now: e.clock.Now(), segment: r.PathValue("tenant")}
		s.browser, s.browserID = e.readBrowser(r, s.now), readBrowserID(r)
		if no := s.identify(w); no != nil {
			e.errorPage(w, r, no) // never to a reply URL that nobody registered
			return
		}
		if no := s.check(); no != nil {
			s.answerError(w, r, no)
			return
		}
		at, ok := s.arrive(w, r)
		switch {
		case !ok:
		case j.admin():
			s.administer(w, r, at)
		default:
			s.proceed(w, r, at)
		}
	}
}

// identify finds tenant, client and reply URL. A device has none.
func (s *signIn) identify(w http.ResponseWriter) *refusal {
	if s.journey != deviceAuth {
		if no := s.party(w); no != nil {
			return no
		}
		return s.findRedirect()
	}
	if no := s.readCode(); no != nil {
		return no
	}
	return s.party(w)
}

// party finds tenant and client.
func (s *signIn) party(w http.ResponseWriter) *refusal {
	id := s.form.Get("client_id")
	if id == "" {
		return refuse(900144, "client_id")
	}
	journal.Client(w, id)
	client, no := s.find(id)
	if no != nil {
		return no
	}
	s.client = client
	if len(s.tenants) == 1 {
		journal.Tenant(w, s.tenants[0].ID)
	}
	if s.single() && client.Disabled {
		return refuse(7000112, client.ID, client.Name)
	}
	return nil
}

// findRedirect matches the reply URL with the registered ones.
func (s *signIn) findRedirect() *refusal {
	s.redirect = s.form.Get("redirect_uri")
	if s.redirect == "" {
		return refuse(900144, "redirect_uri")
	}
	if !possiblePort(s.redirect) {
		return refuse(50011, reply.Clip(s.redirect), s.client.ID)
	}
	registered := s.client.Redirects
	if len(registered.Web)+len(registered.SPA)+len(registered.Public) == 0 {
		return refuse(500113)
	}
	by, ok := registered.Platform(s.redirect)
	if !ok {
		return refuse(50011, reply.Clip(s.redirect), s.client.ID)
	}
	s.platform = by
	return nil
}

// possiblePort tells whether the port of a web address, where it has one, is one:
// on loopback any port matches, but there are only so many.
func possiblePort(redirect string) bool {
	u, err := url.Parse(redirect)
	if err != nil || !among(u.Scheme, "http", "https") {
		return err == nil
	}
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	_, err = strconv.ParseUint(u.Port(), 10, 16)
	return err == nil
}

// find sets the tenants of the request: the one named, or at common and
// organizations all that have the client.
func (s *signIn) find(id string) (*directory.App, *refusal) {
	world := s.e.world()
	if s.single() {
		t, ok := world.Find(s.segment)
		if !ok {
			return nil, unknownTenant(s.segment)
		}
		s.tenants = []*directory.Tenant{t}
		return s.clientIn(t, id)
	}
	no := refuse(700016, reply.Clip(id), s.segment)
	var client *directory.App
	for _, t := range world.All() {
		found, missing := s.clientIn(t, id)
		if missing != nil {
			no = missing
			continue
		}
		s.tenants = append(s.tenants, t)
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
	if no := s.checkAudience(); no != nil {
		return no
	}
	if s.journey == adminConsentV2 && s.form.Get("scope") == "" {
		return refuse(900144, "scope")
	}
	if s.journey.admin() || s.journey == deviceAuth {
		return nil
	}
	if no := s.checkResponse(); no != nil {
		return no
	}
	if no := s.checkPrompt(); no != nil {
		return no
	}
	if no := s.checkChallenge(); no != nil {
		return no
	}
	a, no := s.asked()
	if no != nil {
		return no
	}
	if s.journey == authorizeV2 {
		if no = a.target(s.form.Get("resource")); no != nil {
			return no
		}
	}
	if s.wanted, no = readClaims(s.form.Get("claims")); no != nil {
		return no
	}
	s.wanted.mfa = s.wanted.mfa || among("mfa", strings.Fields(s.form.Get("amr_values"))...)
	return nil
}

// checkAudience keeps single-tenant apps away from common and organizations.
func (s *signIn) checkAudience() *refusal {
	if s.single() || s.multiTenant() {
		return nil
	}
	return refuse(50194, s.client.ID, s.client.Name)
}

// multiTenant tells whether the client may use common and organizations. An app
// that several tenants list is multi-tenant, or it could not be in all of them.
func (s *signIn) multiTenant() bool {
	return s.client.FirstParty || s.client.MultiTenant || len(s.tenants) > 1
}

// unreserved is the alphabet of code_challenge (RFC 7636 §4.2).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

func foreign(c rune) bool { return !strings.ContainsRune(unreserved, c) }

// checkChallenge checks the PKCE parameters (RFC 7636 §4.3); a method left out
// means plain.
func (s *signIn) checkChallenge() *refusal {
	challenge, method := s.form.Get("code_challenge"), s.form.Get("code_challenge_method")
	switch {
	case challenge == "" && s.platform == seed.PlatformSPA && s.asks("code"):
		return refuse(9002325)
	case challenge == "":
		return nil
	case len(challenge) < 43 || len(challenge) > 128 || strings.ContainsFunc(challenge, foreign):
		return refuse(50147) // its sentence speaks of the size alone
	case !among(method, "", "plain", "S256"):
		return refuse(9002313, "The code_challenge_method '"+reply.Clip(method)+"' is unknown.")
	}
	return nil
}

// checkPrompt refuses what Entra's pages do not know; admin_consent is v1's.
func (s *signIn) checkPrompt() *refusal {
	for _, value := range strings.Fields(s.form.Get("prompt")) {
		known := among(value, "none", "login", "select_account", "consent", "create") ||
			value == "admin_consent" && s.journey == authorizeV1
		if !known {
			return refuse(90023, reply.Clip(value))
		}
	}
	return nil
}

func (s *signIn) prompt(want string) bool {
	return among(want, strings.Fields(s.form.Get("prompt"))...)
}

// silent tells whether no page may be shown.
func (s *signIn) silent() bool { return !s.journey.admin() && s.prompt("none") }

func (s *signIn) single() bool { return !manyTenants(s.segment) }
