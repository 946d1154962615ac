package tools

import (
	"strconv"
	"strings"

	"gatehouse/internal/fault"
	"gatehouse/internal/wire"
)

// NewPinnedEntry returns what an organization serves of an approved definition:
// the definition as its source gave it, but for the name and, of a tool, what
// the admin has decided about its effect. Server runs it. The fault is Invalid.
func NewPinnedEntry(s Source, p Pinned, server Server) (*Entry, error) {
	v, err := parse(p.Definition)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, subject(p.Kind, p.Name)+": the approved definition cannot be read", err)
	}
	shown := s.Shown(p.Kind, p.Name)
	e := &Entry{
		Kind: p.Kind, Name: PermissionName(p.Kind, shown), Shown: shown, Own: p.Name, Source: s.ID, Server: server,
		Hash: p.Hash, Since: p.At, Effect: p.Effect,
	}
	switch p.Kind {
	case KindTool, KindPrompt:
		if !toolName.MatchString(shown) {
			return nil, fault.Newf(fault.Invalid, "%s: as %.140q the name must have 1 to 128 letters, digits, \"_\", \"-\" or \".\"; shorten the source's name", subject(p.Kind, p.Name), shown)
		}
	case KindTemplate:
		if e.template, err = parseTemplate(shown); err != nil {
			return nil, fault.Wrap(fault.Invalid, subject(p.Kind, p.Name)+": "+err.Error(), err)
		}
	case KindResource:
	}
	e.definition = serve(e, v)
	if p.Kind == KindTool {
		e.UI = uiOf(v)
		if e.schema, err = compileSchema(v.get("inputSchema").raw); err != nil {
			return nil, fault.Wrap(fault.Invalid, subject(p.Kind, p.Name)+": inputSchema cannot be used", err)
		}
	}
	return e, nil
}

// uiOf is the ui:// resource that shows a tool's results (MCP Apps), or empty.
func uiOf(v *value) string {
	meta := v.get("_meta")
	for _, at := range []*value{meta.get("ui").get("resourceUri"), meta.get("ui/resourceUri")} {
		if uri := at.str(); strings.HasPrefix(uri, "ui://") {
			return uri
		}
	}
	return ""
}

// serve rebuilds a definition from the bytes of its members.
func serve(e *Entry, v *value) []byte {
	dst := []byte{'{'}
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
	}
	if !annotated {
		dst = appendNamed(dst, []byte(`"annotations"`), annotate(e.Effect, &value{}))
	}
	return append(dst, '}')
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
