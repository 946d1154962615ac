package msgraph

import "net/http"

// What scripts of other origins may send to Graph and read of its answers. The
// lists are from memory. Retry-After was not among the exposed in 2022
// (microsoftgraph/microsoft-graph-docs-contrib issue 2011) and is since.
const (
	crossMethods = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
	crossHeaders = "authorization, content-type, accept, prefer, consistencylevel, client-request-id, return-client-request-id, " +
		"sdkversion, if-match, if-none-match, cache-control, feature-flag, x-ms-client-request-id, range, traceparent, tracestate, workbook-session-id"
	crossExposed = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, " +
		"SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, x-ms-throttle-information, Retry-After"
)

// crossOrigin lets scripts of any origin in: Graph asks for a token and takes no
// cookie, so it never allows credentials. A preflight asks nothing of the
// service behind, and meets neither faults nor limits.
func crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", crossMethods)
			h.Set("Access-Control-Allow-Headers", crossHeaders)
			h.Set("Access-Control-Max-Age", "3600")
			w.WriteHeader(http.StatusOK)
			return
		}
		h.Set("Access-Control-Expose-Headers", crossExposed)
		next.ServeHTTP(w, r)
	})
}
