package wire

import (
	"fmt"
	"net/http"
)

// Era is one of the two ways to speak the protocol.
type Era uint8

// The eras. A request belongs to one of them by what it says itself.
const (
	Legacy Era = iota + 1 // begins with initialize
	Modern                // carries its metadata on every request
)

// String returns the era's name in logs and metrics.
func (e Era) String() string {
	switch e {
	case Legacy:
		return "legacy"
	case Modern:
		return "modern"
	}
	return fmt.Sprintf("era(%d)", uint8(e))
}

// Headers that the modern era mirrors from the body, in Go's canonical form.
const (
	headerVersion = "Mcp-Protocol-Version"
	headerMethod  = "Mcp-Method"
	headerName    = "Mcp-Name"
)

// Classify says which era the message m with the headers h belongs to. It is
// modern if the body's _meta names a protocol version or the header names a
// modern one, spoken here or not: CheckHeaders tells. Other headers do not
// count: some legacy clients send Mcp-Method.
//
// A legacy request whose header names a revision that is not spoken here is
// refused with UnsupportedVersion; without a header it is legacy.
func Classify(h http.Header, m Message) (Era, *Error) {
	version, err := single(h, headerVersion)
	switch {
	case err != nil:
		return 0, err
	case m.Params.Meta.ProtocolVersion != "" || version >= FirstModern:
		return Modern, nil
	case version == "" || IsLegacy(version):
		return Legacy, nil
	}
	return 0, UnsupportedVersion(version)
}
