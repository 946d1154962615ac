package wire

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// ParamType is the type of an argument that a header repeats.
type ParamType string

// The types that may be repeated.
const (
	StringParam  ParamType = "string"
	IntegerParam ParamType = "integer"
	BooleanParam ParamType = "boolean"
)

// HeaderParam is an argument of a tool that a header repeats, as the annotation
// x-mcp-header in the tool's input schema asks (2026-07-28, Streamable HTTP,
// "Custom Headers from Tool Parameters").
type HeaderParam struct {
	Header string   // in Go's canonical form, such as Mcp-Param-Region
	Path   []string // of member names, from the arguments inwards
	Type   ParamType
}

// CheckParams refuses, as HeaderMismatch, a call whose headers h do not repeat
// what its arguments say: a header is missing, repeated, malformed, different or
// there without an argument. An argument that is null counts as absent. Integers
// are compared as numbers, exactly. Arguments must be what Decode has accepted,
// or nil; headers of no parameter are not looked at.
func CheckParams(h http.Header, params []HeaderParam, arguments []byte) *Error {
	if len(params) == 0 {
		return nil
	}
	values := pick(params, arguments)
	for i := range params {
		if err := checkParam(h, &params[i], values[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkParam(h http.Header, p *HeaderParam, value []byte) *Error {
	sent, err := single(h, p.Header)
	_, given := h[p.Header]
	switch {
	case err != nil:
		return err
	case value == nil && !given:
		return nil
	case value == nil:
		return HeaderMismatch("the header " + p.Header + " is there and " + p.field() + " is not; leave it out")
	case !given:
		return HeaderMismatch("the header " + p.Header + " is missing; send it with the value of " + p.field())
	}
	said, ok := decodeValue(sent)
	if !ok {
		return malformedValue(p.Header)
	}
	want, ok := plainText(value)
	if !ok {
		return HeaderMismatch(p.field() + " is neither a string nor a number nor a boolean; the header " + p.Header + " cannot repeat it")
	}
	if said == want || isNumber(value) && sameNumber(said, want) {
		return nil
	}
	return mismatch(mirror{p.Header, p.field(), want}, said)
}

// field names the argument in an objection.
func (p *HeaderParam) field() string {
	return fmt.Sprintf("params.arguments.%.64s", strings.Join(p.Path, "."))
}

// SetParams adds to h the headers that repeat what arguments say, for a request
// of our own. What cannot be repeated, because it is not of its type, is left to
// the other side to refuse.
func SetParams(h http.Header, params []HeaderParam, arguments []byte) {
	if len(params) == 0 {
		return
	}
	for i, value := range pick(params, arguments) {
		if text, ok := plainText(value); ok {
			h[params[i].Header] = []string{EncodeHeader(text)}
		}
	}
}

// EncodeHeader returns value as the headers Mcp-Name and Mcp-Param-* carry it
// (2026-07-28, Streamable HTTP, "Value Encoding").
func EncodeHeader(value string) string {
	if isPlain(value) {
		return value
	}
	return sentinelOpen + base64.StdEncoding.EncodeToString([]byte(value)) + sentinelClose
}

// isPlain reports whether a header can carry value as it is.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; (c < ' ' && c != '\t') || c > '~' {
			return false
		}
	}
	looksEncoded := strings.HasPrefix(value, sentinelOpen) && strings.HasSuffix(value, sentinelClose)
	return strings.Trim(value, " \t") == value && !looksEncoded
}

// plainText returns the text by which a header repeats a value: of a string its
// characters, of a number or boolean what JSON says.
func plainText(value []byte) (string, bool) {
	switch {
	case len(value) == 0:
		return "", false
	case value[0] == '"':
		return Text(value)
	case value[0] == '{' || value[0] == '[' || value[0] == 'n':
		return "", false
	case isNumber(value):
		return wholeNumber(string(value)), true
	}
	return string(value), true
}

func isNumber(value []byte) bool { return value[0] == '-' || isDigit(value[0]) }
