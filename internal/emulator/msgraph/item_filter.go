package msgraph

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// invalidNodes is what Outlook says of a filter it can read and not follow.
func invalidNodes() *problem {
	return &problem{http.StatusBadRequest, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."}
}

func syntaxError(text string) *problem {
	return parseError("Syntax error in '" + reply.Clip(text) + "'.")
}

// filtering reads comparisons joined by "and", which is what the emulator can do:
// property op literal, contains(property,'…') and startswith(property,'…'). What
// first is compared is what $orderby has to begin with.
func (k *itemKind) filtering(text string) (n odata.Node, first string, bad *problem) {
	n, err := odata.ParseFilter(text, "contains", "startswith")
	var wrong *odata.Error
	if errors.As(err, &wrong) && wrong.Reason == odata.UnknownFunction {
		return nil, "", invalidNodes()
	}
	if err != nil {
		return nil, "", syntaxError(text)
	}
	for part := range odata.Nodes(n) {
		path, bad := k.clause(part, text)
		if bad != nil {
			return nil, "", bad
		}
		if first == "" {
			first = path
		}
	}
	return n, first, nil
}

// clause checks one part of a filter and tells what it compares.
func (k *itemKind) clause(n odata.Node, text string) (string, *problem) {
	switch n := n.(type) {
	case odata.Logical:
		if n.Op == "and" {
			return "", nil
		}
	case odata.Membership:
		return "", syntaxError(text)
	case odata.Call:
		path, kind, bad := k.property(n.Path)
		if bad == nil && (kind != edmString || n.Value.Form != odata.Text) {
			bad = invalidNodes()
		}
		return path, bad
	case odata.Comparison:
		path, kind, bad := k.property(n.Path)
		switch {
		case bad != nil:
		case kind == edmBool && n.Op != "eq" && n.Op != "ne":
			bad = invalidNodes()
		case !kind.takes(n.Value):
			bad = parseError("A binary operator with incompatible types was detected in '" + reply.Clip(text) + "'.")
		}
		return path, bad
	}
	return "", invalidNodes()
}

// property finds what can be compared. That a property exists and cannot be is
// an error of its own.
func (k *itemKind) property(name string) (string, edm, *problem) {
	for path, kind := range k.compared {
		if strings.EqualFold(path, name) {
			return path, kind, nil
		}
	}
	root, _, _ := strings.Cut(name, "/")
	for _, known := range k.properties {
		if strings.EqualFold(known, root) {
			pascal := strings.ToUpper(known[:1]) + known[1:]
			return "", 0, &problem{http.StatusBadRequest, "ErrorInvalidProperty", "The property '" + pascal + "' does not support filtering."}
		}
	}
	return "", 0, parseError(unknownProperty(reply.Clip(root), k.name))
}

// takes reports whether a constant can be of the kind.
func (e edm) takes(l odata.Literal) bool {
	switch e {
	case edmString:
		return l.Form == odata.Text
	case edmBool:
		return l.Form == odata.Truth
	case edmTime, edmLocal:
		_, ok := odata.Instant(l.Text)
		return ok && (l.Form == odata.Moment) == (e == edmTime) && (l.Form == odata.Text) == (e == edmLocal)
	}
	return false
}

// key is what a query compares of an item; paths are written in any case.
func (i item) key(path string) any {
	if value, ok := i.keys[path]; ok {
		return value
	}
	for name, value := range i.keys {
		if strings.EqualFold(name, path) {
			return value
		}
	}
	return nil
}

// sifted is what $filter and $orderby leave.
func (q itemQuery) sifted(all []item) []item {
	out := slices.Clone(all)
	if q.filter != nil {
		out = slices.DeleteFunc(out, func(i item) bool { return !odata.Match(q.filter, i.key) })
	}
	if q.order.Path != "" {
		slices.SortStableFunc(out, func(a, b item) int {
			if q.order.Descending {
				a, b = b, a
			}
			return odata.Compare(a.keys[q.order.Path], b.keys[q.order.Path])
		})
	}
	return out
}
