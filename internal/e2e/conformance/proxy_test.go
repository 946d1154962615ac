package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// withToken stands before an endpoint and adds a token to every request that
// does not bring one. It returns the URL to use in the endpoint's place.
func withToken(t *testing.T, endpoint, token string) string {
	t.Helper()
	to, err := url.Parse(endpoint)
	must(t, err)
	proxy := forward(to, func(r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	})
	server := httptest.NewServer(whole(func(w http.ResponseWriter, r *http.Request, _ []byte) { proxy.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	return local(server.URL) + "/mcp"
}
