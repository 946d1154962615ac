package mcphost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/authz"
	"gatehouse/internal/entra"
	"gatehouse/internal/secrets"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/tenants"
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// server is a server behind us that answers as a test says.
type server struct {
	mu      sync.Mutex
	targets []tools.Target
	calls   []tools.Call
	answer  func(ctx context.Context, to tools.Target, call tools.Call) (tools.Result, error)
}

func (s *server) Exchange(ctx context.Context, _ authz.Caller, to tools.Target, call tools.Call) (tools.Result, error) {
	s.mu.Lock()
	kept := call // what it points to is the request's, which ends with the answer
	kept.Arguments, kept.Responses = bytes.Clone(call.Arguments), bytes.Clone(call.Responses)
	kept.Others, kept.Meta, kept.Ref = cloned(call.Others), cloned(call.Meta), cloned(call.Ref)
	s.targets, s.calls = append(s.targets, to), append(s.calls, kept)
	s.mu.Unlock()
	return s.answer(ctx, to, call)
}

func cloned(members []wire.Member) []wire.Member {
	members = slices.Clone(members)
	for i, m := range members {
		members[i] = wire.Member{Name: strings.Clone(m.Name), Value: bytes.Clone(m.Value)}
	}
	return members
}

func (s *server) Answer(context.Context, authz.Caller, tools.Answer) error { return nil }

func (s *server) Watch(context.Context, authz.Caller, tools.Watch) error { return nil }

func (s *server) End(context.Context, authz.Caller, tools.Call) error { return nil }

// last is what the server was asked last.
func (s *server) last(t *testing.T) (tools.Target, tools.Call) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == 0 {
		t.Fatal("the server was asked nothing")
	}
	return s.targets[len(s.targets)-1], s.calls[len(s.calls)-1]
}

func (s *server) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// says answers everything with the same members.
func says(members string) func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
	return func(context.Context, tools.Target, tools.Call) (tools.Result, error) {
		return tools.Result{Members: []byte(members)}, nil
	}
}

// definition is something that the source notes offers and an admin has approved.
type definition struct {
	kind   tools.Kind
	effect tools.Effect
	text   string
}

var offered = []definition{
	{tools.KindTool, tools.Read, `{"name":"search","inputSchema":{"type":"object","properties":{"q":{"type":"string"},"region":{"type":"string","x-mcp-header":"Region"}}}}`},
	{tools.KindTool, tools.Write, `{"name":"write","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"ui://notes/editor"}}}`},
	{tools.KindTool, tools.Read, `{"name":"secret","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}}`},
	{tools.KindPrompt, "", `{"name":"summarize","arguments":[{"name":"topic"}]}`},
	{tools.KindPrompt, "", `{"name":"confess"}`},
	{tools.KindResource, "", `{"uri":"notes://all","name":"all"}`},
	{tools.KindResource, "", `{"uri":"ui://notes/editor","name":"editor"}`},
	{tools.KindResource, "", `{"uri":"notes://hidden","name":"hidden"}`},
	{tools.KindTemplate, "", `{"uriTemplate":"notes://note/{id}","name":"note"}`},
	{tools.KindPrompt, "", `{"name":"search"}`}, // called as a tool is
	{tools.KindInstructions, "", `{"name":"instructions","description":" Search before you write.\n"}`},
	{tools.KindTool, tools.Read, `{"name":"draw","inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"ui://notes/canvas"}}}`}, // whose app is listed nowhere
}

// staff is what everybody may use: of the source, all that is not kept from them.
var staff = []authz.Permission{{Effect: authz.Allow, Patterns: []string{"pay", "notes_search", "notes_write", "prompt:notes_summarize", "prompt:notes_search", "resource:notes://all", "resource:notes://note/*"}}}

// federate gives the bench a source named notes, and toolsets.
func federate(t *testing.T, permissions ...authz.Permission) (*bench, *server) {
	t.Helper()
	if permissions == nil {
		permissions = staff
	}
	b := newBench(t, everybody(time.Time{}, permissions...))
	s := &server{answer: says(`"content":[]`)}
	b.snap = b.viewWith(t, everybody(time.Time{}, permissions...), s, `{"completions":{},"logging":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}`)
	return b, s
}

