package connect

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"

	"gatehouse/internal/fault"
	"gatehouse/internal/telemetry"
)

// preflight answers a browser that asks whether a page may read a document. Any
// page may (docs.github.com, "Configure an MCP registry", "Cross-origin resource
// sharing requirements", read 2026-11-22).
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*, Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// publish answers with a document that any page may read, and that may be kept for
// a minute.
func (s *Server) publish(w http.ResponseWriter, r *http.Request, document any) {
	body, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	writeJSON(w, http.StatusOK, body)
}

// refuse answers a program with why there is no document, in the form of the
// registry API.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := s.refused(w, r, err)
	body, err := json.Marshal(struct {
		Error string `json:"error"`
	}{fault.Public(err)})
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked may be gone
}

// refused is the status of a refusal. Who has to wait is told how long, and what is
// wrong here is logged.
func (s *Server) refused(w http.ResponseWriter, r *http.Request, err error) int {
	if wait := fault.RetryAfter(err); wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(wait.Seconds())+1, 10))
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden, fault.Unauthenticated:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Upstream, fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
	}
	s.Logger.LogAttrs(r.Context(), slog.LevelError, "cannot say how to connect", telemetry.Err(err))
	return http.StatusInternalServerError
}
