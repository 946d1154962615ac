package demo

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net"
	"net/http"

	"gatehouse/internal/demo/notes"
	"gatehouse/internal/emulator/loopback"
)

// notesOf serves the notes of each company at /{slug}/mcp. With the control
// token, PUT /{slug}/search changes the description of its search tool, as the
// author of a server behind somebody might.
func notesOf(companies []Company, token string) http.Handler {
	mux := http.NewServeMux()
	for _, c := range companies {
		server := notes.New(c.Name)
		mux.Handle("/"+c.Slug.String()+"/mcp", server)
		mux.Handle("PUT /"+c.Slug.String()+"/search", describe(server, token))
	}
	return thisMachine(mux)
}

// thisMachine refuses what names another host, as a page would that has its own
// name resolve to this machine.
func thisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback.Host(host) {
			http.Error(w, "this server is for its own machine", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const maxDescription = 64 << 10

func describe(s *notes.Server, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) != 1 {
			http.Error(w, "send the control token of dev.json as a bearer token", http.StatusUnauthorized)
			return
		}
		var said struct{ Description string }
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDescription))
		if err != nil || json.Unmarshal(body, &said) != nil || said.Description == "" {
			http.Error(w, `send {"description":"…"}`, http.StatusBadRequest)
			return
		}
		s.Describe(said.Description)
		w.WriteHeader(http.StatusNoContent)
	})
}