var notes = tenants.MustGUID("50000000-0000-4000-8000-000000000001")

// viewWith is a view with a source.
func (b *bench) viewWith(t *testing.T, rules authz.Rules, s tools.Server, capabilities string) *snapshot.Snapshot {
	t.Helper()
	data := snapshot.Data{
		Organization: b.snap.Organization, Version: b.snap.Version + 1, Decisions: b.snap.Decisions + 1, Rules: rules, Clients: []tenants.Client{{ID: vscode, Name: "VS Code"}},
		Tools:        []tools.Selection{{Name: "pay", Effect: tools.Read}},
		Sources:      []tools.Source{{ID: notes, Name: "notes", URL: "https://notes.example/mcp", Naming: tools.Prefixed, Enabled: true, Timeout: time.Minute, Concurrent: 8}},
		Refreshed:    map[tenants.GUID]time.Time{notes: began},
		Capabilities: map[tenants.GUID][]byte{notes: []byte(capabilities)},
		Toolsets:     []tools.Toolset{{Name: "desk", Title: "Desk", Patterns: []string{"notes_*", "prompt:notes_confess"}}, {Name: "empty", Patterns: []string{"nothing"}}, {Name: "library", Patterns: []string{"resource:notes://note/*"}}},
	}
	for _, d := range offered {
		o := must(tools.NewOffer(d.kind, []byte(d.text)))
		data.Pinned = append(data.Pinned, tools.Pinned{
			Approval:   tools.Approval{Source: notes, Kind: d.kind, Name: o.Name, Hash: o.Hash, Effect: d.effect, At: began},
			Definition: []byte(d.text),
		})
	}
	return b.built(t, data, s)
}

func (b *bench) built(t *testing.T, data snapshot.Data, s tools.Server) *snapshot.Snapshot {
	t.Helper()
	box := must(secrets.NewBox(must(secrets.NewLocalKEK([32]byte{1}))))
	data.WrappedKey = must(box.NewOrganizationKey(t.Context(), data.Organization.ID))
	builder := b.builder
	builder.Secrets = box
	builder.Servers = func(*tenants.Organization, *secrets.OrgKey, tools.Source, []byte) tools.Server { return s }
	builder.Authority = entra.AuthorityOf
	return must(builder.Build(t.Context(), data))
}

// crowd is a view with many sources, each with a tool and the same instructions.
func (b *bench) crowd(t *testing.T, n int, instructions string) *snapshot.Snapshot {
	t.Helper()
	data := snapshot.Data{
		Organization: b.snap.Organization, Version: b.snap.Version + 1, Decisions: b.snap.Decisions + 1, Clients: []tenants.Client{{ID: vscode, Name: "VS Code"}},
		Rules: everybody(time.Time{}, authz.Permission{Effect: authz.Allow, Patterns: []string{"*"}}),
	}
	for i := range n {
		source := tools.Source{ID: tenants.NewGUID(), Name: fmt.Sprintf("s%d", i), Title: fmt.Sprintf("Source %d", i), Naming: tools.Prefixed, Enabled: true}
		data.Sources = append(data.Sources, source)
		for _, o := range []tools.Offer{must(tools.NewInstructions(instructions)), must(tools.NewOffer(tools.KindTool, []byte(`{"name":"t","inputSchema":{"type":"object"}}`)))} {
			data.Pinned = append(data.Pinned, tools.Pinned{Approval: tools.Approval{Source: source.ID, Kind: o.Kind, Name: o.Name, Hash: o.Hash, At: began}, Definition: o.Definition})
		}
	}
	return b.built(t, data, &server{})
}

// ask is one request.
type ask struct {
	endpoint string // path below /t/; empty: the organization's own
	method   string
	name     string // the header Mcp-Name
	params   string // members of params, without _meta
	meta     string // further members of _meta, each with a comma in front
	can      string // members of the client's capabilities
	headers  []string
	token    string
	id       string
	session  string
	body     string // the whole message, in place of method and params
}

// reply is what comes back.
type reply struct {
	*httptest.ResponseRecorder
}

