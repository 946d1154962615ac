package wire

import (
	"fmt"
	"net/http"
	"strings"
)

// The error codes of JSON-RPC and of the Model Context Protocol
// (2026-07-28, basic/index, "Error Codes"). No other code of the reserved range
// may be sent.
const (
	CodeParse              = -32700
	CodeInvalidRequest     = -32600
	CodeMethodNotFound     = -32601
	CodeInvalidParams      = -32602
	CodeInternal           = -32603
	CodeHeaderMismatch     = -32020
	CodeMissingCapability  = -32021
	CodeUnsupportedVersion = -32022
	CodeLegacyNotFound     = -32002 // resource not found, legacy only
	CodeURLElicitation     = -32042 // a person has to visit a URL first, 2025-11-25 only
)

// Error is a JSON-RPC error and the HTTP status it travels with. All of it but
// the cause is for the client to read.
type Error struct {
	Code    int
	Message string // says what is wrong and what to do
	Data    []byte // JSON, or nil
	Status  int    // HTTP

	cause error
}

// Error includes the private cause; it is for logs.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%d)", e.Message, e.Code)
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// ParseError says that the body is not one strict JSON text.
func ParseError(message string) *Error {
	return &Error{Code: CodeParse, Message: message, Status: http.StatusBadRequest}
}

// InvalidRequest says that the body is JSON but no message for this endpoint.
func InvalidRequest(message string) *Error {
	return &Error{Code: CodeInvalidRequest, Message: message, Status: http.StatusBadRequest}
}

// MethodNotFound says that method is not offered. The modern era sends it with
// 404; a legacy client would take that for a lost session.
func MethodNotFound(era Era, method string) *Error {
	e := &Error{Code: CodeMethodNotFound, Status: http.StatusOK}
	if era == Modern {
		e.Status = http.StatusNotFound
		e.Message = fmt.Sprintf("method %.64q is not offered here; server/discover says what is", method)
		return e
	}
	e.Message = fmt.Sprintf("method %.64q is not offered here; the capabilities in the answer to initialize say what is", method)
	return e
}

// InvalidParams says that a well-formed request asks for something that does
// not exist or cannot be: an unknown tool, a cursor that is not ours.
func InvalidParams(message string) *Error {
	return &Error{Code: CodeInvalidParams, Message: message, Status: http.StatusOK}
}

// MalformedParams says that params cannot be understood: a member is missing or
// is not of its type. Unlike InvalidParams it is an HTTP failure too.
func MalformedParams(message string) *Error {
	return &Error{Code: CodeInvalidParams, Message: message, Status: http.StatusBadRequest}
}

// HeaderMismatch says that a header is missing, malformed or differs from the
// body.
func HeaderMismatch(message string) *Error {
	return &Error{Code: CodeHeaderMismatch, Message: message, Status: http.StatusBadRequest}
}

// MissingCapability says that the client has to declare the capabilities of the
// JSON object required.
func MissingCapability(required []byte) *Error {
	data := append([]byte(`{"requiredCapabilities":`), required...)
	return &Error{
		Code:    CodeMissingCapability,
		Message: "this request needs client capabilities that it does not declare; declare them in _meta if the client has them",
		Data:    append(data, '}'),
		Status:  http.StatusBadRequest,
	}
}

// UnsupportedVersion says that revision requested is not spoken here in the way
// it was asked for, and which are.
func UnsupportedVersion(requested string) *Error {
	data := []byte(`{"supported":[`)
	for i, revision := range supported {
		if i > 0 {
			data = append(data, ',')
		}
		data = AppendString(data, revision)
	}
	data = AppendString(append(data, `],"requested":`...), requested)
	message := fmt.Sprintf("protocol version %.40q is not supported; use one of %s", requested, strings.Join(supported[:], ", "))
	if IsLegacy(requested) {
		message = fmt.Sprintf("protocol version %s has no metadata on requests; send %s in _meta, or begin with initialize", requested, FirstModern)
	}
	return &Error{Code: CodeUnsupportedVersion, Message: message, Data: append(data, '}'), Status: http.StatusBadRequest}
}

// ResourceNotFound says that there is no resource uri for this caller.
func ResourceNotFound(era Era, uri string) *Error {
	e := InvalidParams("there is no such resource; resources/list says which there are")
	e.Data = append(AppendString([]byte(`{"uri":`), uri), '}')
	if era == Legacy {
		e.Code = CodeLegacyNotFound
	}
	return e
}

// Internal says that the failure is ours. The message is public: pass what
// fault.Public says.
func Internal(message string) *Error {
	return &Error{Code: CodeInternal, Message: message, Status: http.StatusInternalServerError}
}
