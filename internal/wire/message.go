package wire

// Kind says what a message is to the receiver.
type Kind uint8

// The kinds of message. The zero value is none of them.
const (
	Request      Kind = iota + 1 // wants an answer with its ID
	Notification                 // wants none
	Response                     // answers a request of ours; only legacy clients send one
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
	Meta           Meta

	// What initialize carries.
	ProtocolVersion string
	Capabilities    []byte // object
	ClientInfo      ClientInfo
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
