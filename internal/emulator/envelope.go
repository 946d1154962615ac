package emulator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// envelope is Entra's error body, its members in Entra's order.
type envelope struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
}

const stamp = "2006-01-02 15:04:05Z"

// envelope dresses a refusal for one request.
func (e *Emulator) envelope(r *http.Request, no *refusal) envelope {
	env := envelope{
		Error: no.kind, Codes: []int{no.code}, Suberror: no.suberror,
		Timestamp: e.clock.Now().Format(stamp), TraceID: uuid.NewString(), CorrelationID: correlation(r),
	}
	env.Description = "AADSTS" + strconv.Itoa(no.code) + ": " + no.text +
		" Trace ID: " + env.TraceID + " Correlation ID: " + env.CorrelationID + " Timestamp: " + env.Timestamp
	if looked[no.code] {
		env.URI = e.entra + "/error?code=" + strconv.Itoa(no.code)
	}
	return env
}

// correlation is the caller's own id of the request when it is a GUID.
func correlation(r *http.Request) string {
	for _, id := range []string{r.Header.Get("Client-Request-Id"), r.FormValue("client-request-id")} {
		if parsed, err := uuid.Parse(id); err == nil {
			return parsed.String()
		}
	}
	return uuid.NewString()
}

// writeRefusal answers with the error envelope.
func (e *Emulator) writeRefusal(w http.ResponseWriter, r *http.Request, no *refusal) {
	env := e.envelope(r, no)
	noteRefusal(w, no.code)
	w.Header().Set("X-Ms-Request-Id", env.TraceID)
	if no.kind == invalidClient && r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", "Basic") // RFC 6749 §5.2
	}
	writeJSON(w, no.status, env)
}

// writeJSON answers with a body nobody may keep.
func writeJSON(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store, no-cache")
		h.Set("Pragma", "no-cache")
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // the client has gone
}

// isoTime is how times stand in refusals.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
