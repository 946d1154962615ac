package tools

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"gatehouse/internal/fault"
)

// The bounds of what a source may offer. NewOffer checks the first; whoever asks
// the source checks the others.
const (
	MaxDefinition  = 256 << 10 // bytes of one definition
	MaxOffers      = 1000      // definitions of one kind
	MaxOfferedSize = 8 << 20   // bytes of all definitions of a source
)

// NewOffer checks a definition that a source gives, and names and hashes it. The
// fault is Invalid: the definition cannot be used, and why.
func NewOffer(kind Kind, definition []byte) (Offer, error) {
	if len(definition) > MaxDefinition {
		return Offer{}, fault.Newf(fault.Invalid, "the definition has %d bytes and may have %d", len(definition), MaxDefinition)
	}
	v, err := parse(definition)
	if err != nil {
		return Offer{}, fault.Newf(fault.Invalid, "the definition is not strict JSON: %s", err)
	}
	canonical, err := appendCanonical(make([]byte, 0, len(definition)), v)
	if err != nil {
		return Offer{}, err
	}
	name, err := checkDefinition(kind, v)
	if err != nil {
		return Offer{}, fault.Newf(fault.Invalid, "%s: %s", subject(kind, name), err)
	}
	return Offer{Kind: kind, Name: name, Definition: v.raw, Hash: sha256.Sum256(canonical)}, nil
}

func subject(kind Kind, name string) string {
	what := strings.ReplaceAll(string(kind), "_", " ")
	if name == "" {
		return what
	}
	return fmt.Sprintf("%s %.140q", what, name)
}

// nameMember is the member that names a definition of a kind.
func nameMember(kind Kind) string {
	switch kind {
	case KindResource:
		return "uri"
	case KindTemplate:
		return "uriTemplate"
	case KindTool, KindPrompt:
	}
	return "name"
}

func checkDefinition(kind Kind, v *value) (name string, err error) {
	if v.kind != '{' {
		return "", fmt.Errorf("the definition must be an object")
	}
	named := v.get(nameMember(kind))
	if named == nil || named.kind != '"' {
		return "", fmt.Errorf("%s must be a string", nameMember(kind))
	}
	name = named.text
	switch kind {
	case KindTool:
		err = checkTool(v)
	case KindPrompt:
	case KindResource:
		return name, checkURI(name)
	case KindTemplate:
		_, err = parseTemplate(name)
		return name, err
	default:
		return name, fmt.Errorf("%q is not a kind of definition", kind)
	}
	if err == nil && !toolName.MatchString(name) {
		err = fmt.Errorf("the name must have 1 to 128 letters, digits, \"_\", \"-\" or \".\"")
	}
	return name, err
}

func checkTool(v *value) error {
	input := v.get("inputSchema")
	if input == nil {
		return fmt.Errorf("inputSchema is missing")
	}
	if _, err := compileSchema(input.raw); err != nil {
		return fmt.Errorf("inputSchema: %w", err)
	}
	return nil
}
