package app

import (
	"net/http"

	"gatehouse/internal/connect"
	"gatehouse/internal/console"
	"gatehouse/internal/graphhook"
	"gatehouse/internal/keys"
	"gatehouse/internal/orgfile"
)

// routes is the table of contents of the api process.
func (a *API) routes() http.Handler {
	mux := http.NewServeMux()
	endpoint := connect.Split(a.host.OwnHost(a.connect.Page()), a.host.Endpoint())
	mux.Handle("/t/{org}/mcp", endpoint)
	mux.Handle("/t/{org}/{toolset}/mcp", endpoint)
	for _, path := range []string{"/t/{org}/mcp", "/t/{org}/{toolset}/mcp"} {
		mux.Handle("GET /.well-known/oauth-protected-resource"+path, a.host.Metadata())
		mux.Handle("OPTIONS /.well-known/oauth-protected-resource"+path, a.host.Metadata())
	}
	mux.Handle("GET "+keys.MetadataPath, a.issuer.Metadata())
	mux.Handle("GET "+keys.KeysPath, a.issuer.Keys())
	mux.Handle("GET "+keys.AccessKeysPath, a.tokens.Keys())
	ours := func(pattern string, handler func(http.ResponseWriter, *http.Request)) {
		mux.Handle(pattern, a.host.OwnHost(http.HandlerFunc(handler)))
	}
	a.authserver.Routes(ours)
	a.connect.Routes(ours)
	mux.Handle("POST "+graphhook.Path, a.host.OwnHost(a.hooks))
	mux.Handle("GET "+orgfile.SchemaPath, a.host.OwnHost(a.schema))
	a.platformRoutes(ours)
	home := ""
	if a.console != nil {
		home = "/"
		for _, pattern := range console.Patterns() {
			mux.Handle(pattern, a.host.OwnHost(a.console))
		}
	}
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", readyz(a.ready))
	return connect.OrLost(mux, a.host.OwnHost(a.connect.Lost(home)))
}
