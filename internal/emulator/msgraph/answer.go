package msgraph

import (
	"io"
	"net/http"
	"regexp"
	"time"

	"gatehouse/internal/emulator/reply"
)

// answer replies with a status and a body.
func (v *visit) answer(status int, body any) {
	v.s.headers(v.w, v.r)
	v.w.Header().Set("OData-Version", "4.0")
	v.w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	reply.JSON(v.w, status, body)
}

// plain answers with a bare text, as $count does.
func (v *visit) plain(body string) {
	v.s.headers(v.w, v.r)
	v.w.Header().Set("OData-Version", "4.0")
	v.w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(v.w, body) // the client has gone
}

// created replies with a new object of a set, and where it is.
func (v *visit) created(set, address string, entry map[string]any) {
	entry["@odata.context"] = v.context(set + "/$entity")
	v.w.Header().Set("Location", v.s.url+"/v1.0/"+address)
	v.answer(http.StatusCreated, entry)
}

// done replies that there is nothing to say.
func (v *visit) done() {
	v.empty(http.StatusNoContent)
}

// empty replies with a status and no body.
func (v *visit) empty(status int) {
	v.s.headers(v.w, v.r)
	v.w.WriteHeader(status)
}

func (v *visit) refuse(bad *problem) { v.s.writeError(v.w, v.r, bad) }

// context is the address of a type in Graph's metadata.
func (v *visit) context(of string) string { return v.s.url + "/v1.0/$metadata#" + of }

// requestID is what a request's own id has to look like to be said back; Graph makes
// another one of anything else. That it does is from memory.
var requestID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// headers sets what every answer of Graph carries.
func (s *Service) headers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	id := s.random.GUID()
	h.Set("Request-Id", id)
	h.Set("Client-Request-Id", id)
	if sent := r.Header.Get("Client-Request-Id"); requestID.MatchString(sent) {
		h.Set("Client-Request-Id", sent)
	}
	h.Set("Date", s.now().Format(http.TimeFormat))
	h.Set("Cache-Control", "no-cache")
}

// stamp is a moment as Graph writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.9999999Z") }
