package wire

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// CheckHeaders holds a modern message to its headers and to the metadata it
// must carry, so that whoever routes or counts by the headers and whoever acts
// on the body see the same request (2026-07-28, Streamable HTTP, "Server
// Validation"). In this order it refuses a header that is missing, malformed,
// repeated or differs from the body (HeaderMismatch), a revision that is not
// modern or not spoken here (UnsupportedVersion), missing metadata
// (MalformedParams) and a response, which the era does not have.
//
// The revision leaves the headers of notifications open: of those only the
// version is required.
func CheckHeaders(h http.Header, m Message) *Error {
	if err := checkVersion(h, m.Params.Meta.ProtocolVersion); err != nil {
		return err
	}
	switch m.Kind {
	case Request:
		return checkRequest(h, m)
	case Notification:
		if h[headerMethod] == nil {
			return nil
		}
		return checkMirror(h, mirror{headerMethod, "method", m.Method})
	case Response:
	}
	return InvalidRequest("a client sends no responses in this protocol version; retry the request with inputResponses instead")
}

func checkRequest(h http.Header, m Message) *Error {
	if err := checkMirror(h, mirror{headerMethod, "method", m.Method}); err != nil {
		return err
	}
	if err := checkMeta(m.Params.Meta); err != nil {
		return err
	}
	switch m.Method {
	case MethodToolsCall, MethodPromptsGet:
		return checkName(h, m, "params.name", m.Params.Name)
	case MethodResourcesRead:
		return checkName(h, m, "params.uri", m.Params.URI)
	case MethodTasksGet, MethodTasksUpdate, MethodTasksCancel:
		return checkName(h, m, "params.taskId", m.Params.TaskID)
	}
	return nil
}

// checkVersion looks at support before metadata: a client of a later revision
// must learn what is spoken here, wherever that revision puts its metadata.
func checkVersion(h http.Header, inBody string) *Error {
	version, err := single(h, headerVersion)
	switch {
	case err != nil:
		return err
	case version == "":
		return HeaderMismatch("the header MCP-Protocol-Version is missing; send it with the version of the body's _meta")
	case inBody != "" && inBody != version:
		return mismatch(mirror{headerVersion, "params._meta." + metaPrefix + "protocolVersion", inBody}, version)
	case !IsModern(version):
		return UnsupportedVersion(version)
	}
	return nil
}

func checkMeta(m Meta) *Error {
	var missing string
	switch {
	case m.ProtocolVersion == "":
		missing = metaPrefix + "protocolVersion"
	case m.ClientCapabilities == nil:
		missing = metaPrefix + "clientCapabilities"
	default:
		return nil
	}
	return MalformedParams("params._meta." + missing + " is missing; every request carries it")
}

func checkName(h http.Header, m Message, field, value string) *Error {
	if value == "" {
		return MalformedParams(field + " is missing; " + m.Method + " needs it")
	}
	return checkMirror(h, mirror{headerName, field, value})
}

// mirror is a header and what it repeats from the body.
type mirror struct{ header, field, inBody string }

func checkMirror(h http.Header, m mirror) *Error {
	sent, err := single(h, m.header)
	switch {
	case err != nil:
		return err
	case sent == "":
		return HeaderMismatch("the header " + m.header + " is missing; send it with the value of " + m.field)
	case m.header == headerName:
		var ok bool
		if sent, ok = decodeValue(sent); !ok {
			return malformedValue(m.header)
		}
	}
	if sent != m.inBody {
		return mismatch(m, sent)
	}
	return nil
}

// single returns the value of a header that may stand only once: of several,
// each reader on the way may take another.
func single(h http.Header, header string) (string, *Error) {
	values := h[header]
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", HeaderMismatch("the header " + header + " is there more than once; send it once")
	}
	for _, c := range []byte(values[0]) {
		if (c < ' ' && c != '\t') || c > '~' {
			return "", HeaderMismatch("the header " + header + " holds a byte that is not printable ASCII; only Mcp-Name and Mcp-Param-* may stand for others, as =?base64?...?=")
		}
	}
	return values[0], nil
}

const (
	sentinelOpen  = "=?base64?"
	sentinelClose = "?="
)

// decodeValue undoes the encoding of header values that are not plain ASCII
// (2026-07-28, Streamable HTTP, "Value Encoding"). A plain value that looks
// encoded must come encoded, so what looks encoded is.
func decodeValue(sent string) (string, bool) {
	if len(sent) < len(sentinelOpen)+len(sentinelClose) ||
		!strings.HasPrefix(sent, sentinelOpen) || !strings.HasSuffix(sent, sentinelClose) {
		return sent, true
	}
	encoded := sent[len(sentinelOpen) : len(sent)-len(sentinelClose)]
	value, err := base64.StdEncoding.Strict().DecodeString(encoded)
	return string(value), err == nil && utf8.Valid(value)
}

func malformedValue(header string) *Error {
	return HeaderMismatch("the header " + header + " is malformed; inside =?base64?...?= send the standard base64 of UTF-8 text")
}

func mismatch(m mirror, sent string) *Error {
	return HeaderMismatch(fmt.Sprintf("the header %s says %.64q and %s says %.64q; send the same", m.header, sent, m.field, m.inBody))
}
