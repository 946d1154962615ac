package emulator

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// journalSize is how many requests the journal remembers; older ones drop out.
const journalSize = 10_000

// Entry is one request as the journal keeps it. It never holds a query, a
// secret, a token, a password, an assertion or a code.
type Entry struct {
	Time            time.Time `json:"time"` // the emulator's clock
	Service         string    `json:"service"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Tenant          string    `json:"tenant,omitempty"` // tenant id, when the request names a known one
	Status          int       `json:"status"`           // 0: the connection was dropped
	Code            int       `json:"code,omitempty"`   // AADSTS code of a refusal
	GrantType       string    `json:"grant_type,omitempty"`
	ClientID        string    `json:"client_id,omitempty"`
	ClientRequestID string    `json:"client_request_id,omitempty"`
}

// journal is a ring of entries.
type journal struct {
	mu      sync.Mutex
	entries []Entry
	next    int // where the ring continues once it is full
}

func (j *journal) add(entry Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) < journalSize {
		j.entries = append(j.entries, entry)
		return
	}
	j.entries[j.next] = entry
	j.next = (j.next + 1) % journalSize
}

func (j *journal) list() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Concat(j.entries[j.next:], j.entries[:j.next])
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.next = nil, 0
}

// Journal lists the last requests, oldest first; control routes are not among them.
func (e *Emulator) Journal() []Entry { return e.journal.list() }

// recorder is a ResponseWriter that fills a journal entry.
type recorder struct {
	http.ResponseWriter
	entry Entry
}

func (rec *recorder) WriteHeader(status int) {
	if rec.entry.Status == 0 {
		rec.entry.Status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.entry.Status == 0 {
		rec.entry.Status = http.StatusOK
	}
	return rec.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// journaled records each request after it has been answered.
func (e *Emulator) journaled(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, entry: Entry{
			Time: e.clock.Now(), Service: service, Method: clip(r.Method), Path: clip(r.URL.Path),
		}}
		if id, err := uuid.Parse(r.Header.Get("Client-Request-Id")); err == nil {
			rec.entry.ClientRequestID = id.String()
		}
		defer func() { e.journal.add(rec.entry) }()
		next.ServeHTTP(rec, r)
	})
}

// note lets a handler say more about its request.
func note(w http.ResponseWriter, say func(*Entry)) {
	if rec, ok := w.(*recorder); ok {
		say(&rec.entry)
	}
}

func noteRefusal(w http.ResponseWriter, code int) {
	note(w, func(entry *Entry) { entry.Code = code })
}

func noteTenant(w http.ResponseWriter, t *tenant) {
	note(w, func(entry *Entry) { entry.Tenant = t.id })
}

// noteClient keeps a client id only when it looks like one: people paste secrets
// into the wrong field.
func noteClient(w http.ResponseWriter, id string) {
	if isGUID(id) {
		note(w, func(entry *Entry) { entry.ClientID = id })
	}
}
