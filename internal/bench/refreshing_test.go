package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestQuestionsToEntraFailTheRow: the row promises that there are none.
func TestQuestionsToEntraFailTheRow(t *testing.T) {
	t.Parallel()
	line := &later{handler: http.NotFoundHandler()}
	if err := unasked(line.asked.Load()); err != nil {
		t.Error(err)
	}
	for range 2 {
		line.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/token", nil))
	}
	if err := unasked(line.asked.Load()); err == nil || !strings.Contains(err.Error(), "2 times") {
		t.Errorf("error = %v", err)
	}
}

// TestRefreshMustGiveTheNextToken: an answer without one is no refresh.
func TestRefreshMustGiveTheNextToken(t *testing.T) {
	t.Parallel()
	for body, ok := range map[string]bool{
		`{"access_token":"a","refresh_token":"second"}`: true,
		`{"access_token":"a","refresh_token":"first"}`:  false,
		`{"access_token":"a"}`:                          false,
		`{"refresh_token":"second"}`:                    false,
		`{`:                                             false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		a := &signedIn{server: server.URL, http: server.Client(), next: "first"}
		if err := a.refresh(context.WithoutCancel(t.Context())); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
		server.Close()
	}
}
