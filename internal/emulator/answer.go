package emulator

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/journal"
)

// answer sends the browser back with what response_type asks for, or tells the
// device.
func (s *signIn) answer(w http.ResponseWriter, r *http.Request, at *arrival) {
	if s.journey == deviceAuth {
		s.approve(w, r, at)
		return
	}
	values, err := s.issued(at)
	if err != nil {
		s.e.errorPage(w, r, refuse(90033))
		return
	}
	if s.form.Get("client_info") == "1" {
		values = append(values, field{"client_info", clientInfo(at.who.ID, at.tenant.ID)})
	}
	s.send(w, r, append(s.withState(values), field{"session_state", at.in.SID}))
}

// issued are the code and the tokens.
func (s *signIn) issued(at *arrival) ([]field, error) {
	var out []field
	var code, access string
	i := s.issue(at)
	if s.asks("code") {
		var err error
		if code, err = s.code(at); err != nil {
			return nil, err
		}
		out = append(out, field{"code", code})
	}
	if s.asks("token") {
		token, life, err := s.e.accessToken(i)
		if err != nil {
			return nil, err
		}
		access = token
		out = append(out, field{"access_token", access}, field{"token_type", "Bearer"},
			field{"expires_in", strconv.Itoa(int(life.Seconds()))}, field{"scope", at.ask.echo(i.scopes)})
	}
	if s.asks("id_token") {
		token, err := s.e.idTokenWith(i, bound(s.form.Get("nonce"), code, access))
		if err != nil {
			return nil, err
		}
		out = append(out, field{"id_token", token})
	}
	return out, nil
}

// issue is what tokens of the authorization endpoint are made from.
func (s *signIn) issue(at *arrival) issue {
	scopes, _ := agreed(at.tenant, at.client, at.ask, at.who.ID) // consent has been seen to
	return issue{
		tenant: at.tenant, client: at.client, ask: at.ask, scopes: scopes, who: at.who, sid: at.in.SID, since: s.now,
		capable: s.wanted.capable, proof: at.in.Proof, idClaims: s.wanted.idClaims, now: s.now,
		inURL: true, endpoint: s.endpoint(),
	}
}

// endpoint is the version of the authorization endpoint.
func (s *signIn) endpoint() endpointVersion {
	if s.journey == authorizeV1 {
		return endpointV1
	}
	return endpointV2
}

// code is the authorization code.
func (s *signIn) code(at *arrival) (string, error) {
	return s.e.sealer.Seal(sealedCode, s.grant(at))
}

// grant is what the person has agreed to.
func (s *signIn) grant(at *arrival) grant {
	return grant{
		ID: s.e.random.GUID(), Tenant: at.tenant.ID, User: at.who.ID, Client: s.client.ID, Scope: s.scope(),
		SID: at.in.SID, Generation: at.who.Generation, Platform: s.platform, Capable: s.wanted.capable, IDClaims: s.wanted.idClaims,
		Proof: s.proof(at), At: s.now, Since: s.now, Redirect: s.redirect,
		Challenge: s.form.Get("code_challenge"), Method: s.form.Get("code_challenge_method"), Nonce: s.form.Get("nonce"),
	}
}

// answerError sends the browser back with an error, or ends a device's wait.
func (s *signIn) answerError(w http.ResponseWriter, r *http.Request, no *refusal) {
	if s.journey == deviceAuth {
		s.answerDevice(w, r, no)
		return
	}
	env := s.e.envelope(r, no)
	journal.Refusal(w, no.code)
	var values []field
	if s.journey.admin() {
		values = append(values, field{"admin_consent", "True"}) // on errors, too
	}
	values = append(values, field{"error", env.Error})
	if no.code == 65004 && !s.journey.admin() {
		values = append(values, field{"error_subcode", "cancel"})
	}
	values = append(values, field{"error_description", env.Description})
	for _, more := range []field{{"error_uri", env.URI}, {"suberror", env.Suberror}, {"claims", env.Claims}} {
		if more.Value != "" && !s.journey.admin() {
			values = append(values, more)
		}
	}
	s.send(w, r, s.withState(values))
}

// withState adds the client's state as it came.
func (s *signIn) withState(values []field) []field {
	if state := s.form.Get("state"); state != "" {
		values = append(values, field{"state", state})
	}
	return values
}

// send delivers parameters to the reply URL in the mode asked for. Only in a
// tenant that says so in its metadata is "iss" among them (RFC 9207): Entra sends
// none.
func (s *signIn) send(w http.ResponseWriter, r *http.Request, values []field) {
	if iss := s.issuer(); iss != "" {
		values = append(values, field{"iss", iss})
	}
	redirect := withSlash(s.redirect)
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Referrer-Policy", "no-referrer")
	switch s.mode() {
	case "fragment":
		http.Redirect(w, r, redirect+"#"+encode(values), http.StatusFound)
	case "form_post":
		s.e.show(w, http.StatusOK, postPage, page{
			Title: "Back to " + s.client.Name, App: s.client.Name, Carried: values, Nonce: s.e.random.Text(16),
			// Registered for the app, whatever its scheme.
			Post: template.URL(redirect), //nolint:gosec // see above
		})
	default:
		http.Redirect(w, r, withQuery(redirect, values), http.StatusFound)
	}
}

// issuer is the "iss" of the response. The metadata of common and organizations
// promises none.
func (s *signIn) issuer() string {
	if !s.single() || s.journey.admin() {
		return ""
	}
	return s.e.responseIssuer(s.tenants[0])
}

// withSlash is a reply URL as Entra returns to it: a web address without a path
// gets a slash.
func withSlash(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Path != "" || !among(u.Scheme, "http", "https") {
		return redirect
	}
	u.Path = "/"
	return u.String()
}

// withQuery adds parameters to a reply URL that may have some.
func withQuery(redirect string, values []field) string {
	separator := "?"
	switch {
	case strings.HasSuffix(redirect, "?"):
		separator = ""
	case strings.Contains(redirect, "?"):
		separator = "&"
	}
	return redirect + separator + encode(values)
}

// encode writes parameters in their order, form-encoded.
func encode(values []field) string {
	var out []string
	for _, v := range values {
		out = append(out, url.QueryEscape(v.Name)+"="+url.QueryEscape(v.Value))
	}
	return strings.Join(out, "&")
}
