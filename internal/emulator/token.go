package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxForm bounds what a request may send.
const maxForm = 1 << 20

// Grant types of the token endpoint.
const (
	grantPassword = "password"
	grantClient   = "client_credentials"
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name, not a credential
)

// tokenResponse is a successful answer, its members in Entra's order.
type tokenResponse struct {
	TokenType      string `json:"token_type"`
	Scope          string `json:"scope,omitempty"`
	ExpiresIn      int    `json:"expires_in"`
	ExtExpiresIn   int    `json:"ext_expires_in"`
	AccessToken    string `json:"access_token"`
	RefreshToken   string `json:"refresh_token,omitempty"`
	RefreshExpires int    `json:"refresh_token_expires_in,omitempty"` // single page apps only
	IDToken        string `json:"id_token,omitempty"`
	ClientInfo     string `json:"client_info,omitempty"`
}

// exchange is one request at the token endpoint once its tenant and client are
// known and the client's secret, if it sent one, is right.
type exchange struct {
	e             *Emulator
	form          url.Values
	origin        string
	tenant        *tenant
	client        *app
	authenticated bool // the client proved itself
	now           time.Time
}

// redeemers are the grants by type.
var redeemers = map[string]func(*exchange) (*tokenResponse, *refusal){
	grantPassword: (*exchange).password,
	grantClient:   (*exchange).clientCredentials,
	grantCode:     (*exchange).code,
	grantRefresh:  (*exchange).refresh,
	grantBearer:   (*exchange).onBehalfOf,
}

// token is the token endpoint.
func (e *Emulator) token(w http.ResponseWriter, r *http.Request) {
	allowOrigin(w, r)
	response, no := e.redeem(w, r)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	w.Header().Set("X-Ms-Request-Id", newGUID())
	w.Header().Set("X-Ms-Clitelem", "1,0,0,,")
	writeJSON(w, http.StatusOK, response)
}

// tokenPreflight lets browsers ask first, as single page apps' libraries make them.
func tokenPreflight(w http.ResponseWriter, r *http.Request) {
	allowOrigin(w, r)
	w.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "content-type, client-request-id, x-client-sku, x-client-ver")
	w.WriteHeader(http.StatusNoContent)
}

// allowOrigin lets a page read the answer; whether it gets a token depends on
// the platform of its reply URL.
func allowOrigin(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Add("Vary", "Origin")
	}
}

func (e *Emulator) redeem(w http.ResponseWriter, r *http.Request) (*tokenResponse, *refusal) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuse(9002313, "The body is not a form.")
	}
	form := r.PostForm
	grant := form.Get("grant_type")
	if grant == "" {
		return nil, refuse(900144, "grant_type")
	}
	redeem, ok := redeemers[grant]
	if !ok {
		return nil, refuse(70003, clip(grant))
	}
	note(w, func(entry *Entry) { entry.GrantType = grant })
	x := &exchange{e: e, form: form, origin: r.Header.Get("Origin"), now: e.clock.Now()}
	var no *refusal
	if x.tenant, no = e.home(r.PathValue("tenant"), grant, form); no != nil {
		return nil, no
	}
	noteTenant(w, x.tenant)
	if no = x.identify(w, r); no != nil {
		return nil, no
	}
	return redeem(x)
}

// home finds the tenant of a request. At common and organizations the grant
// itself has to say.
func (e *Emulator) home(name, grant string, form url.Values) (*tenant, *refusal) {
	world := e.world.Load()
	if name != "common" && name != "organizations" {
		if t, ok := world.find(name); ok {
			return t, nil
		}
		return nil, unknownTenant(name)
	}
	var implied string
	switch grant {
	case grantPassword:
		_, implied, _ = strings.Cut(form.Get("username"), "@")
	case grantCode, grantRefresh:
		g, _ := e.opened(grant, form)
		implied = g.Tenant
	case grantBearer:
		if p, err := e.verify(form.Get("assertion")); err == nil {
			implied = p.text("tid")
		}
	}
	if t, ok := world.find(implied); ok {
		return t, nil
	}
	return nil, refuse(50059)
}

// deliver makes the answer to a granted request: tokens for a person.
func (x *exchange) deliver(i issue, g grant) (*tokenResponse, *refusal) {
	access, life, err := x.e.accessToken(i)
	if err != nil {
		return nil, refuse(90033)
	}
	out := &tokenResponse{
		TokenType: "Bearer", Scope: i.ask.echo(i.scopes),
		ExpiresIn: int(life.Seconds()), ExtExpiresIn: int(life.Seconds()), AccessToken: access,
	}
	if i.ask.has("offline_access") || g.Offline {
		if out.RefreshToken, err = x.e.sealer.seal(sealedRefresh, g.refreshed(i, x.now)); err != nil {
			return nil, refuse(90033)
		}
		if g.Platform == platformSPA {
			out.RefreshExpires = int(g.Since.Add(spaRefreshLife).Sub(x.now).Seconds())
		}
	}
	if i.ask.has("openid") {
		if out.IDToken, err = x.e.idToken(i, g.Nonce); err != nil {
			return nil, refuse(90033)
		}
	}
	if x.form.Get("client_info") == "1" {
		out.ClientInfo = clientInfo(i.who.ID, i.tenant.id)
	}
	return out, nil
}

func clientInfo(oid, tid string) string {
	text, err := json.Marshal(struct {
		UID  string `json:"uid"`
		UTID string `json:"utid"`
	}{oid, tid})
	if err != nil { // two strings always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
