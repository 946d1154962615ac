package emulator

import (
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// answerCode sends the browser back with an authorization code.
func (s *signIn) answerCode(w http.ResponseWriter, r *http.Request, t *tenant, who *person) {
	cp1, _ := capable(s.form.Get("claims")) // checked with the request
	now := s.e.clock.Now()
	method := s.form.Get("code_challenge_method")
	session := newGUID()
	code, err := s.e.sealer.seal(sealedCode, grant{
		ID: newGUID(), Tenant: t.id, User: who.ID, Client: s.client.ID, Scope: s.form.Get("scope"),
		Session: session, Generation: who.session, Platform: s.platform, Capable: cp1,
		At: now, Since: now, Redirect: s.redirect,
		Challenge: s.form.Get("code_challenge"), Method: method, Nonce: s.form.Get("nonce"),
	})
	if err != nil {
		s.e.errorPage(w, r, refuse(90033))
		return
	}
	values := url.Values{"code": {code}, "session_state": {session}}
	if s.form.Get("client_info") == "1" {
		values.Set("client_info", clientInfo(who.ID, t.id))
	}
	s.send(w, r, values)
}

// answerError sends the browser back with an error.
func (s *signIn) answerError(w http.ResponseWriter, r *http.Request, no *refusal) {
	env := s.e.envelope(r, no)
	noteRefusal(w, no.code)
	values := url.Values{"error": {env.Error}, "error_description": {env.Description}}
	if no.code == 65004 {
		values.Set("error_subcode", "cancel")
	}
	if env.URI != "" {
		values.Set("error_uri", env.URI)
	}
	s.send(w, r, values)
}

// send delivers parameters to the reply URL in the mode asked for. There is no
// "iss" among them (RFC 9207): Entra sends none.
func (s *signIn) send(w http.ResponseWriter, r *http.Request, values url.Values) {
	if state := s.form.Get("state"); state != "" {
		values.Set("state", state)
	}
	redirect := withSlash(s.redirect)
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Referrer-Policy", "no-referrer")
	switch s.form.Get("response_mode") {
	case "fragment":
		http.Redirect(w, r, redirect+"#"+values.Encode(), http.StatusFound)
	case "form_post":
		var fields []field
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fields = append(fields, field{name, values.Get(name)})
		}
		s.e.show(w, http.StatusOK, postPage, page{
			Title: "Back to " + s.client.Name, App: s.client.Name, Carried: fields, Nonce: random(16),
			// Registered for the app, whatever its scheme.
			Post: template.URL(redirect), //nolint:gosec // see above
		})
	default:
		http.Redirect(w, r, withQuery(redirect, values), http.StatusFound)
	}
}
