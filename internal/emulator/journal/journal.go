// Package journal remembers the requests an emulator has answered, without
// anything in them that is secret.
package journal

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// size is how many requests the journal remembers; older ones drop out.
const size = 10_000

// Entry is one request as the journal keeps it. It never holds a value of a
// query or of a form, a secret, a token, a password, an assertion or a code.
type Entry struct {
	Time            time.Time `json:"time"` // the emulator's clock
	Service         string    `json:"service"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Query           []string  `json:"query,omitempty"`  // names of the query's parameters, sorted; "?" for what looks like no name
	Tenant          string    `json:"tenant,omitempty"` // tenant id, when the request names a known one
	Status          int       `json:"status"`           // 0: the connection was dropped
	Code            int       `json:"code,omitempty"`   // AADSTS code of a refusal
	GrantType       string    `json:"grant_type,omitempty"`
	ClientID        string    `json:"client_id,omitempty"`
	Person          string    `json:"person,omitempty"` // object id, of whom a token of Graph's stands for
	ClientRequestID string    `json:"client_request_id,omitempty"`
}

// Journal is a ring of entries. Its zero value is ready; it is safe for concurrent
// use.
type Journal struct {
	mu      sync.Mutex
	entries []Entry
	next    int // where the ring continues once it is full
}

func (j *Journal) add(entry Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) < size {
		j.entries = append(j.entries, entry)
		return
	}
	j.entries[j.next] = entry
	j.next = (j.next + 1) % size
}

// List returns the last requests, oldest first.
func (j *Journal) List() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Concat(j.entries[j.next:], j.entries[:j.next])
}

// Reset forgets everything.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.next = nil, 0
}

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

// Record keeps each request to a service after next has answered it. now is the
// emulator's clock.
func (j *Journal) Record(service string, now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w, entry: Entry{
			Time: now(), Service: service, Method: clip(r.Method), Path: clip(r.URL.Path),
			Query: names(r.URL.Query()),
		}}
		if id, err := uuid.Parse(r.Header.Get("Client-Request-Id")); err == nil {
			rec.entry.ClientRequestID = id.String()
		}
		defer func() { j.add(rec.entry) }()
		next.ServeHTTP(rec, r)
	})
}

// note lets a handler say more about its request.
func note(w http.ResponseWriter, say func(*Entry)) {
	if rec, ok := w.(*recorder); ok {
		say(&rec.entry)
	}
}

// Refusal notes the AADSTS code of a refusal.
func Refusal(w http.ResponseWriter, code int) { note(w, func(entry *Entry) { entry.Code = code }) }

// Tenant notes the id of a tenant that exists.
func Tenant(w http.ResponseWriter, id string) { note(w, func(entry *Entry) { entry.Tenant = id }) }

// GrantType notes a grant type that exists.
func GrantType(w http.ResponseWriter, name string) {
	note(w, func(entry *Entry) { entry.GrantType = name })
}

// Client notes a client id only when it looks like one: people paste secrets
// into the wrong field.
func Client(w http.ResponseWriter, id string) {
	if parsed, err := uuid.Parse(id); err == nil && parsed.String() == id {
		note(w, func(entry *Entry) { entry.ClientID = id })
	}
}

// Person notes the object id of somebody who exists.
func Person(w http.ResponseWriter, oid string) { note(w, func(entry *Entry) { entry.Person = oid }) }

// parameter is what names of parameters look like, OData's included. People paste
// tokens into the wrong place, and a query of a token alone is one name.
var parameter = regexp.MustCompile(`^\$?[A-Za-z][A-Za-z_-]{0,31}$`)

// queryLimit is how many names of a query an entry keeps.
const queryLimit = 32

// names lists the parameters of a query.
func names(query url.Values) []string {
	var out []string
	for name := range query {
		if !parameter.MatchString(name) {
			name = "?"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.Clone(out[:min(len(out), queryLimit)])
}

// clip bounds what an entry keeps of a text from outside.
func clip(s string) string { return s[:min(len(s), 256)] }
