package connect_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/connect"
)

// TestOnlyBrowsersThatNavigateGetThePage has what browsers send, what pages'
// scripts send, and what MCP clients send when they look without a token:
// mcp-remote 0.15.1 and the SDKs as they were heard by a recorder.
func TestOnlyBrowsersThatNavigateGetThePage(t *testing.T) {
	t.Parallel()
	const (
		browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
		page    = "page"
		client  = "endpoint"
	)
	answer := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(name)) })
	}
	split := connect.Split(answer(page), answer(client))
	for name, c := range map[string]struct {
		method string
		header http.Header
		want   string
	}{
		"browser":                        {"GET", http.Header{"Accept": {browser}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}, page},
		"browser over http":              {"GET", http.Header{"Accept": {browser}}, page},
		"browser, in two headers":        {"GET", http.Header{"Accept": {"application/xml", "TEXT/HTML ; q=0.9"}}, page},
		"text browser":                   {"GET", http.Header{"Accept": {"text/html"}}, page},
		"nothing said":                   {"GET", nil, client},
		"anything":                       {"GET", http.Header{"Accept": {"*/*"}}, client},
		"stream":                         {"GET", http.Header{"Accept": {"text/event-stream"}}, client},
		"stream and JSON":                {"GET", http.Header{"Accept": {"application/json, text/event-stream"}}, client},
		"stream and page":                {"GET", http.Header{"Accept": {"text/html, text/event-stream"}}, client},
		"stream in another header":       {"GET", http.Header{"Accept": {"text/html", "Text/Event-Stream;q=0.1"}}, client},
		"other type with html in it":     {"GET", http.Header{"Accept": {"text/html5, x/text/html"}}, client},
		"script of a page":               {"GET", http.Header{"Accept": {browser}, "Sec-Fetch-Mode": {"cors"}}, client},
		"script that says it twice":      {"GET", http.Header{"Accept": {browser}, "Sec-Fetch-Mode": {"navigate", "cors"}}, client},
		"browser with a token":           {"GET", http.Header{"Accept": {browser}, "Authorization": {"Bearer x"}}, client},
		"browser with an empty token":    {"GET", http.Header{"Accept": {browser}, "Authorization": {""}}, client},
		"browser with a session":         {"GET", http.Header{"Accept": {browser}, "Mcp-Session-Id": {"x"}}, client},
		"browser with a version":         {"GET", http.Header{"Accept": {browser}, "Mcp-Protocol-Version": {"2025-11-25"}}, client},
		"browser that takes up a stream": {"GET", http.Header{"Accept": {browser}, "Last-Event-Id": {"1"}}, client},
		"form":                           {"POST", http.Header{"Accept": {browser}, "Sec-Fetch-Mode": {"navigate"}}, client},
		"question before a request":      {"OPTIONS", http.Header{"Accept": {browser}}, client},
		"end of a session":               {"DELETE", http.Header{"Accept": {browser}}, client},
		"head":                           {"HEAD", http.Header{"Accept": {browser}}, client},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "/t/contoso/mcp", nil)
			if c.header != nil {
				r.Header = c.header
			}
			w := httptest.NewRecorder()
			if split.ServeHTTP(w, r); w.Body.String() != c.want {
				t.Errorf("got the %s", w.Body)
			}
		})
	}
}

func TestACallOnItsWayToTheEndpointCostsNothing(t *testing.T) {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	split := connect.Split(nothing, nothing)
	r, w := httptest.NewRequest(http.MethodPost, "/t/contoso/mcp", nil), httptest.NewRecorder()
	if n := testing.AllocsPerRun(100, func() { split.ServeHTTP(w, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