// modern sends a request of 2026-07-28.
func (b *bench) modern(t *testing.T, a ask) reply {
	t.Helper()
	meta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{` + a.can + `}` + a.meta + `}`
	if a.params != "" {
		meta = a.params + "," + meta
	}
	a.headers = append(a.headers, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", a.method)
	if a.name != "" {
		a.headers = append(a.headers, "Mcp-Name", wire.EncodeHeader(a.name))
	}
	return b.post(t.Context(), a, meta)
}

// legacy sends a request of 2025-11-25.
func (b *bench) legacy(t *testing.T, a ask) reply {
	t.Helper()
	if a.session != "" {
		a.headers = append(a.headers, "Mcp-Session-Id", a.session)
	}
	if a.meta != "" {
		a.params += `,"_meta":{` + strings.TrimPrefix(a.meta, ",") + `}`
	}
	return b.post(t.Context(), a, strings.TrimPrefix(a.params, ","))
}

func (b *bench) post(ctx context.Context, a ask, params string) reply {
	w := httptest.NewRecorder()
	b.into(ctx, w, a, params)
	return reply{w}
}

// into sends a request whose answer goes to w.
func (b *bench) into(ctx context.Context, w http.ResponseWriter, a ask, params string) {
	if a.endpoint == "" {
		a.endpoint = "contoso"
	}
	if a.id == "" {
		a.id = `,"id":1`
	}
	body := a.body
	if body == "" {
		body = fmt.Sprintf(`{"jsonrpc":"2.0"%s,"method":%q,"params":{%s}}`, a.id, a.method, params)
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://gatehouse.example/t/"+a.endpoint+"/mcp", strings.NewReader(body))
	if a.token == "" {
		a.token = b.token(nil)
	}
	for i, headers := 0, append([]string{"Authorization", "Bearer " + a.token, "Content-Type", "application/json", "Accept", "application/json, text/event-stream"}, a.headers...); i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	org, toolset, _ := strings.Cut(a.endpoint, "/")
	r.SetPathValue("org", org)
	r.SetPathValue("toolset", toolset)
	b.host.Endpoint().ServeHTTP(w, r)
}

// message is the one message of a JSON answer, or the last of a stream.
func (r reply) message(t *testing.T) (m struct {
	Result map[string]json.RawMessage
	Error  *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}
},
) {
	t.Helper()
	body := r.Body.String()
	if events := r.events(); len(events) > 0 {
		body = events[len(events)-1]
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return m
}

// events are the data of a stream's events.
func (r reply) events() (all []string) {
	if r.Header().Get("Content-Type") != "text/event-stream" {
		return nil
	}
	for event := range strings.SplitSeq(r.Body.String(), "\n\n") {
		var data []string
		for line := range strings.SplitSeq(event, "\n") {
			if text, ok := strings.CutPrefix(line, "data: "); ok {
				data = append(data, text)
			}
		}
		if len(data) > 0 {
			all = append(all, strings.Join(data, "\n"))
		}
	}
	return all
}

// refused fails unless the answer is this error.
func (r reply) refused(t *testing.T, code int, text string) {
	t.Helper()
	m := r.message(t)
	if m.Error == nil || m.Error.Code != code || !strings.Contains(m.Error.Message, text) {
		t.Errorf("want %d %q, got %d %s", code, text, r.Code, r.Body)
	}
}

// result fails unless the answer is a result, and returns it.
func (r reply) result(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	m := r.message(t)
	if r.Code != http.StatusOK || m.Error != nil || m.Result == nil {
		t.Fatalf("want a result, got %d %s", r.Code, r.Body)
	}
	return m.Result
}

// text reads a string.
func text(t *testing.T, raw json.RawMessage) (s string) {
	t.Helper()
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return s
}

// recordsOf are those of a kind, in order.
func (b *bench) recordsOf(kind audit.Kind) (of []audit.Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		if r.Kind == kind {
			of = append(of, r)
		}
	}
	return of
}

// metadata is the document of an endpoint.
func (b *bench) metadata(t *testing.T, toolset string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://gatehouse.example/.well-known/oauth-protected-resource/t/contoso/mcp", nil)
	r.SetPathValue("org", "contoso")
	r.SetPathValue("toolset", toolset)
	w := httptest.NewRecorder()
	b.host.Metadata().ServeHTTP(w, r)
	return w.Body.String()
}
