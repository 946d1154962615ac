package mcphost

import (
	"net/http"

	"gatehouse/internal/authz"
)

// answered takes what a client of the initialize revisions answers to a question.
func (h *Host) answered(w http.ResponseWriter, r *http.Request, _ authz.Caller, req *request) {
	if err := h.settled(r.Context(), req, nil); err != nil {
		h.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
