package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
	"gatehouse/internal/wire"
)

// Entry is one thing of a catalog, of any kind, checked and encoded once.
type Entry struct {
	Kind   Kind
	Name   string       // its permission name
	Shown  string       // what clients call it: the name of a tool or prompt, a URI, a URI template
	Own    string       // what its source calls it
	Source tenants.GUID // zero: the platform's own
	Server Server       // nil: the platform's own
	Hash   Hash         // of the definition that was approved; zero: the platform's own
	Since  time.Time    // when that was approved
	Effect Effect       // of a tool; empty for others

	Invoker Invoker // of a tool
	UI      string  // ui:// resource that shows the results of a tool; empty: none
	App     *App    // of the platform's own tool: the resource that UI names

	definition    []byte
	inputAt       int                     // where the input schema stands in it
	appDefinition []byte                  // of App, as a resource
	input         func() (*schema, error) // nil: nothing to check
	params        []wire.HeaderParam
	template      *template
}

// HeaderParams returns the arguments of a tool that headers repeat. The caller
// must not change it.
func (e *Entry) HeaderParams() []wire.HeaderParam { return e.params }

// Definition returns the entry as lists show it. The caller must not change it.
func (e *Entry) Definition() []byte { return e.definition }

var toolName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// NewEntry checks one of the platform's own tools and encodes its definition.
// The error names the tool and every rule it breaks.
func NewEntry(t Tool) (*Entry, error) {
	var errs []error
	if !toolName.MatchString(t.Name) {
		errs = append(errs, fault.Newf(fault.Invalid, "tool name %.140q must have 1 to 128 letters, digits, \"_\", \"-\" or \".\"", t.Name))
	}
	if !slices.Contains([]Effect{Read, Write, Destructive}, t.Effect) {
		errs = append(errs, fault.Newf(fault.Invalid, "tool %s: effect %q must be read, write or destructive", t.Name, t.Effect))
	}
	if t.Invoker == nil {
		errs = append(errs, fault.Newf(fault.Invalid, "tool %s: nothing runs it", t.Name))
	}
	if t.App != nil && !strings.HasPrefix(t.App.URI, "ui://") {
		errs = append(errs, fault.Newf(fault.Invalid, "tool %s: app %q must be a ui:// resource", t.Name, t.App.URI))
	}
	compiled, err := compileInput(t.InputSchema)
	if err != nil {
		errs = append(errs, fault.Wrap(fault.Invalid, "tool "+t.Name+": input schema is not a JSON Schema of an object", err))
	}
	params, err := wire.ParseHeaderParams(t.InputSchema)
	if err != nil {
		errs = append(errs, fault.Newf(fault.Invalid, "tool %s: %s", t.Name, err))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	e := &Entry{Kind: KindTool, Name: t.Name, Shown: t.Name, Own: t.Name, Effect: t.Effect, Invoker: t.Invoker, App: t.App, params: params}
	e.input = func() (*schema, error) { return compiled, nil }
	if e.definition, err = encode(newDefinition(t)); err != nil {
		return nil, fault.Wrap(fault.Invalid, "tool "+t.Name+": definition cannot be encoded", err)
	}
	if t.App != nil {
		e.UI = t.App.URI
		e.appDefinition, err = encode(resource{t.App.URI, t.App.Name, appType})
	}
	return e, err
}

// definition has the members of a Tool in the order of the MCP schema.
type definition struct {
	Name         string          `json:"name"`
	Title        string          `json:"title,omitempty"`
	Description  string          `json:"description,omitempty"`
	InputSchema  json.RawMessage `json:"inputSchema"`
	OutputSchema json.RawMessage `json:"outputSchema,omitempty"`
	Annotations  annotations     `json:"annotations"`
	Meta         *appMeta        `json:"_meta,omitempty"`
}

type annotations struct {
	ReadOnly    bool `json:"readOnlyHint"`
	Destructive bool `json:"destructiveHint"`
}

type appMeta struct {
	UI struct {
		ResourceURI string `json:"resourceUri"`
	} `json:"ui"`
}

// appType is the media type of an MCP App (io.modelcontextprotocol/ui).
const appType = "text/html;profile=mcp-app"

type resource struct {
	URI      string `json:"uri"`
	Name     string `json:"name"`
	MIMEType string `json:"mimeType"`
}

func newDefinition(t Tool) definition {
	d := definition{
		Name: t.Name, Title: t.Title, Description: t.Description, InputSchema: t.InputSchema, OutputSchema: t.OutputSchema,
		Annotations: annotations{ReadOnly: t.Effect == Read, Destructive: t.Effect == Destructive},
	}
	if t.App != nil {
		d.Meta = &appMeta{}
		d.Meta.UI.ResourceURI = t.App.URI
	}
	return d
}

func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
