package federation_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// The eras, by the revision that stands for each.
const (
	modern = "2026-07-28"
	legacy = "2025-11-25"
)

// fixture is an MCP server of both eras. What it answers to a request that names
// a case is the answer of that case, as it is.
type fixture struct {
	mu       sync.Mutex
	answers  map[string]answer
	arrivals map[string][]arrival // by case
	sessions int
}

// answer is what a case is answered with: a result, or else an error.
type answer struct {
	result string
	err    string
	stream bool // as an event stream
}

// arrival is a request as it came.
type arrival struct {
	header http.Header
	body   []byte
}

func newFixture() *fixture {
	return &fixture{answers: map[string]answer{}, arrivals: map[string][]arrival{}}
}

// expect sets what a case is answered with.
func (f *fixture) expect(name string, a answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[name] = a
}

// arrived returns the requests that named a case so far.
func (f *fixture) arrived(name string) []arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]arrival(nil), f.arrivals[name]...)
}

// received is what the fixture reads of a request.
type received struct {
	ID     json.RawMessage
	Method string
	Params struct {
		Name      string
		URI       string
		Arguments map[string]json.RawMessage
		Argument  struct{ Value string }
	}
}

// about is the case that a request names: in an argument, in the end of a URI,
// or in what is to be completed.
func (r received) about() string {
	switch r.Method {
	case "resources/read":
		return strings.TrimPrefix(r.Params.URI, "fix://case/")
	case "completion/complete":
		return r.Params.Argument.Value
	default:
		var name string
		_ = json.Unmarshal(r.Params.Arguments["case"], &name)
		return name
	}
}

func (f *fixture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(r.Body)
	var m received
	if err != nil || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if m.ID == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	a, known := f.fixed(w, m, r.Header.Get("MCP-Protocol-Version") == modern)
	if !known {
		a = f.take(m.about(), arrival{r.Header.Clone(), body})
	}
	reply := `{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":` + a.result + `}`
	if a.err != "" {
		reply = `{"jsonrpc":"2.0","id":` + string(m.ID) + `,"error":` + a.err + `}`
	}
	if a.stream {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, ": hello\r\nevent: message\r\ndata: %s\r\n\r\n", reply)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, reply)
}

func (f *fixture) take(name string, a arrival) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrivals[name] = append(f.arrivals[name], a)
	if said, ok := f.answers[name]; ok {
		return said
	}
	return answer{err: `{"code":-32603,"message":"no such case"}`}
}

const capabilities = `"capabilities":{"tools":{},"prompts":{},"resources":{},"completions":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}`

// fixed answers what is the same for every case.
func (f *fixture) fixed(w http.ResponseWriter, m received, stateless bool) (_ answer, ok bool) {
	frame := func(members string) (answer, bool) {
		if stateless {
			members += `,"resultType":"complete","ttlMs":1000,"cacheScope":"private"`
		}
		return answer{result: "{" + members + "}"}, true
	}
	switch m.Method {
	case "server/discover":
		return frame(`"supportedVersions":["2026-07-28","2025-11-25"],` + capabilities)
	case "initialize":
		f.mu.Lock()
		f.sessions++
		w.Header().Set("Mcp-Session-Id", fmt.Sprintf("session-%d", f.sessions))
		f.mu.Unlock()
		return answer{result: `{"protocolVersion":"2025-11-25",` + capabilities + `,"serverInfo":{"name":"fixture","version":"1"}}`}, true
	case "ping":
		return answer{result: `{}`}, true
	case "tools/list":
		return frame(`"tools":[{"name":"echo","inputSchema":{"type":"object"},"annotations":{"destructiveHint":false}},` +
			`{"name":"hidden","inputSchema":{"type":"object"}}]`)
	case "prompts/list":
		return frame(`"prompts":[{"name":"say","arguments":[{"name":"case"},{"name":"words"}]}]`)
	case "resources/list":
		return frame(`"resources":[]`)
	case "resources/templates/list":
		return frame(`"resourceTemplates":[{"name":"case","uriTemplate":"fix://case/{id}"}]`)
	default:
		return answer{}, false
	}
}
