package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestProxyForwardsTheWholeRequest(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		(&upstream{}).ServeHTTP(w, r)
	}))
	t.Cleanup(behind.Close)
	on, err := listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(t.Context(), spec{role: proxyRole, setup: proxySetup{To: behind.URL}, socket: on})
	if err != nil {
		t.Fatal(err)
	}
	f, err := dial(t.Context(), p.addr, 1)
	if err != nil {
		t.Fatal(err)
	}
	status, body, err := f.ask(callBack(endpoint{p.addr, everyKind}, "open_0000"), "token")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := decode(status, body)
	if err := errors.Join(err, takesNote(answer)); err != nil {
		t.Error(err)
	}
	if err := errors.Join(f.close(), p.stop(), on.close()); err != nil {
		t.Error(err)
	}
	if seen.URL.Path != everyKind || seen.Header.Get("Authorization") != "Bearer token" || seen.Header.Get("Mcp-Name") != "open_0000" {
		t.Errorf("upstream got %s with %v", seen.URL, seen.Header)
	}
}

func TestProxyWithoutAPlaceToForwardToSaysSo(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{`{"To":""}`, `{"To":"upstream"}`, `7`} {
		if _, err := newProxy(t.Context(), json.RawMessage(setup)); err == nil {
			t.Errorf("%s: %v", setup, err)
		}
	}
}
