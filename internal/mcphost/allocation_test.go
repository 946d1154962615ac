package mcphost_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/authz"
)

// TestCallOfABuiltInAllocatesLittle is not parallel: allocations are counted for
// the whole process.
func TestCallOfABuiltInAllocatesLittle(t *testing.T) {
	b := newBench(t, everybody(time.Time{}, authz.Permission{Effect: authz.Allow, Patterns: []string{"pay"}}))
	b.forgets = true
	token := b.token(nil)
	b.call(t, token, `{}`)
	for method, row := range map[string]struct {
		params string
		most   float64
	}{"tools/call": {`"name":"pay","arguments":{},`, 35}, "tools/list": {"", 19}} {
		body := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{` + row.params + `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://gatehouse.example/t/contoso/mcp", nil)
		for name, value := range map[string]string{
			"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": "pay",
		} {
			r.Header.Set(name, value)
		}
		r.SetPathValue("org", "contoso")
		allocations := testing.AllocsPerRun(500, func() {
			r.Body = readCloser{strings.NewReader(body)}
			w := httptest.NewRecorder()
			b.host.Endpoint().ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatal(w.Body)
			}
		})
		// The race detector empties pools.
		// The race detector empties pools, which costs a quarter more.
		if allocations > row.most*1.3 {
			t.Errorf("%s: %v allocations, want at most %v", method, allocations, row.most)
		}
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
