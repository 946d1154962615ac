package upstream_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// stub is a server written by hand: it answers what every client asks at first,
// and hands the rest to a test.
type stub struct {
	modern, legacy    bool
	sessionID         string // of every session; empty: one after the other, "-": none
	refusesInitialize bool
	revision          string                                          // of sessions; empty: the newest legacy one
	discover          func(w http.ResponseWriter, id json.RawMessage) // nil: as the eras say
	handle            func(w http.ResponseWriter, r *http.Request, m message)

	mu       sync.Mutex
	requests []recorded
	sessions int
}

// message is what a request to a stub says.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// recorded is one request as a stub has seen it.
type recorded struct {
	method string // HTTP
	header http.Header
	body   []byte
	message
}

func newStub(tb testing.TB, s *stub) (url string) {
	tb.Helper()
	return serve(tb, s)
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	seen := recorded{method: r.Method, header: r.Header.Clone(), body: body}
	_ = json.Unmarshal(body, &seen.message)
	s.mu.Lock()
	s.requests = append(s.requests, seen)
	s.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case seen.Method == "server/discover" && s.discover != nil:
		s.discover(w, seen.ID)
	case seen.Method == "server/discover" && !s.modern:
		fail(w, seen.ID, http.StatusOK, `{"code":-32601,"message":"no such method"}`)
	case seen.Method == "server/discover":
		versions := `"2026-07-28"`
		if s.legacy {
			versions += `,"2025-11-25"`
		}
		result(w, seen.ID, `{"resultType":"complete","supportedVersions":[`+versions+`],"capabilities":{"tools":{},"prompts":{},"resources":{}}}`)
	case seen.Method == "initialize" && s.refusesInitialize:
		fail(w, seen.ID, http.StatusBadRequest, `{"code":-32022,"message":"no","data":{"supported":["2026-07-28"]}}`)
	case seen.Method == "initialize":
		s.mu.Lock()
		s.sessions++
		if s.sessionID != "-" {
			w.Header().Set("Mcp-Session-Id", cmp.Or(s.sessionID, fmt.Sprintf("session-%d", s.sessions)))
		}
		s.mu.Unlock()
		result(w, seen.ID, `{"protocolVersion":"`+cmp.Or(s.revision, "2025-11-25")+`","capabilities":{"tools":{},"logging":{},"resources":{"subscribe":true,"listChanged":true}},"serverInfo":{"name":"stub","version":"0"}}`)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost && (seen.ID == nil || seen.Method == ""):
		w.WriteHeader(http.StatusAccepted)
	case s.handle != nil:
		s.handle(w, r, seen.message)
	default:
		result(w, seen.ID, everyList)
	}
}

// everyList is the result of a call and of every list, all empty.
const everyList = `{"content":[],"tools":[],"prompts":[],"resources":[],"resourceTemplates":[]}`

// seen returns the requests of a JSON-RPC method, or of an HTTP method.
func (s *stub) seen(method string) (of []recorded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.Method == method || r.method == method && r.Method == "" {
			of = append(of, r)
		}
	}
	return of
}

func (s *stub) all() []recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]recorded(nil), s.requests...)
}

func result(w http.ResponseWriter, id json.RawMessage, object string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, id, object)
}

func fail(w http.ResponseWriter, id json.RawMessage, status int, object string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":%s}`, id, object)
}

// stream begins a stream of events and returns what sends one.
func stream(w http.ResponseWriter) (send func(event string)) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	return func(event string) {
		_, _ = io.WriteString(w, event)
		_ = http.NewResponseController(w).Flush()
	}
}

// event is a message as an event.
func event(id, text string) string {
	if id != "" {
		id = "id: " + id + "\n"
	}
	return id + "data: " + strings.ReplaceAll(text, "\n", "\ndata: ") + "\n\n"
}

func response(id json.RawMessage, object string) string {
	return `{"jsonrpc":"2.0","id":` + string(id) + `,"result":` + object + `}`
}

// answersOnly has a server without a stream besides its answers.
func answersOnly(handle func(w http.ResponseWriter, r *http.Request, m message)) func(w http.ResponseWriter, r *http.Request, m message) {
	return func(w http.ResponseWriter, r *http.Request, m message) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		handle(w, r, m)
	}
}
