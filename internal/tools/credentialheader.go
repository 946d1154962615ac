package tools

import (
	"slices"
	"strings"

	"gatehouse/internal/fault"
)

// MaxHeaderName is how many characters the name of a credential's header may
// have.
const MaxHeaderName = 100

var (
	// requestHeaders are the headers that belong to a connection (RFC 9110 §7.6.1)
	// or to the request as we make it: a fixed value would break or forge them.
	requestHeaders = []string{
		"accept", "accept-encoding", "baggage", "connection", "expect", "forwarded", "host", "keep-alive", "last-event-id", "origin", "te",
		"traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "x-request-id",
	}
	requestBeginnings = []string{"content-", "mcp-", "proxy-"}
)

// RequestHeaders returns the headers that no source's credential may be, in lower
// case: whole names, and the beginnings of others.
func RequestHeaders() (names, beginnings []string) {
	return slices.Clone(requestHeaders), slices.Clone(requestBeginnings)
}

// CheckCredentialHeader refuses the name of a header that no credential can be.
// The fault is Invalid.
func CheckCredentialHeader(name string) error {
	switch {
	case name == "" || len(name) > MaxHeaderName || strings.ContainsFunc(name, notInToken):
		return fault.Newf(fault.Invalid, "%.60q is no name of a header of at most %d characters", name, MaxHeaderName)
	case ofTheRequest(name):
		return fault.Newf(fault.Invalid, "%s is a header of the request itself; use one such as Authorization or X-Api-Key", name)
	}
	return nil
}

// notInToken reports what the name of a header does not have (RFC 9110 §5.6.2).
func notInToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func ofTheRequest(name string) bool {
	for _, h := range requestHeaders {
		if strings.EqualFold(name, h) {
			return true
		}
	}
	for _, b := range requestBeginnings {
		if len(name) >= len(b) && strings.EqualFold(name[:len(b)], b) {
			return true
		}
	}
	return false
}

// CheckCredentialValue refuses a value that no header can carry everywhere: RFC
// 9110 §5.5 asks new ones for visible ASCII and spaces. The fault is Invalid and
// does not repeat the value.
func CheckCredentialValue(value string) error {
	for i := range len(value) {
		if value[i] < ' ' || value[i] >= 0x7f {
			return fault.New(fault.Invalid, "holds a character that no header may have, such as a line break; copy it again")
		}
	}
	return nil
}
