package wire

// Kind says what a message is to the receiver.
type Kind uint8

// The kinds of message. The zero value is none of them.
const (
	Request      Kind = iota + 1 // wants an answer with its ID
	Notification                 // wants none
	Response                     // answers a request of ours; of clients, only legacy ones send one
)

// Limits bound what one message may cost. Zero allows nothing.
type Limits struct {
	MaxBytes int // of the whole body
	MaxDepth int // of objects and arrays within each other; the message itself is level 1
}

// Message is one decoded JSON-RPC message.
//
// Its byte slices are ranges of the body, exactly as sent, and are valid as
// long as the body is left alone. Its strings are unescaped copies. An absent
// member is nil or empty; an empty string counts as absent.
type Message struct {
	Kind   Kind
	ID     []byte // JSON string or integer; nil for a notification
	Method string // empty for a response
	Params Params

	// What a response carries: one of them.
	Result  []byte // any value
	Failure []byte // the error object
}

// Params are the members of params that mean something to the protocol, and what
// else there is.
type Params struct {
	Raw            []byte   // the whole object
	Others         []Member // the members that mean nothing to the protocol, in their order
	Name           string   // of a tool or prompt
	URI            string
	Arguments      []byte // object
	Cursor         string
	RequestState   string
	InputResponses []byte // object
	TaskID         string // of a task that runs
	Task           []byte // object: run the request as a task (2025-11-25)
	Meta           Meta

	// What initialize carries.
	ProtocolVersion string
	Capabilities    []byte // object
	ClientInfo      ClientInfo

	// What completion/complete carries.
	Ref      Ref
	Argument Argument
	Context  []byte // object

	// What logging/setLevel carries.
	Level string

	// What notifications/cancelled carries.
	RequestID []byte // JSON string or integer
	Reason    string

	// What subscriptions/listen carries.
	Notifications Notifications
}

// Ref is what a completion is asked for.
type Ref struct {
	Raw    []byte   // the whole object
	Others []Member // the members that mean nothing to the protocol, in their order
	Type   string   // RefPrompt or RefResource
	Name   string   // of a prompt
	URI    string   // of a resource, or a URI template
}

// The types of a Ref.
const (
	RefPrompt   = "ref/prompt"
	RefResource = "ref/resource"
)

// Argument is what a completion completes.
type Argument struct {
	Raw         []byte // the whole object
	Name, Value string
}

// Notifications is what somebody who listens wants to hear of.
type Notifications struct {
	Raw       []byte   // the whole object
	Others    []Member // the members that mean nothing to the protocol, in their order
	Tools     bool     // that the list of tools changed
	Prompts   bool     // that the list of prompts changed
	Resources bool     // that the list of resources changed
	URIs      []string // of resources whose changes matter
	TaskIDs   []string // of tasks whose changes matter (Tasks extension)
}

// Meta are the members of params._meta that mean something to the protocol, and
// what else there is.
type Meta struct {
	Raw                []byte   // the whole object
	Others             []Member // the members that mean nothing to the protocol, in their order
	ProtocolVersion    string
	ClientCapabilities []byte // object
	ClientInfo         ClientInfo
	LogLevel           string
	ProgressToken      []byte // JSON string or number
	TraceParent        string
	TraceState         string
	Baggage            string
}

// ClientInfo is what a client calls itself. Nobody has verified it: it is for
// people to read, never for a decision.
type ClientInfo struct{ Name, Version string }
