package federation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// owned is every field of an answer that Gatehouse says in its own words. All
// else is the server's, byte for byte, but the spelling of an error's message,
// and codes that the protocol reserves: what a client's era does not define, it
// must not be sent.
//
// Questions to people have tests of their own, in package mcphost: who asks is put
// before what they say.
var owned = map[string][]string{
	"result": {
		"requestState", // the server's own, wrapped in a token that only we can open
		"taskId",       // likewise
		"ttlMs",        // of what a role decides about
		"cacheScope",   // private, always
		"resultType",   // said to clients of the stateless revision, whatever the server says
	},
	"result._meta": {
		"gatehouse/record",                   // of the call, in our log
		"io.modelcontextprotocol/serverInfo", // ours: the client talks to us
	},
	"error.data": {
		"gatehouse/record",
	},
}

// spelled is every field of a result whose other spellings are owned too: a name that
// differs from one of these by case only is left out, because some parsers take the
// one for the other.
var spelled = append([]string{"_meta", "isError", "inputRequests"}, owned["result"]...)

// isSpelling reports whether a name of a result is another spelling of what is
// spelled in one way.
func isSpelling(name string) bool {
	return !slices.Contains(spelled, name) && slices.ContainsFunc(spelled, func(of string) bool { return strings.EqualFold(of, name) })
}

// message is a response, taken apart but not decoded.
type message struct {
	Result map[string]json.RawMessage
	Error  *struct {
		Code    json.RawMessage
		Message string
		Data    json.RawMessage
	}
}

// same complains where two answers differ outside what is owned.
func same(t *testing.T, what string, direct, through message) {
	t.Helper()
	if (direct.Error == nil) != (through.Error == nil) {
		t.Errorf("%s: directly %s, through us %s", what, direct.short(), through.short())
		return
	}
	if direct.Error != nil {
		sameBytes(t, what+": code", direct.Error.Code, through.Error.Code)
		if direct.Error.Message != through.Error.Message {
			t.Errorf("%s: message: directly %q, through us %q", what, direct.Error.Message, through.Error.Message)
		}
		sameMembers(t, what+": error.data", object(direct.Error.Data), object(through.Error.Data), owned["error.data"])
		return
	}
	for name := range through.Result {
		if isSpelling(name) {
			t.Errorf("%s: %q has arrived", what, name)
		}
	}
	maps.DeleteFunc(direct.Result, func(name string, _ json.RawMessage) bool { return isSpelling(name) })
	metas := [2]map[string]json.RawMessage{object(direct.Result["_meta"]), object(through.Result["_meta"])}
	sameMembers(t, what+": result", direct.Result, through.Result, append([]string{"_meta"}, owned["result"]...))
	sameMembers(t, what+": result._meta", metas[0], metas[1], owned["result._meta"])
}

func (m message) short() string {
	if m.Error != nil {
		return fmt.Sprintf("error %s %.300s", m.Error.Code, m.Error.Message)
	}
	return fmt.Sprintf("a result with %v", slices.Sorted(maps.Keys(m.Result)))
}

// object is the members of an object; none of what is no object.
func object(raw json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}

func sameMembers(t *testing.T, where string, direct, through map[string]json.RawMessage, but []string) {
	t.Helper()
	for name, raw := range direct {
		if !slices.Contains(but, name) {
			sameBytes(t, where+" "+name, raw, through[name])
		}
	}
	for name, raw := range through {
		if _, ok := direct[name]; !ok && !slices.Contains(but, name) {
			t.Errorf("%s: %q is not the server's: %.200s", where, name, raw)
		}
	}
}

func sameBytes(t *testing.T, where string, direct, through json.RawMessage) {
	t.Helper()
	if !bytes.Equal(direct, through) {
		t.Errorf("%s: directly %.300q, through us %.300q", where, direct, through)
	}
}
