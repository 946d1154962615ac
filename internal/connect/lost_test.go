package connect_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/connect"
)

// visit asks for a path as a browser that navigates, at routes like the platform's.
func (s *stand) visit(path string, change func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	server := must(connect.New(s.parts(base)))
	there := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("there")) }
	routes := http.NewServeMux()
	routes.HandleFunc("/t/{org}/mcp", there)
	routes.HandleFunc("/t/{org}/{toolset}/mcp", there)
	routes.HandleFunc("POST /t/{org}/consent", there)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	change(r)
	w := httptest.NewRecorder()
	connect.OrLost(routes, server.Lost("/")).ServeHTTP(w, r)
	return w
}

func asItIs(*http.Request) {}

// TestWhoMistakesAnEndpointsAddressIsSentToItsPage: with a slash too many, or without
// the last part.
func TestWhoMistakesAnEndpointsAddressIsSentToItsPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for path, want := range map[string]string{
		"/t/contoso": "/t/contoso/mcp", "/t/contoso/": "/t/contoso/mcp", "/t/contoso/mcp/": "/t/contoso/mcp", "/t/contoso/finance": "/t/contoso/finance/mcp",
		"/t/contoso/finance/": "/t/contoso/finance/mcp", "/t/contoso/finance/mcp/": "/t/contoso/finance/mcp",
		"/t/%5Cevil.example": "/t/%5Cevil.example/mcp", "/t/c%0d%0aX:y": "/t/c%0D%0AX:y/mcp",
	} {
		w := s.visit(path, asItIs)
		got := w.Header().Get("Location")
		if w.Code != http.StatusFound || got != want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s, want %s", path, w.Code, got, want)
		}
	}
}

// TestWhoIsLostReadsSo on a page, and a program what net/http says. What is there for
// another method is not lost.
func TestWhoIsLostReadsSo(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, path := range []string{"/contoso/onboarding", "/t", "/t/", "/t/a/b/c", "/t/a/b/c/mcp", "/t/a%2F%2Fevil.example", "/nowhere"} {
		w := s.visit(path, asItIs)
		body := w.Body.String()
		if w.Code != http.StatusNotFound || !strings.Contains(body, "There is nothing here") || !strings.Contains(body, `<a href="/">Start page</a>`) {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, w.Header())
		}
		for name, how := range map[string]func(*http.Request){
			"curl":   func(r *http.Request) { r.Header.Set("Accept", "*/*") },
			"script": func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "cors") },
			"token":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") },
			"form":   func(r *http.Request) { r.Method = http.MethodPost },
		} {
			if w := s.visit(path, how); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "<") {
				t.Errorf("%s, %s: %d %s", path, name, w.Code, w.Body)
			}
		}
	}
	if w := s.visit("/t/contoso/mcp", asItIs); w.Body.String() != "there" {
		t.Errorf("what is there: %d %s", w.Code, w.Body)
	}
	if w := s.visit("/t/contoso/consent", asItIs); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("what is there for a form: %d %s", w.Code, w.Body)
	}
}

// TestNobodyIsSentToAStartPageThatIsNotThere where people cannot sign in.
func TestNobodyIsSentToAStartPageThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	must(connect.New(newStand(t).parts(base))).Lost("").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Start page") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
