package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// visit is one authenticated request at Microsoft Graph.
type visit struct {
	e      *Emulator
	w      http.ResponseWriter
	r      *http.Request
	tenant *tenant
	who    *person
	scopes []string
	client string
	// subject is who the person is to the client, as its ID tokens say.
	subject string
}

// asUser serves a request with the person its token stands for.
func (e *Emulator) asUser(serve func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, bad := e.visit(w, r)
		if bad != nil {
			e.writeGraphError(w, r, *bad)
			return
		}
		serve(v)
	}
}

// visit checks the access token as Graph does.
func (e *Emulator) visit(w http.ResponseWriter, r *http.Request) (*visit, *graphError) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" || !strings.EqualFold(scheme, "Bearer") {
		return nil, unauthenticated("Access token is empty.")
	}
	p, err := e.verify(token)
	if err != nil {
		return nil, unauthenticated("Access token validation failure. " + graphReason(err))
	}
	if !among(p.text("aud"), MicrosoftGraph, "https://graph.microsoft.com") {
		return nil, unauthenticated("Access token validation failure. Invalid audience.")
	}
	t, ok := e.world.Load().find(p.text("tid"))
	if !ok || !among(p.text("iss"), e.issuerV1(p.text("tid")), e.issuer(p.text("tid"))) {
		return nil, unauthenticated("Access token validation failure. Invalid issuer.")
	}
	noteTenant(w, t)
	noteClient(w, p.text("appid"))
	now := e.clock.Now()
	if !now.Before(p.at("exp")) || now.Before(p.at("nbf")) {
		return nil, unauthenticated("Lifetime validation failed, the token is expired.")
	}
	return e.visitor(w, r, t, p)
}

// visitor finds the person of a good token. Graph hears of a disabled or
// deleted account at once, unlike other APIs.
func (e *Emulator) visitor(w http.ResponseWriter, r *http.Request, t *tenant, p *presented) (*visit, *graphError) {
	if p.text("scp") == "" {
		return nil, badRequest("/me request is only valid with delegated authentication flow.")
	}
	who, ok := t.people[p.text("oid")]
	if !ok || who.deleted || who.Disabled {
		return nil, unauthenticated("The user account does not exist or is disabled.")
	}
	return &visit{
		e: e, w: w, r: r, tenant: t, who: who, client: p.text("appid"),
		scopes: strings.Fields(p.text("scp")), subject: pairwise(t.id, who.ID, p.text("appid")),
	}, nil
}

// may reports whether the token has one of the permissions.
func (v *visit) may(anyOf ...string) bool {
	return slices.ContainsFunc(anyOf, func(s string) bool { return slices.Contains(v.scopes, s) })
}

// Permissions that allow reading the signed-in person and reading group memberships.
var (
	readsUser   = []string{"User.Read", "User.ReadBasic.All", "User.Read.All", "Directory.Read.All"}
	readsGroups = []string{"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}
)

// reply answers with a body and what it cost in resource units.
func (v *visit) reply(units int, body any) {
	v.e.graphHeaders(v.w, v.r)
	v.w.Header().Set("X-Ms-Resource-Unit", strconv.Itoa(max(units, 1)))
	v.w.Header().Set("OData-Version", "4.0")
	v.w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	writeJSON(v.w, http.StatusOK, body)
}

func (v *visit) refuse(bad graphError) { v.e.writeGraphError(v.w, v.r, bad) }

// context is the address of a type in Graph's metadata.
func (v *visit) context(of string) string { return v.e.graph + "/v1.0/$metadata#" + of }

// graphHeaders sets what every answer of Graph carries.
func (e *Emulator) graphHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	id := newGUID()
	h.Set("Request-Id", id)
	h.Set("Client-Request-Id", id)
	if sent := r.Header.Get("Client-Request-Id"); sent != "" {
		h.Set("Client-Request-Id", clip(sent))
	}
	h.Set("Date", e.clock.Now().Format(http.TimeFormat))
	h.Set("Cache-Control", "no-cache")
}
