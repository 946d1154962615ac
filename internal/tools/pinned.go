package tools

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// NewPinnedEntry returns what an organization serves of an approved definition:
// the definition as its source gave it, but for the name and, of a tool, what
// the admin has decided about its effect. Server runs it. The fault is Invalid.
func NewPinnedEntry(s Source, p Pinned, server Server) (*Entry, error) {
	v, err := parse(p.Definition)
	if err != nil || v.kind != '{' {
		return nil, fault.Wrap(fault.Invalid, subject(p.Kind, p.Name)+": the approved definition cannot be read", err)
	}
	shown := s.Shown(p.Kind, p.Name)
	e := &Entry{
		Kind: p.Kind, Name: PermissionName(p.Kind, shown), Shown: shown, Own: p.Name, Source: s.ID, Server: server,
		Hash: p.Hash, Since: p.At, Effect: p.Effect,
	}
	if err := e.checkShown(); err != nil {
		return nil, fault.Newf(fault.Invalid, "%s: %s", subject(p.Kind, p.Name), err)
	}
	e.serve(v)
	if p.Kind == KindTool {
		err = e.pinTool(v)
	}
	return e, err
}

// checkShown checks the name that clients use, which the definition alone does
// not tell.
func (e *Entry) checkShown() (err error) {
	switch e.Kind {
	case KindTool, KindPrompt:
		if !toolName.MatchString(e.Shown) {
			return fmt.Errorf("as %.140q the name must have 1 to 128 letters, digits, \"_\", \"-\" or \".\"; shorten the source's name", e.Shown)
		}
	case KindTemplate:
		e.template, err = parseTemplate(e.Shown)
	case KindResource:
		err = checkURI(e.Shown)
	case KindInstructions:
		err = fmt.Errorf("%s stand in no catalog", e.Kind)
	default:
		err = fmt.Errorf("%q is not a kind of definition", e.Kind)
	}
	return err
}

// pinTool adds what only tools have. The schema, which was compiled when the
// definition was offered, is compiled again when somebody calls the tool.
func (e *Entry) pinTool(v *value) error {
	input := v.get("inputSchema")
	if input == nil {
		return fault.Newf(fault.Invalid, "%s: inputSchema is missing", subject(e.Kind, e.Own))
	}
	e.UI = uiOf(v)
	text := e.definition[e.inputAt:][:len(input.raw)] // not the range of what was approved, which need not be kept
	e.input = sync.OnceValues(func() (*schema, error) { return compileInput(text) })
	if !bytes.Contains(text, []byte("x-mcp-header")) && !bytes.Contains(text, []byte(`\u`)) {
		return nil // as most do not: views are built often
	}
	var err error
	if e.params, err = wire.ParseHeaderParams(text); err != nil {
		return fault.Newf(fault.Invalid, "%s: %s", subject(e.Kind, e.Own), err)
	}
	return nil
}

// uiOf is the ui:// resource that shows a tool's results (MCP Apps), or empty.
func uiOf(v *value) string {
	meta := v.get("_meta")
	for _, at := range []*value{meta.get("ui").get("resourceUri"), meta.get("ui/resourceUri")} {
		if uri := at.str(); strings.HasPrefix(uri, "ui://") && checkURI(uri) == nil {
			return uri
		}
	}
	return ""
}

// serve builds the definition from the bytes of its members.
func (e *Entry) serve(v *value) {
	dst := append(make([]byte, 0, len(v.raw)+len(e.Shown)+80), '{')
	annotated := e.Kind != KindTool
	for _, m := range v.members {
		switch {
		case m.name == "name" && (e.Kind == KindTool || e.Kind == KindPrompt):
			dst = appendNamed(dst, m.raw, wire.AppendString(nil, e.Shown))
		case m.name == "annotations" && !annotated:
			annotated = true
			dst = appendNamed(dst, m.raw, annotate(e.Effect, m.value))
		default:
			dst = appendNamed(dst, m.raw, m.value.raw)
		}
		if m.name == "inputSchema" {
			e.inputAt = len(dst) - len(m.value.raw)
		}
	}
	if !annotated {
		dst = appendNamed(dst, []byte(`"annotations"`), annotate(e.Effect, &value{}))
	}
	dst = append(dst, '}')
	e.definition = dst
}

// annotate returns annotations with what the admin has decided in place of what
// the source says.
func annotate(effect Effect, v *value) []byte {
	dst := []byte{'{'}
	for _, m := range v.members {
		if m.name != "readOnlyHint" && m.name != "destructiveHint" {
			dst = appendNamed(dst, m.raw, m.value.raw)
		}
	}
	dst = appendNamed(dst, []byte(`"readOnlyHint"`), strconv.AppendBool(nil, effect == Read))
	dst = appendNamed(dst, []byte(`"destructiveHint"`), strconv.AppendBool(nil, effect == Destructive))
	return append(dst, '}')
}

func appendNamed(dst, name, raw []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(append(dst, name...), ':')
	return append(dst, raw...)
}
