package console

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// Both libraries keep these choices in variables of their packages.
func init() {
	gin.SetMode(gin.ReleaseMode)      // otherwise every route is printed
	huma.DefaultArrayNullable = false // a list is never null
	huma.ValidateStrictCasing = true  // "NAME" is not "name"
	huma.NewErrorWithContext = problemOf
	huma.NewError = func(status int, text string, details ...error) huma.StatusError {
		return problemOf(nil, status, text, details...)
	}
}

// frame returns the one handler: gin and huma below /api/, net/http elsewhere.
func (c *Console) frame() http.Handler {
	engine := gin.New()
	engine.UseRawPath = true // a client id may be a URL: its slashes travel escaped
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.NoRoute(func(g *gin.Context) {
		c.refuse(g.Writer, g.Request, fault.New(fault.NotFound, "there is no such resource"))
	})
	engine.NoMethod(func(g *gin.Context) { c.refuse(g.Writer, g.Request, errMethod) })

	api := humagin.New(engine, contract())
	c.routes(api)
	complete(api.OpenAPI())
	c.document = sync.OnceValues(api.OpenAPI().YAML)
	engine.GET("/api/openapi.yaml", gin.WrapF(c.serveDocument))

	mux := http.NewServeMux()
	mux.Handle("/api/", strictBody(c, engine))
	mux.HandleFunc("GET /auth/sign-in", c.signIn)
	mux.Handle("GET /auth/callback", c.sessions.LoadAndSave(http.HandlerFunc(c.callback)))
	mux.Handle("POST /auth/sign-out", c.sessions.LoadAndSave(http.HandlerFunc(c.signOut)))
	mux.Handle("GET /auth/consent", c.sessions.LoadAndSave(http.HandlerFunc(c.consent)))
	mux.HandleFunc("GET /{$}", c.start)
	mux.HandleFunc("GET /onboarding/{org}", c.progress)
	mux.HandleFunc("GET /o", c.openWebApp)
	mux.HandleFunc("GET /operator", c.openWebApp)
	mux.HandleFunc("GET /operator/{page...}", c.openWebApp)
	mux.HandleFunc("GET /o/{org}", c.openWebApp)
	mux.HandleFunc("GET /o/{org}/{page...}", c.openWebApp)
	mux.HandleFunc("GET /assets/{file}", c.serveWebFile)
	mux.HandleFunc("POST /me/connections/{id}/revoke", c.revoke(c.revokeOwnConnection, "/#apps"))
	mux.HandleFunc("POST /me/source-authorizations/{id}/revoke", c.revoke(c.revokeOwnAuthorization, "/#sources"))
	return c.guard(mux)
}

// Patterns are what of a platform is the console's (net/http).
func Patterns() []string {
	return []string{"/api/", "/auth/", "GET /{$}", "GET /onboarding/{org}", "POST /me/{rest...}", "GET /operator", "GET /operator/{page...}", "GET /o", "GET /o/{org}", "GET /o/{org}/{page...}", "GET /assets/{file}"}
}

func (c *Console) serveDocument(w http.ResponseWriter, r *http.Request) {
	document, err := c.document()
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(document)
}

// guard is what every answer goes through: an id, the headers that keep answers
// out of caches and frames, refusal of what another site made a browser send,
// and an answer even when a handler panics.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := tenants.NewGUID().String()
		r.Header.Set(requestID, id) // whatever the client called its request is dropped
		for name, value := range map[string]string{
			requestID: id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			w.Header().Set(name, value)
		}
		defer c.recover(w, r)
		leave, err := c.hold(r)
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		defer leave()
		if err := c.checkOrigin(r); err != nil {
			c.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (c *Console) hold(r *http.Request) (leave func(), err error) {
	if c.Limits == nil {
		return func() {}, nil
	}
	if token, ok := bearer(r.Header.Get("Authorization")); ok {
		return c.Limits.Admit(r, token)
	}
	if session, err := r.Cookie(c.sessions.Cookie.Name); err == nil {
		return c.Limits.Admit(r, session.Value)
	}
	return c.Limits.Admit(r, "")
}

func (c *Console) recover(w http.ResponseWriter, r *http.Request) {
	if thrown := recover(); thrown != nil {
		if thrown == http.ErrAbortHandler { //nolint:errorlint // a panic's value is no wrapped error
			panic(thrown)
		}
		c.Log.ErrorContext(r.Context(), "console handler panicked", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), slog.String("stack", string(debug.Stack())))
		c.refuse(w, r, fault.New(fault.Internal, ""))
	}
}

// requestID is the header that carries a request's id to the client.
const requestID = "X-Request-Id"
