package app

import (
	"net/http"

	"gatehouse/internal/keys"
	"gatehouse/internal/orgfile"
)

// routes is the table of contents of the api process.
func (a *API) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/t/{org}/mcp", a.host.Endpoint())
	mux.Handle("/t/{org}/{toolset}/mcp", a.host.Endpoint())
	for _, endpoint := range []string{"/t/{org}/mcp", "/t/{org}/{toolset}/mcp"} {
		mux.Handle("GET /.well-known/oauth-protected-resource"+endpoint, a.host.Metadata())
		mux.Handle("OPTIONS /.well-known/oauth-protected-resource"+endpoint, a.host.Metadata())
	}
	mux.Handle("GET "+keys.MetadataPath, a.issuer.Metadata())
	mux.Handle("GET "+keys.KeysPath, a.issuer.Keys())
	mux.Handle("GET "+keys.AccessKeysPath, a.tokens.Keys())
	a.authserver.Routes(func(pattern string, handler func(http.ResponseWriter, *http.Request)) {
		mux.Handle(pattern, a.host.OwnHost(http.HandlerFunc(handler)))
	})
	mux.Handle("GET "+orgfile.SchemaPath, a.host.OwnHost(a.schema))
	if a.console != nil {
		mux.Handle("/api/", a.host.OwnHost(a.console))
		mux.Handle("/auth/", a.host.OwnHost(a.console))
	}
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	return mux
}
