package tools

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// The bounds of what a source may offer. NewOffer checks the first; whoever asks
// the source checks the others.
const (
	MaxDefinition  = 256 << 10 // bytes of one definition
	MaxOffers      = 1000      // definitions of one kind
	MaxOfferedSize = 8 << 20   // bytes of all definitions of a source
)

// NewOffer checks a definition that a source gives, and names and hashes a copy
// of it. The fault is Invalid: the definition cannot be used, and why.
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
		return Offer{}, fault.Newf(fault.Invalid, "%s: %s", subject(kind, name), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return Offer{Kind: kind, Name: name, Definition: bytes.Clone(v.raw), Hash: sha256.Sum256(canonical)}, nil
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
	case KindTool, KindPrompt, KindInstructions:
	}
	return "name"
}

// shapes are the members whose kind clients rely on: a list with one that is
// wrong is lost to many as a whole. Kinds are those of value; one that ends with
// "!" has to be there.
var shapes = map[Kind]map[string]string{
	KindTool: {
		"name": `"!`, "title": `"`, "description": `"`, "inputSchema": `{!`, "outputSchema": `{`,
		"annotations": `{`, "icons": `[`, "execution": `{`, "_meta": `{`,
	},
	KindPrompt:   {"name": `"!`, "title": `"`, "description": `"`, "arguments": `[`, "icons": `[`, "_meta": `{`},
	KindResource: {"uri": `"!`, "name": `"!`, "title": `"`, "description": `"`, "mimeType": `"`, "size": `0`, "annotations": `{`, "icons": `[`, "_meta": `{`},
	KindTemplate: {"uriTemplate": `"!`, "name": `"!`, "title": `"`, "description": `"`, "mimeType": `"`, "annotations": `{`, "icons": `[`, "_meta": `{`},

	KindInstructions: {"name": `"!`, "description": `"!`},
}

var kindNames = map[byte]string{'"': "a string", '{': "an object", '[': "an array", '0': "a number"}

func checkShapes(v *value, want map[string]string) error {
	names := slices.Sorted(maps.Keys(want))
	for _, name := range names {
		kind, required := want[name][0], strings.HasSuffix(want[name], "!")
		switch m := v.get(name); {
		case m == nil && required:
			return fmt.Errorf("%s is missing", name)
		case m != nil && m.kind != kind:
			return fmt.Errorf("%s must be %s", name, kindNames[kind])
		}
	}
	for _, m := range v.members {
		for _, name := range names {
			if m.name != name && strings.EqualFold(m.name, name) {
				return fmt.Errorf("the member %q differs from %q by case only", m.name, name)
			}
		}
	}
	return nil
}

// checkDefinition returns the name of a definition, as far as it has one, and
// why the definition cannot be used.
func checkDefinition(kind Kind, v *value) (name string, err error) {
	want, ok := shapes[kind]
	if !ok {
		return "", fmt.Errorf("%q is not a kind of definition", kind)
	}
	if v.kind != '{' {
		return "", errors.New("the definition must be an object")
	}
	name = v.get(nameMember(kind)).str()
	if err := checkShapes(v, want); err != nil {
		return name, err
	}
	switch kind {
	case KindTool:
		err = errors.Join(checkName(name), checkTool(v))
	case KindPrompt:
		err = errors.Join(checkName(name), checkPrompt(v))
	case KindResource:
		err = checkURI(name)
	case KindTemplate:
		_, err = parseTemplate(name)
	case KindInstructions:
		err = checkInstructions(v, name)
	}
	return name, err
}

func checkName(name string) error {
	if !toolName.MatchString(name) {
		return errors.New("the name must have 1 to 128 letters, digits, \"_\", \"-\" or \".\"")
	}
	return nil
}

func checkTool(v *value) error {
	input := v.get("inputSchema")
	if _, err := compileInput(input.raw); err != nil {
		return fmt.Errorf("inputSchema: %w", err)
	}
	if _, err := wire.ParseHeaderParams(input.raw); err != nil {
		return err
	}
	if output := v.get("outputSchema"); output != nil {
		if _, err := compileSchema(output); err != nil {
			return fmt.Errorf("outputSchema: %w", err)
		}
	}
	hints := v.get("annotations")
	for _, name := range []string{"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"} {
		if hint := hints.get(name); hint != nil && hint.kind != 't' && hint.kind != 'f' {
			return fmt.Errorf("annotations.%s must be true or false", name)
		}
	}
	return nil
}

func checkPrompt(v *value) error {
	arguments := v.get("arguments")
	if arguments == nil {
		return nil
	}
	seen := map[string]bool{}
	for i, a := range arguments.items {
		name := a.get("name")
		if a.kind != '{' || name == nil || name.kind != '"' || name.text == "" {
			return fmt.Errorf("arguments[%d] must be an object with a name", i)
		}
		if seen[name.text] {
			return fmt.Errorf("arguments[%d]: another one has the name %.80q", i, name.text)
		}
		seen[name.text] = true
	}
	return nil
}
