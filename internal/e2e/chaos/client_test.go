package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/demo"
)

// answerLimit bounds one exchange: the longest wait the product allows itself
// (5 s for the log) and much room for a busy machine.
const answerLimit = 20 * time.Second

// client speaks to one replica for one person over keep-alive connections.
type client struct {
	http  *http.Client
	path  string // of the organization's endpoint
	token string
}

// client returns a client of a company's endpoint on this replica.
func (r *replica) client(c demo.Company, token string) *client {
	address, dialer := r.address, &net.Dialer{}
	return &client{
		path: "/t/" + c.Slug.String() + "/mcp", token: token,
		http: &http.Client{Timeout: answerLimit, Transport: &http.Transport{
			MaxIdleConnsPerHost: 64,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
		}},
	}
}

// reply is what a client was answered, or that it was not.
type reply struct {
	began, ended time.Time
	status       int // 0: no complete reply
	header       http.Header
	body         string
	err          error
}

// String is for messages of tests.
func (r reply) String() string {
	return fmt.Sprintf("status %d, %s, %.300q, after %s, %v", r.status, r.header, r.body, r.ended.Sub(r.began), r.err)
}

// get asks for a path of the replica.
func (c *client) get(t *testing.T, path string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, baseURL+path, nil)
	must(t, err)
	return c.exchange(req)
}

// meta opens the params of a request of the revision 2026-07-28.
const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

// call calls a tool without arguments.
func (c *client) call(tool string) reply {
	return c.post("tools/call", tool, `{`+meta+`,"name":"`+tool+`","arguments":{}}`)
}

// post sends one request with the headers its revision asks for. It is not tied
// to the test's context, so that calls under way can outlive it.
func (c *client) post(method, name, params string) reply {
	body := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}`
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, baseURL+c.path, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	for header, value := range map[string]string{
		"Authorization": "Bearer " + c.token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": method,
	} {
		req.Header.Set(header, value)
	}
	if name != "" {
		req.Header.Set("Mcp-Name", name)
	}
	return c.exchange(req)
}

func (c *client) exchange(req *http.Request) (r reply) {
	r.began = time.Now()
	defer func() { r.ended = time.Now() }()
	resp, err := c.http.Do(req)
	if err != nil {
		r.err = err
		return r
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.err = err
		return r
	}
	r.status, r.header, r.body = resp.StatusCode, resp.Header, string(body)
	return r
}

// receipt is a result that a client holds: the tool it called and the record
// that the reply names.
type receipt struct{ tool, record string }

// result returns the record that a result names. It reports false for anything
// but a complete reply that holds a result.
func (r reply) result() (record string, ok bool) {
	var message struct {
		Result *struct {
			Meta map[string]json.RawMessage `json:"_meta"`
		}
	}
	if r.status != http.StatusOK || json.Unmarshal([]byte(r.body), &message) != nil || message.Result == nil {
		return "", false
	}
	_ = json.Unmarshal(message.Result.Meta["gatehouse/record"], &record) // absent: no record, which the ledger reports
	return record, true
}

// succeeded reports whether a tool ran and said that it could.
func (r reply) succeeded() bool {
	_, ok := r.result()
	return ok && !strings.Contains(r.body, `"isError":true`)
}
