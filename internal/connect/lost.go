package connect

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// OrLost gives a browser that navigates to where the routes have nothing to lost,
// and everything else to the routes: programs read what net/http says. What is there
// for another method than GET is not lost.
func OrLost(routes *http.ServeMux, lost http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && navigates(r.Header) && nowhere(routes, r) {
			lost.ServeHTTP(w, r)
			return
		}
		routes.ServeHTTP(w, r)
	})
}

// nowhere reports whether no route has the path of a request.
func nowhere(routes *http.ServeMux, r *http.Request) bool {
	post := *r
	post.Method = http.MethodPost
	_, got := routes.Handler(r)
	_, posted := routes.Handler(&post)
	return got == "" && posted == ""
}

// Lost sends whoever has mistaken the address of an endpoint to its page, and says
// to everybody else that there is nothing. Home is where they may go on; empty:
// nowhere.
func (s *Server) Lost(home string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at := endpointMeant(r.URL.Path); at != "" && at != r.URL.Path {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, at, http.StatusFound) //nolint:gosec // a path that begins with /t/
			return
		}
		s.show(w, r, "refusal", http.StatusNotFound, refusal{
			Title: "There is nothing here", Text: "there is no page at this address", Advice: adviceMissing, Home: home,
		})
	})
}

// endpointMeant is the path of the endpoint that a path names in another way: with a
// slash at its end, or without its last part. Other paths mean none: it is empty.
func endpointMeant(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if last := len(parts) - 1; last > 1 && parts[last] == "mcp" {
		parts = parts[:last]
	}
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "t" || slices.Contains(parts, "") {
		return ""
	}
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/" + strings.Join(parts, "/") + "/mcp"
}
