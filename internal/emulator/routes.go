package emulator

import (
	"net/http"
	"strings"
)

// routesEntra is the table of contents of login.microsoftonline.com.
func (e *Emulator) routesEntra() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern, endpoint string, serve http.HandlerFunc) { mux.Handle(pattern, e.faulty(endpoint, serve)) }

	on("GET /{tenant}/v2.0/.well-known/openid-configuration", EndpointDiscovery, e.discoveryV2)
	on("GET /{tenant}/.well-known/openid-configuration", EndpointDiscovery, e.discoveryV1)
	on("GET /common/discovery/instance", EndpointDiscovery, e.instanceDiscovery)
	on("GET /{tenant}/discovery/v2.0/keys", EndpointKeys, e.keysV2)
	on("GET /{tenant}/discovery/keys", EndpointKeys, e.keysV1)
	on("GET /{tenant}/oauth2/v2.0/authorize", EndpointAuthorize, e.authorize)
	on("POST /{tenant}/oauth2/v2.0/authorize", EndpointAuthorize, e.authorize)
	on("POST /{tenant}/oauth2/v2.0/token", EndpointToken, e.token)
	on("OPTIONS /{tenant}/oauth2/v2.0/token", EndpointToken, tokenPreflight)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", e.logout)
	mux.HandleFunc("GET /error", e.explain)
	mux.HandleFunc("GET /{$}", e.front)

	control := e.routesControl()
	journaled := e.journaled("entra", mux)
	return onlyLoopback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_control/") {
			control.ServeHTTP(w, r)
			return
		}
		journaled.ServeHTTP(w, r)
	}))
}

// routesGraph is the table of contents of graph.microsoft.com.
func (e *Emulator) routesGraph() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", e.asUser(e.me))
	mux.HandleFunc("POST /v1.0/me/checkMemberGroups", e.asUser(e.checkMemberGroups))
	mux.HandleFunc("POST /v1.0/me/getMemberGroups", e.asUser(e.getMemberGroups))
	mux.HandleFunc("GET /v1.0/me/transitiveMemberOf", e.asUser(e.transitiveMemberOf))
	mux.HandleFunc("GET /v1.0/me/transitiveMemberOf/microsoft.graph.group", e.asUser(e.transitiveGroups))
	mux.HandleFunc("GET /oidc/userinfo", e.asUser(e.userinfo))
	mux.HandleFunc("/", e.noSegment)
	return onlyLoopback(e.journaled("graph", e.faulty(EndpointGraph, mux.ServeHTTP)))
}
