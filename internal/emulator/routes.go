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
	for _, path := range []string{
		"/{tenant}/v2.0/.well-known/openid-configuration", "/{tenant}/.well-known/openid-configuration",
		"/common/discovery/instance", "/{tenant}/discovery/v2.0/keys", "/{tenant}/discovery/keys",
	} {
		mux.HandleFunc("OPTIONS "+path, e.preflight)
	}
	on("GET /.well-known/oauth-authorization-server/{tenant}/v2.0", EndpointDiscovery, e.serverMetadata)
	mux.HandleFunc("/", e.nothing)
	for _, j := range []journey{authorizeV2, authorizeV1, adminConsentV2, adminConsentV1} {
		on("GET /{tenant}/"+string(j), EndpointAuthorize, e.walk(j))
		on("POST /{tenant}/"+string(j), EndpointAuthorize, e.walk(j))
	}
	on("POST /{tenant}/oauth2/v2.0/token", EndpointToken, e.token)
	on("OPTIONS /{tenant}/oauth2/v2.0/token", EndpointToken, e.tokenPreflight)
	on("POST /{tenant}/oauth2/token", EndpointToken, e.tokenV1)
	on("OPTIONS /{tenant}/oauth2/token", EndpointToken, e.tokenPreflight)
	on("POST /{tenant}/oauth2/v2.0/devicecode", EndpointToken, e.deviceV2)
	on("POST /{tenant}/oauth2/devicecode", EndpointToken, e.deviceV1)
	for _, path := range []string{"v2.0/token", "token", "v2.0/devicecode", "devicecode"} {
		on("/{tenant}/oauth2/"+path, EndpointToken, e.postOnly) // any other method
	}
	mux.HandleFunc("GET "+deviceLoginPath, deviceLogin)
	mux.HandleFunc("GET "+deviceAuthPath, e.askCode)
	mux.HandleFunc("POST "+deviceAuthPath, e.walk(deviceAuth))
	mux.HandleFunc("GET /_cluster/.well-known/openid-configuration", e.clusterMetadata)
	mux.HandleFunc("GET /_cluster/openid/v1/jwks", e.clusterKeys)
	machine := e.identities()
	mux.HandleFunc("GET /_identity/msi/token", machine.AppService)
	mux.HandleFunc("GET /_identity/{tenant}/msi/token", machine.AppService)
	mux.HandleFunc("GET /metadata/identity/oauth2/token", machine.IMDS)
	mux.HandleFunc("GET /metadata/identity/oauth2/token/{$}", machine.IMDS) // so MSAL Node ends the URL of AZURE_POD_IDENTITY_AUTHORITY_HOST
	mux.HandleFunc("GET /_identity/{tenant}/metadata/identity/oauth2/token", machine.IMDS)
	mux.HandleFunc("GET /_identity/{tenant}/metadata/identity/oauth2/token/{$}", machine.IMDS)
	for _, path := range []string{"/{tenant}/oauth2/v2.0/logout", "/{tenant}/oauth2/logout"} {
		mux.HandleFunc("GET "+path, e.logout)
		mux.HandleFunc("POST "+path, e.logout)
	}
	mux.HandleFunc("GET /common/UserRealm/{user}", e.userRealm)
	mux.HandleFunc("GET /error", e.explain)
	mux.HandleFunc("GET /{$}", e.front)

	control := e.routesControl()
	journaled := e.journal.Record("entra", e.clock.Now, mux)
	return e.hosted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_control/") {
			control.ServeHTTP(w, r)
			return
		}
		journaled.ServeHTTP(w, r)
	}))
}

// routesGraph is graph.microsoft.com.
func (e *Emulator) routesGraph() http.Handler { return e.hosted(e.msgraph.Handler()) }

// aroundGraph is what every request at Microsoft Graph passes. Each request of a
// batch is journaled and meets faults like any other; the batch around them is
// only journaled.
func (e *Emulator) aroundGraph(next http.Handler) http.Handler {
	return e.journal.Record("graph", e.clock.Now, e.faultyBatch(next))
}
