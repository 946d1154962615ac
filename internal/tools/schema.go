package tools

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"gatehouse/internal/fault"
)

// CheckArguments validates a call's arguments against the tool's input schema.
// The fault is Invalid, and its text names each offending member by JSON
// pointer, so that a model can mend its call.
func (e *Entry) CheckArguments(arguments []byte) error {
	if e.schema == nil {
		return nil // only tools say what they take
	}
	if e.schema.takesNothing && len(arguments) == 2 {
		return nil // "{}", by far the most frequent
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(arguments))
	if err != nil {
		return fault.Wrap(fault.Invalid, "arguments are not JSON; send one JSON object", err)
	}
	err = e.schema.compiled.Validate(value)
	if err == nil {
		return nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fault.Wrap(fault.Internal, "arguments cannot be checked", err)
	}
	return fault.New(fault.Invalid, "arguments do not fit the tool's input schema: "+strings.Join(complaints(invalid, nil), "; "))
}

// english renders the validator's own messages.
var english = message.NewPrinter(language.English)

// maxComplaints keeps an answer readable when everything is wrong.
const maxComplaints = 8

func complaints(e *jsonschema.ValidationError, into []string) []string {
	if len(into) >= maxComplaints {
		return into
	}
	if len(e.Causes) == 0 {
		at := "/" + strings.Join(e.InstanceLocation, "/")
		return append(into, fmt.Sprintf("at %.80q: %s", at, clip(e.ErrorKind.LocalizedString(english))))
	}
	for _, cause := range e.Causes {
		into = complaints(cause, into)
	}
	return into
}

// clip bounds what an answer repeats of the arguments.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// schema is a compiled input schema.
type schema struct {
	compiled     *jsonschema.Schema
	takesNothing bool // the empty object is a valid argument
}

// compileSchema compiles a JSON Schema 2020-12 whose root is an object type. It
// never loads anything a $ref points to: only references within the schema
// resolve.
func compileSchema(text []byte) (*schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok || root["type"] != "object" {
		return nil, errors.New(`"type" of the root must be "object"`)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, err
	}
	return &schema{compiled, compiled.Validate(map[string]any{}) == nil}, nil
}

const schemaURL = "gatehouse:///tool-schema.json"

type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("reference to %s: a schema may refer to itself only", url)
}
