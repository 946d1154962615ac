package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/emulator/directory"
	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"
	"gatehouse/internal/emulator/seed"
)

// Grant types of the token endpoint.
const (
	grantPassword = "password"
	grantClient   = "client_credentials"
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantBearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer" //nolint:gosec // a name, not a credential
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
	grantUserFIC  = "user_fic"

	grantDeviceOld = "device_code" // as MSAL Go and v1 clients still call it
)

// endpointVersion is which of the two token endpoints a request came to.
type endpointVersion int

const (
	endpointV2 endpointVersion = iota
	endpointV1                 // /{tenant}/oauth2/token: resource instead of scope
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

	resource string   // as the request named it
	granted  []string // what the access token's scp says
}

// tokenRequest is one request at the token endpoint once its tenant and client are
// known and the client's secret, if it sent one, is right.
type tokenRequest struct {
	e       *Emulator
	form    url.Values
	origin  string
	segment string // the tenant as the URL names it
	version endpointVersion
	tenant  *directory.Tenant
	client  *directory.App
	auth    clientAuth // how the client proved itself
	now     time.Time
}

// redeemers are the grants by type.
var redeemers = map[string]func(*tokenRequest) (*tokenResponse, *refusal){
	grantPassword: (*tokenRequest).password,
	grantClient:   (*tokenRequest).clientCredentials,
	grantCode:     (*tokenRequest).code,
	grantRefresh:  (*tokenRequest).refresh,
	grantBearer:   (*tokenRequest).onBehalfOf,
	grantDevice:   (*tokenRequest).deviceCode,
	grantUserFIC:  (*tokenRequest).userFederated,
}

// token is the v2 token endpoint.
func (e *Emulator) token(w http.ResponseWriter, r *http.Request) { e.answerToken(w, r, endpointV2) }

func (e *Emulator) answerToken(w http.ResponseWriter, r *http.Request, version endpointVersion) {
	x, response, no := e.redeem(w, r, version)
	if no != nil {
		e.writeRefusal(w, r, no)
		return
	}
	w.Header().Set("X-Ms-Request-Id", e.random.GUID())
	w.Header().Set("X-Ms-Clitelem", "1,0,0,,")
	if version == endpointV1 {
		reply.JSON(w, http.StatusOK, x.asV1(response))
		return
	}
	reply.JSON(w, http.StatusOK, response)
}

// postOnly is what an endpoint that only machines post to says to other methods.
func (e *Emulator) postOnly(w http.ResponseWriter, r *http.Request) {
	e.writeRefusal(w, r, refuse(900561, reply.Clip(r.Method)))
}

// tokenPreflight lets browsers ask first, as single page apps' libraries make them.
// Which app asks is not known yet.
func (e *Emulator) tokenPreflight(w http.ResponseWriter, r *http.Request) {
	e.allowOrigin(w, r, func(*directory.App) bool { return true })
	w.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "content-type, client-request-id, x-client-sku, x-client-ver")
	w.WriteHeader(http.StatusNoContent)
}

func (e *Emulator) redeem(w http.ResponseWriter, r *http.Request, version endpointVersion) (*tokenRequest, *tokenResponse, *refusal) {
	if no := readForm(w, r); no != nil {
		return nil, nil, no
	}
	id := strings.ToLower(r.PostForm.Get("client_id"))
	e.allowOrigin(w, r, func(a *directory.App) bool { return a.ID == id })
	grant := r.PostForm.Get("grant_type")
	if grant == "" {
		return nil, nil, refuse(900144, "grant_type")
	}
	if grant == grantDeviceOld {
		grant = grantDevice
	}
	redeem, ok := redeemers[grant]
	if !ok {
		return nil, nil, refuse(70003, reply.Clip(grant))
	}
	journal.GrantType(w, grant)
	x := &tokenRequest{
		e: e, form: r.PostForm, origin: r.Header.Get("Origin"), segment: r.PathValue("tenant"), version: version, now: e.clock.Now(),
	}
	if no := x.begin(w, r, grant); no != nil {
		return nil, nil, no
	}
	response, no := redeem(x)
	return x, response, no
}

// begin finds tenant and client of a request and checks what they may ask for.
func (x *tokenRequest) begin(w http.ResponseWriter, r *http.Request, grant string) (no *refusal) {
	if x.tenant, no = x.e.home(x.segment, grant, x.form); no != nil {
		return no
	}
	journal.Tenant(w, x.tenant.ID)
	if no = x.identify(w, r); no != nil {
		return no
	}
	// Agent identities sign nobody in (Microsoft's page "Agent OAuth flows").
	if x.client.Agent != "" && !among(grant, grantClient, grantBearer, grantRefresh, grantUserFIC) {
		return refuse(70003, grant)
	}
	if x.version == endpointV1 {
		return x.fromV1(grant)
	}
	return nil
}

// home finds the tenant of a request. At common and organizations the grant
// itself has to say.
func (e *Emulator) home(name, grant string, form url.Values) (*directory.Tenant, *refusal) {
	world := e.world()
	if !manyTenants(name) {
		if t, ok := world.Find(name); ok {
			return t, nil
		}
		return nil, unknownTenant(name)
	}
	if t, ok := world.Find(e.implied(grant, form)); ok {
		return t, nil
	}
	return nil, refuse(50059)
}

// implied is the tenant that what a request carries belongs to.
func (e *Emulator) implied(grant string, form url.Values) string {
	switch grant {
	case grantPassword, grantUserFIC:
		_, domain, _ := strings.Cut(form.Get("username"), "@")
		return domain
	case grantCode, grantRefresh:
		g, _ := e.opened(grant, form)
		return g.Tenant
	case grantDevice:
		return e.deviceTenant(form)
	case grantBearer:
		if p, err := e.keys.Verify(form.Get("assertion")); err == nil {
			return p.Text("tid")
		}
	}
	return ""
}

// deliver makes the answer to a granted request: tokens for a person.
func (x *tokenRequest) deliver(i issue, g grant) (*tokenResponse, *refusal) {
	access, life, err := x.e.accessToken(i)
	if err != nil {
		return nil, refuse(90033)
	}
	out := &tokenResponse{
		TokenType: "Bearer", Scope: i.ask.echo(i.scopes),
		ExpiresIn: int(life.Seconds()), ExtExpiresIn: int(life.Seconds()), AccessToken: access,
		resource: i.ask.named, granted: i.permissions(),
	}
	if i.ask.has("offline_access") || g.Offline {
		if out.RefreshToken, err = x.e.sealer.Seal(sealedRefresh, g.refreshed(i, x.now)); err != nil {
			return nil, refuse(90033)
		}
		if g.Platform == seed.PlatformSPA {
			out.RefreshExpires = int(g.Since.Add(spaRefreshLife).Sub(x.now).Seconds())
		}
	}
	if i.ask.has("openid") {
		if out.IDToken, err = x.idToken(i, g.Nonce); err != nil {
			return nil, refuse(90033)
		}
	}
	if x.form.Get("client_info") == "1" {
		out.ClientInfo = clientInfo(i.who.ID, i.tenant.ID)
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
