package tools

import (
	"context"
	"errors"

	"gatehouse/internal/authz"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// Server is our end of an MCP server behind us. It speaks the client's era where
// the other side has both. It may be used concurrently.
//
// An error of the other side's own is a *wire.Error with its code, message and
// data; everything else is a fault: Upstream for what the other side does wrong,
// Unavailable for what may pass, Limited for our own limits towards it,
// Unauthenticated where it wants a credential that we do not have. ErrUnsettled is
// in the chain where a call that changes something may have been done: that is
// not to be repeated unseen.
type Server interface {
	// Exchange sends a request on behalf of a caller and returns its result. What
	// the other side says before that goes to call.Peer.
	Exchange(ctx context.Context, by authz.Caller, to Target, call Call) (Result, error)

	// Answer hands over what a client answered to a Question that this server, on
	// whichever replica, has passed on.
	Answer(ctx context.Context, by authz.Caller, a Answer) error

	// Watch tells of changes until ctx ends, or returns why it cannot any more. A
	// server that tells of nothing returns nil at once.
	Watch(ctx context.Context, by authz.Caller, w Watch) error

	// End ends what this server keeps for the session of call.Client, when the
	// client has ended that. A server that keeps nothing for sessions returns nil.
	End(ctx context.Context, by authz.Caller, call Call) error
}

// ErrUnsettled is in the chain of the fault of a call whose end nobody knows.
var ErrUnsettled = errors.New("the outcome is unknown")

// Target is what a request to a server is about, in the server's own words.
type Target struct {
	Method string // such as tools/call
	Name   string // of a tool or prompt, a URI, or a task's id; empty where the method has none
	Kind   Kind   // of completion/complete: what Name names, a prompt or a resource
}

// Client is what is known of the client of a call.
type Client struct {
	Era          wire.Era
	Session      tenants.GUID // zero outside a session
	Capabilities Capabilities
	Info         wire.ClientInfo
	LogLevel     string // of this request, in the modern era
	Progress     bool   // it wants to hear of progress
}

// Capabilities is what a client can do for a server, as far as we pass it on.
type Capabilities struct {
	Can        Capability
	Extensions []wire.Member // of those that we pass on, with their settings as sent
}

// Capability is a set of what clients can do.
type Capability uint16

// The capabilities that we pass on.
const (
	CanElicit        Capability = 1 << iota // fill in forms
	CanElicitURL                            // send a person to a URL
	CanSample                               // ask its model
	CanSampleTools                          // let its model use tools while it is asked
	CanSampleContext                        // include what its other servers said
	CanListRoots
)

// Peer is the client's side of a call under way. Its methods may be called
// until the call returns; an error says that nobody listens any more.
type Peer interface {
	// Notify passes on a notification about the call, such as of progress.
	Notify(ctx context.Context, n Notification) error
	// Ask passes on a request of a server that the initialize revisions allow.
	// Whoever gets the answer gives it to Answer of the same server.
	Ask(ctx context.Context, q Question) error
}

// Notification is what a server says before its result. Of progress the token is
// left out: each side has its own.
type Notification struct {
	Method string
	Params []wire.Member
}

// Question is a request of a server to the client.
type Question struct {
	Method  string // elicitation/create, sampling/createMessage, roots/list
	Params  []byte // object as sent, or nil
	ReplyTo []byte // opaque, at most 512 bytes: what Answer needs to find its way
}

// Answer is what the client says to a Question. What it points to is the request's,
// as of a Call.
type Answer struct {
	ReplyTo []byte
	Session tenants.GUID // of the client
	Result  []byte       // or
	Failure []byte       // the error object
	Call    Call         // what it travels with: record, assertion and time
}

// Watch is what somebody wants to hear of.
type Watch struct {
	Client    Client
	Assertion authz.Assertion
	URIs      []string    // of resources
	Tasks     []string    // the server's own ids; of a server of the modern era
	Lists     bool        // what the server offers
	Told      func(Event) // called from one goroutine
}

// Event is that something changed.
type Event struct {
	Resource string      // URI of the resource that changed
	Task     *TaskStatus // or a task of which this is told; neither: what the server offers
}

// TaskStatus is a task as tasks/get returns it.
type TaskStatus struct {
	ID      string // the server's own
	Members []byte // without braces, taskId, _meta and resultType; nil: it is too large to be told
	Meta    []byte // members of _meta that are the server's own, without braces
}

// Asked is what a server wants to know before it goes on (multi round-trip
// requests of 2026-07-28).
type Asked struct {
	Requests []byte // object of requests by key, as sent; nil: nothing but the state
	State    string // the server's own, which only it can read
	Ours     bool   // it is we who ask, in our own words
}
