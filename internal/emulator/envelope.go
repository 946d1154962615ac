package emulator

import (
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/emulator/journal"
	"gatehouse/internal/emulator/reply"

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
	Claims        string `json:"claims,omitempty"`
}

const stamp = "2006-01-02 15:04:05Z"

// envelope dresses a refusal for one request.
func (e *Emulator) envelope(r *http.Request, no *refusal) envelope {
	env := envelope{
		Error: no.kind, Codes: []int{no.code}, Suberror: no.suberror, Claims: no.claims,
		Timestamp: e.clock.Now().Format(stamp), TraceID: e.random.GUID(), CorrelationID: e.correlation(r),
	}
	env.Description = "AADSTS" + strconv.Itoa(no.code) + ": " + no.text +
		" Trace ID: " + env.TraceID + " Correlation ID: " + env.CorrelationID + " Timestamp: " + env.Timestamp
	if withErrorURI[no.code] {
		env.URI = e.entra + "/error?code=" + strconv.Itoa(no.code)
	}
	return env
}

// correlation is the caller's own id of the request when it is a GUID.
func (e *Emulator) correlation(r *http.Request) string {
	for _, id := range []string{r.Header.Get("Client-Request-Id"), r.FormValue("client-request-id")} {
		if parsed, err := uuid.Parse(id); err == nil {
			return parsed.String()
		}
	}
	return e.random.GUID()
}

// writeRefusal answers with the error envelope.
func (e *Emulator) writeRefusal(w http.ResponseWriter, r *http.Request, no *refusal) {
	env := e.envelope(r, no)
	journal.Refusal(w, no.code)
	w.Header().Set("X-Ms-Request-Id", env.TraceID)
	if no.kind == invalidClient && r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", "Basic") // RFC 6749 §5.2
	}
	reply.JSON(w, no.status, env)
}

// isoTime is how times stand in refusals.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
