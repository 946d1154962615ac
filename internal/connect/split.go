package connect

import (
	"net/http"
	"strings"
)

// Split gives the page to a browser that navigates, and everything else to the
// endpoint.
func Split(page, endpoint http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && navigates(r.Header) {
			page.ServeHTTP(w, r)
			return
		}
		endpoint.ServeHTTP(w, r)
	})
}

// navigates reports whether a GET comes from somebody who opened the URL in a
// browser: it wants a document to look at, and it carries nothing that a client of
// the protocol sends. Clients that open a stream ask for text/event-stream
// (streamable HTTP, "Listening for Messages from the Server"); what a page's script
// sends is no navigation (Fetch Metadata, Sec-Fetch-Mode), and old browsers do not
// say.
func navigates(h http.Header) bool {
	if h["Authorization"] != nil || h["Mcp-Session-Id"] != nil || h["Mcp-Protocol-Version"] != nil || h["Last-Event-Id"] != nil {
		return false
	}
	if mode := h["Sec-Fetch-Mode"]; mode != nil && (len(mode) != 1 || mode[0] != "navigate") {
		return false
	}
	html := false
	for _, line := range h["Accept"] {
		for item := range strings.SplitSeq(line, ",") {
			media, _, _ := strings.Cut(item, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "text/html":
				html = true
			case "text/event-stream":
				return false
			}
		}
	}
	return html
}
