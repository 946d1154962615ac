package orgfile

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// sectionComments stand above the sections of a written document.
var sectionComments = map[string]string{
	"organization":  "The organization, and its app registration in Entra. What is left out stays as it is.",
	"roleGrants":    "Who administers it. Only owners change it; one without an end always stays.",
	"tools":         "Tools that are switched on, and what running them does: read, write or destructive.",
	"sources":       "MCP servers behind the platform. What is secret of their credentials is never here.",
	"approvals":     "What of the sources' definitions is approved, each by the hash of its text; but what policies approved.",
	"roles":         "What each tool role allows and denies; a deny wins.",
	"assignments":   "Who has which role. Ids are Entra's object ids; names are for the reader.",
	"clients":       "AI apps that may connect, and the most each may do.",
	"scopeCeilings": "The most that a token with a scope may do.",
	"toolsets":      "Parts of the tools, each with an endpoint of its own.",
	"contacts":      "Who is told what is noticed. A webhook's URL may let whoever knows it post there.",
	"sinks":         "Where the log goes. What is secret of them is never here; a webhook's URL may let whoever knows it post there.",
	"limits":        "What the organization allows of calls, within what the deployment does.",
}

// withoutGrants stands above a written document that has no role grants.
const withoutGrants = `# roleGrants, who administers the organization, is left out: owners change it, signed in, and
# gatehouse apply signs in as an application, which cannot be one. gatehouse export --role-grants writes it.
`

// YAML writes the document: byte-identical for equal documents, every section
// with a comment, after a line that tells editors the schema's address. Where
// role grants are left out a comment says why.
func (d Document) YAML(schema string) ([]byte, error) {
	root, err := node(reflect.ValueOf(d))
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	for i := 0; i < len(root.Content); i += 2 {
		if comment, ok := sectionComments[root.Content[i].Value]; ok {
			root.Content[i].HeadComment = "\n# " + comment
		}
	}
	var body bytes.Buffer
	encoder := yaml.NewEncoder(&body)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	head := "# yaml-language-server: $schema=" + schema + "\n"
	if d.RoleGrants == nil {
		head += withoutGrants
	}
	return append([]byte(head), body.Bytes()...), nil
}

// node makes the tree of a value. Members whose json tag lets them be left out
// are, as in JSON: a nil list is left out, an empty one is written.
func node(v reflect.Value) (*yaml.Node, error) {
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		return scalar(text)
	}
	switch {
	case v.Kind() == reflect.Pointer:
		return node(v.Elem())
	case v.Kind() == reflect.Struct:
		return mapping(v)
	case v.Kind() == reflect.Slice:
		return sequence(v)
	case v.Kind() == reflect.Int, v.Kind() == reflect.Bool:
		n := &yaml.Node{}
		return n, n.Encode(v.Interface())
	default:
		return word(v.String()), nil
	}
}

func scalar(text encoding.TextMarshaler) (*yaml.Node, error) {
	b, err := text.MarshalText()
	if err != nil {
		return nil, err
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: string(b)}, nil
}

// word writes text in quotes whenever a reader of YAML might take it for
// anything else, or an editor might change it.
func word(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r > 0xffff }) || strings.TrimSpace(s) != s {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func mapping(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, m := range members(v.Type()) {
		field := v.FieldByIndex(m.field.Index)
		if !m.required && left(field, m) {
			continue
		}
		value, err := node(field)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: m.name}, value)
	}
	return n, nil
}

// left reports whether encoding/json would leave the member out.
func left(field reflect.Value, m member) bool {
	if strings.HasSuffix(m.field.Tag.Get("json"), ",omitzero") {
		return field.IsZero()
	}
	return field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0
}

// sequence writes lists of words in one line.
func sequence(v reflect.Value) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	if v.Len() == 0 || v.Type().Elem().Kind() == reflect.String {
		n.Style = yaml.FlowStyle
	}
	for i := range v.Len() {
		entry, err := node(v.Index(i))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, entry)
	}
	return n, nil
}
