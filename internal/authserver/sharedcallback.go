package authserver

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/tenants"
)

// SharedCallbackPath is where Entra sends people back to who sign in to the shared
// app, whichever organization they are of.
const SharedCallbackPath = "/auth/endpoint"

// addressed is a state that says which organization it belongs to.
func addressed(org tenants.Slug, state string) string { return org.String() + "." + state }

// sharedCallback sends what Entra answers on to the organization that asked: GET
// SharedCallbackPath. It believes nothing: a state is good at the organization it was
// made for, and whoever writes another one before it arrives with none.
func (s *Server) sharedCallback(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	v := visit{w: w, r: r, reference: tenants.NewGUID().String()}
	query, err := parametersIn(r.URL.RawQuery)
	if err != nil {
		s.showSetback(r.Context(), v, badCallback(err))
		return
	}
	state, err := query.one("state", maxOnceText)
	name, own, _ := strings.Cut(state, ".")
	org, wrong := tenants.ParseSlug(name)
	if err != nil || wrong != nil || own == "" {
		s.showSetback(r.Context(), v, badCallback(err))
		return
	}
	query["state"] = []string{own}
	to := url.URL{Path: "/t/" + org.String() + "/callback", RawQuery: url.Values(query).Encode()}
	w.Header().Set("Location", s.base+to.String())
	w.WriteHeader(http.StatusSeeOther)
}
