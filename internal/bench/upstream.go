package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/tools"
)

// upstreamRole is the first argument of a child that is the MCP servers behind
// organizations.
const upstreamRole = "upstream"

// newUpstream serves light MCP servers of the stateless revision, one at each
// path that offering knows. They check nobody and do nothing.
func newUpstream(context.Context, json.RawMessage) (service, error) {
	return serving("upstream", &upstream{}), nil
}

// serving is a service of one handler on net/http.
func serving(name string, h http.Handler) service {
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience, IdleTimeout: time.Hour}
	return func(ctx context.Context, on net.Listener) error {
		release := context.AfterFunc(ctx, func() { _ = server.Close() })
		defer release()
		if err := server.Serve(on); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", name, err)
		}
		return nil
	}
}

type upstream struct{ servers sync.Map } // path → answers

// noted is what every call of a tool is answered.
const noted = "Noted. The register has one record more, and everybody may read it."

// answers are the results of one server, by method.
type answers map[string]string

// ServeHTTP implements http.Handler.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	known, err := u.at(r.URL.Path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	var request struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReply))
	if err := errors.Join(err, json.Unmarshal(body, &request)); err != nil || request.ID == nil {
		http.Error(w, "send a JSON-RPC request", http.StatusBadRequest)
		return
	}
	result, ok := known[request.Method]
	if !ok {
		reply(w, http.StatusNotFound, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, request.ID))
		return
	}
	said := make([]byte, 0, len(result)+len(request.ID)+40)
	said = append(append(said, `{"jsonrpc":"2.0","id":`...), request.ID...)
	reply(w, http.StatusOK, append(append(append(said, `,"result":`...), result...), '}'))
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON; a client that went away has its own error
}

// at returns the server at a path.
func (u *upstream) at(path string) (answers, error) {
	if known, ok := u.servers.Load(path); ok {
		return known.(answers), nil
	}
	all, err := offering(path)
	if err != nil {
		return nil, err
	}
	known, _ := u.servers.LoadOrStore(path, answersOf(all))
	return known.(answers), nil
}

// answersOf prepares everything that a server says.
func answersOf(all []offered) answers {
	listed := func(member string, kind tools.Kind) string {
		return `{"resultType":"complete","ttlMs":0,"cacheScope":"private",` + strconv.Quote(member) + `:[` + list(all, kind) + `]}`
	}
	return answers{
		"server/discover": `{"resultType":"complete","supportedVersions":["` + protocolVersion + `"],"ttlMs":0,"cacheScope":"private",` +
			`"capabilities":{"tools":{},"prompts":{},"resources":{}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"bench","version":"1"}}}`,
		"tools/list":               listed("tools", tools.KindTool),
		"prompts/list":             listed("prompts", tools.KindPrompt),
		"resources/list":           listed("resources", tools.KindResource),
		"resources/templates/list": listed("resourceTemplates", tools.KindTemplate),
		"tools/call":               `{"resultType":"complete","content":[{"type":"text","text":"` + noted + `"}],"isError":false}`,
	}
}
