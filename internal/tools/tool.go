package tools

import (
	"context"
	"time"

	"gatehouse/internal/authz"
	"gatehouse/internal/wire"
)

// Effect is what running a tool does to the world. It is ours and the admin's
// to decide; what a source says of its own tools is only a proposal.
type Effect string

// The effects. Whatever is not Read has its intent recorded before it runs.
const (
	Read        Effect = "read"
	Write       Effect = "write"
	Destructive Effect = "destructive"
)

// Tool is a tool of the platform's own, with a name unique in every organization.
type Tool struct {
	Name         string // bare; those of sources have a prefix or give way
	Title        string
	Description  string
	Effect       Effect
	InputSchema  []byte // JSON Schema 2020-12, an object
	OutputSchema []byte // nil: the tool promises no structure
	App          *App   // the MCP App that shows its results, if any
	Invoker      Invoker
}

// App is the user interface of a tool: a ui:// resource of the MCP Apps
// extension (io.modelcontextprotocol/ui).
type App struct {
	URI  string
	Name string
	HTML []byte
}

// Call is one invocation after every check. What it points to is the request's
// and changes once the call has returned: whoever goes on with it has its Own.
type Call struct {
	Arguments []byte          // a valid JSON object, the bytes the caller sent; never nil
	Record    string          // id of the audit record; travels to upstreams as their correlation id
	Assertion authz.Assertion // the inbound token, for exchanges on behalf of its bearer only
	Now       time.Time

	// What only servers behind us have a use for.
	Client    Client
	Others    []wire.Member // members of params that mean nothing to the protocol, as sent
	Ref       []wire.Member // likewise of params.ref, of completion/complete
	Meta      []wire.Member // members of _meta that are the client's own, trace context included, as sent
	Responses []byte        // what the client answers to Asked.Requests, object as sent; nil: nothing
	State     string        // the server's own Asked.State
	Peer      Peer          // never nil
	// HeaderParams are the arguments that the tool's server wants to see in headers.
	HeaderParams []wire.HeaderParam
	Effect       Effect // of the tool that is called; empty: no tool is
}

// Invoker runs one tool. It must honour ctx and may be called concurrently. A
// failure that the model or the person can act on is a Result with IsError; an
// error is a fault of the platform or of somebody else's system.
type Invoker interface {
	Invoke(ctx context.Context, by authz.Caller, call Call) (Result, error)
}

// InvokerFunc adapts a function to Invoker.
type InvokerFunc func(ctx context.Context, by authz.Caller, call Call) (Result, error)

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, by authz.Caller, call Call) (Result, error) {
	return f(ctx, by, call)
}

// Result is what a tool answers: the members of a CallToolResult object without
// the braces, encoded once by whoever made it. The host writes them as they are,
// and adds what is its own to say.
type Result struct {
	Members []byte // without resultType, _meta, ttlMs, cacheScope, and what follows here
	Meta    []byte // members of _meta that are the server's own, without braces
	Type    string // resultType; empty: complete
	TTL     string // ttlMs as the server gave it; empty: none
	Asked   *Asked // of resultType input_required
	TaskID  string // of resultType task, the server's own
	IsError bool
}
