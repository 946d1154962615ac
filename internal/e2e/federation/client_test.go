package federation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// clientName is what the client of these tests calls itself.
const clientName = "federation-test"

// body is the request as a client sends it.
func (r request) body(id string) string {
	meta := `"x.example/foreign":` + r.meta
	if r.era == modern {
		meta += `,"io.modelcontextprotocol/protocolVersion":"` + modern + `","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}},` +
			`"io.modelcontextprotocol/clientInfo":{"name":"` + clientName + `","version":"1"}`
	}
	return `{"jsonrpc":"2.0","id":` + id + `,"method":"` + r.method + `","params":{` + r.params + `,"_meta":{` + meta + `}}}`
}

// headers are those of the request.
func (r request) headers() http.Header {
	h := http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {r.era},
	}
	if r.era == modern {
		h.Set("Mcp-Method", r.method)
		if r.target != "" {
			h.Set("Mcp-Name", r.target)
		}
	}
	return h
}

// directly sends a request to the server itself.
func directly(t *testing.T, r request) message {
	t.Helper()
	return post(t, shared.direct, r.headers(), r.body(`"direct"`))
}

// through sends a request by way of Gatehouse.
func through(t *testing.T, r request) message {
	t.Helper()
	h := r.headers()
	h.Set("Authorization", "Bearer "+shared.token)
	if r.era == legacy {
		h.Set("Mcp-Session-Id", session(t))
	}
	return post(t, shared.through, h, r.body(`"through"`))
}

var opened struct {
	once sync.Once
	id   string
}

// session is the legacy session that all requests of the era share.
func session(t *testing.T) string {
	t.Helper()
	opened.once.Do(func() {
		h := http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": {"Bearer " + shared.token},
		}
		answer := exchange(t, shared.through, h, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"`+clientName+`","version":"1"}}}`)
		opened.id = answer.header.Get("Mcp-Session-Id")
	})
	if opened.id == "" {
		t.Fatal("there is no session")
	}
	return opened.id
}

// said is an answer, read to its end.
type said struct {
	status int
	header http.Header
	body   []byte
}

func exchange(t *testing.T, url string, h http.Header, body string) said {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = h
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said{resp.StatusCode, resp.Header, answer}
}

// post returns the response to a request, which is the last message of a stream.
func post(t *testing.T, url string, h http.Header, body string) message {
	t.Helper()
	answer := exchange(t, url, h, body)
	m, err := answer.message()
	if err != nil {
		t.Errorf("%s: status %d: %v: %.300s", url, answer.status, err, answer.body)
	}
	return m
}

func (s said) message() (m message, err error) {
	body := s.body
	if strings.HasPrefix(s.header.Get("Content-Type"), "text/event-stream") {
		at := bytes.LastIndex(body, []byte("\ndata: "))
		if at < 0 {
			return m, fmt.Errorf("the stream has no event")
		}
		body = bytes.TrimSpace(body[at+len("\ndata: "):])
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, err
	}
	if m.Result == nil && m.Error == nil {
		return m, fmt.Errorf("neither result nor error")
	}
	return m, nil
}
