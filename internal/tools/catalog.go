package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gatehouse/internal/fault"
)

// Entry is a tool of a catalog, checked and encoded once.
type Entry struct {
	Tool
	definition   []byte
	schema       *jsonschema.Schema
	takesNothing bool // the empty object is a valid argument
}

// Definition returns the tool as tools/list shows it. The caller must not
// change it.
func (e *Entry) Definition() []byte { return e.definition }

// Catalog is the tools an organization has switched on, sorted by name. It is
// immutable but for its bounded cache of encoded lists.
type Catalog struct {
	entries []*Entry
	names   []string
	apps    map[string]int // ui:// resource → position of the tool that shows it

	mu    sync.RWMutex
	lists map[string][]byte
}

// maxLists bounds how many different lists a catalog keeps encoded: one for
// each set of tools that some combination of roles gives.
const maxLists = 256

var toolName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// NewEntry checks a tool and encodes its definition. The error names the tool
// and every rule it breaks.
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
	schema, err := compileSchema(t.InputSchema)
	if err != nil {
		errs = append(errs, fault.Wrap(fault.Invalid, "tool "+t.Name+": input schema is not a JSON Schema of an object", err))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	definition, err := encodeDefinition(t)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "tool "+t.Name+": definition cannot be encoded", err)
	}
	return &Entry{Tool: t, definition: definition, schema: schema, takesNothing: schema.Validate(map[string]any{}) == nil}, nil
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

func encodeDefinition(t Tool) ([]byte, error) {
	d := definition{
		Name: t.Name, Title: t.Title, Description: t.Description, InputSchema: t.InputSchema, OutputSchema: t.OutputSchema,
		Annotations: annotations{ReadOnly: t.Effect == Read, Destructive: t.Effect == Destructive},
	}
	if t.App != nil {
		d.Meta = &appMeta{}
		d.Meta.UI.ResourceURI = t.App.URI
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// NewCatalog sorts the entries by name. Two of one name, or two apps of one
// URI, are refused.
func NewCatalog(entries []*Entry) (*Catalog, error) {
	c := &Catalog{entries: slices.Clone(entries), apps: map[string]int{}, lists: map[string][]byte{}}
	slices.SortFunc(c.entries, func(a, b *Entry) int { return strings.Compare(a.Name, b.Name) })
	for i, e := range c.entries {
		if i > 0 && c.names[i-1] == e.Name {
			return nil, fault.Newf(fault.Conflict, "tool %s stands in the catalog twice; rename one", e.Name)
		}
		c.names = append(c.names, e.Name)
		if e.App == nil {
			continue
		}
		if _, twice := c.apps[e.App.URI]; twice {
			return nil, fault.Newf(fault.Conflict, "tool %s: app %s belongs to another tool already", e.Name, e.App.URI)
		}
		c.apps[e.App.URI] = i
	}
	return c, nil
}

// Names returns the tool names; a name's index is the tool's position. The
// caller must not change it.
func (c *Catalog) Names() []string { return c.names }

// Position returns where the tool of a name stands, or -1.
func (c *Catalog) Position(name string) int {
	at, found := slices.BinarySearch(c.names, name)
	if !found {
		return -1
	}
	return at
}

// At returns the entry at a position that Position or Names gave.
func (c *Catalog) At(position int) *Entry { return c.entries[position] }

// AppPosition returns where the tool stands that a ui:// resource belongs to,
// or -1.
func (c *Catalog) AppPosition(uri string) int {
	if at, ok := c.apps[uri]; ok {
		return at
	}
	return -1
}

// List returns the definitions of the tools that may says yes to, comma
// separated, in order. Equal keys must stand for equal answers of may: the list
// is encoded once for each. The caller must not change it.
func (c *Catalog) List(key string, may func(position int) bool) []byte {
	c.mu.RLock()
	list, ok := c.lists[key]
	c.mu.RUnlock()
	if ok {
		return list
	}
	list = []byte{}
	for i, e := range c.entries {
		if !may(i) {
			continue
		}
		if len(list) > 0 {
			list = append(list, ',')
		}
		list = append(list, e.definition...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lists) < maxLists {
		c.lists[key] = list
	}
	return list
}
