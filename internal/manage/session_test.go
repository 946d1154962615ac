package manage_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

// TestSessionIsSentAsACookie: of the deployment's own origin, and never as a token.
func TestSessionIsSentAsACookie(t *testing.T) {
	t.Parallel()
	var asked http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Clone()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"at":"2026-03-31T17:00:00Z","items":[]}`))
	}))
	t.Cleanup(s.Close)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := &manage.Client{Base: *base, Org: tenants.MustSlug("contoso"), HTTP: outbound(t), Tokens: manage.Session("gatehouse=of-dan")}
	if _, err := c.Access(t.Context(), manage.AccessQuestion{}); err != nil {
		t.Fatal(err)
	}
	if asked.Get("Cookie") != "gatehouse=of-dan" || asked.Get("Origin") != s.URL || asked.Get("Authorization") != "" {
		t.Errorf("asked with %v", asked)
	}
	c.Tokens = manage.BearerToken("a-token")
	if _, err := c.Access(t.Context(), manage.AccessQuestion{}); err != nil || asked.Get("Cookie") != "" || asked.Get("Authorization") != "Bearer a-token" {
		t.Errorf("asked with %v: %v", asked, err)
	}
}
