package wire

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// DecodeFailure reads the error object of a response: code, message and data as
// the server sent them. Its status is 200: an HTTP failure is something else.
// The error says what is wrong with the object.
func DecodeFailure(failure []byte, limits Limits) (*Error, error) {
	members, err := Members(failure, limits)
	if err != nil {
		return nil, fmt.Errorf("error: %w", err)
	}
	code, err := strconv.Atoi(string(Value(members, "code")))
	if err != nil {
		return nil, errors.New("error.code is not an integer")
	}
	message, ok := Text(Value(members, "message"))
	if !ok {
		return nil, errors.New("error.message is not a string")
	}
	return &Error{Code: code, Message: message, Data: Value(members, "data"), Status: http.StatusOK}, nil
}

// Relay returns what a client of era to is told of the error e, which a server
// that was asked in era from has answered. Message and data stay. The codes of
// JSON-RPC and those of applications stay too, and between the initialize
// revisions those that JSON-RPC left to servers; what only the other era has a
// code for gets that of this era; a reserved code that the client's era does not
// define, or that is about our own request to the server, becomes CodeInternal.
func (e *Error) Relay(from, to Era) *Error {
	relayed := &Error{Code: relayedCode(e, from, to), Message: e.Message, Data: e.Data, Status: http.StatusOK}
	if to == Modern {
		switch relayed.Code {
		case CodeMethodNotFound:
			relayed.Status = http.StatusNotFound
		case CodeMissingCapability:
			relayed.Status = http.StatusBadRequest
		}
	}
	return relayed
}

// The codes below are all reserved: by JSON-RPC, and the upper end by MCP.
const (
	lowestReserved  = -32768
	highestReserved = -32000
	lowestServers   = -32019 // to highestReserved: for servers to define, until 2026-07-28 took them away
)

func relayedCode(e *Error, from, to Era) int {
	switch code := e.Code; {
	case code < lowestReserved || code > highestReserved:
		return code
	case code == CodeLegacyNotFound && to == Modern:
		return CodeInvalidParams
	case code == CodeInvalidParams && from == Modern && to == Legacy && namesResource(e.Data):
		return CodeLegacyNotFound
	case defined(code, to), from == Legacy && to == Legacy && code >= lowestServers:
		return code
	}
	return CodeInternal
}

// defined reports whether a client of that era may be sent code for what a
// server behind us says.
func defined(code int, era Era) bool {
	switch code {
	case CodeParse, CodeInvalidRequest, CodeMethodNotFound, CodeInvalidParams, CodeInternal:
		return true
	case CodeLegacyNotFound, CodeURLElicitation:
		return era == Legacy
	case CodeMissingCapability:
		return era == Modern
	}
	return false
}

// namesResource reports whether data is that of a resource that was not found.
func namesResource(data []byte) bool {
	members, err := Members(data, Limits{MaxBytes: 64 << 10, MaxDepth: 8})
	return err == nil && Value(members, "uri") != nil
}
