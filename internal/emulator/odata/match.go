package odata

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fields leads from a path to what an entry has there: nil, a string, bool, int
// or time.Time, or []string or []map[string]any for any() to look into.
type Fields func(path string) any

// Match reports whether a filter holds for an entry. Texts are compared without
// regard to case, as all services of Microsoft Graph compare them; what cannot be
// compared differs.
func Match(n Node, of Fields) bool {
	return Holds(n, func(leaf Node) bool { return matches(leaf, of) })
}

// Holds joins what leaf says of the nodes that are not made of others.
func Holds(n Node, leaf func(Node) bool) bool {
	switch n := n.(type) {
	case Logical:
		if strings.EqualFold(n.Op, "and") {
			return Holds(n.Left, leaf) && Holds(n.Right, leaf)
		}
		return Holds(n.Left, leaf) || Holds(n.Right, leaf)
	case Negation:
		return !Holds(n.Of, leaf)
	case Group:
		return Holds(n.Of, leaf)
	}
	return leaf(n)
}

func matches(n Node, of Fields) bool {
	switch n := n.(type) {
	case Comparison:
		return n.holds(of(n.Path))
	case Membership:
		value := of(n.Path)
		return slices.ContainsFunc(n.Values, func(l Literal) bool { return l.equals(value) })
	case Call:
		text, ok := of(n.Path).(string)
		return ok && functions[n.Name](strings.ToLower(text), strings.ToLower(n.Value.Text))
	case Any:
		return n.holds(of)
	}
	return false
}

var functions = map[string]func(text, with string) bool{
	"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
}

func (n Comparison) holds(value any) bool {
	switch n.Op {
	case "eq":
		return n.Value.equals(value)
	case "ne":
		return !n.Value.equals(value)
	}
	with, ok := n.Value.like(value)
	if !ok {
		return false
	}
	switch by := Compare(value, with); n.Op {
	case "gt":
		return by > 0
	case "ge":
		return by >= 0
	case "lt":
		return by < 0
	default:
		return by <= 0
	}
}

func (l Literal) equals(value any) bool {
	if value == nil {
		return l.Form == Null
	}
	with, ok := l.like(value)
	return ok && Compare(value, with) == 0
}

// like is the constant as a value of the same type as another one.
func (l Literal) like(value any) (any, bool) {
	switch value.(type) {
	case string:
		return l.Text, l.Form == Text || l.Form == GUID
	case bool:
		return l.Text == "true", l.Form == Truth
	case int:
		n, err := strconv.Atoi(l.Text)
		return n, err == nil && l.Form == Number
	case time.Time:
		at, ok := Instant(l.Text)
		return at, ok && (l.Form == Text || l.Form == Moment)
	}
	return nil, false
}

// holds looks for an element the body holds for. A path that begins with the
// variable leads into the element, any other one into the entry.
func (n Any) holds(of Fields) bool {
	var element any
	inside := func(path string) any {
		first, name, deeper := strings.Cut(path, "/")
		switch {
		case first != n.Variable:
			return of(path)
		case !deeper:
			return element
		}
		members, _ := element.(map[string]any)
		return members[name]
	}
	matched := func(one any) bool {
		element = one
		return n.Body == nil || Match(n.Body, inside)
	}
	switch list := of(n.Path).(type) {
	case []string:
		return slices.ContainsFunc(list, func(one string) bool { return matched(one) })
	case []map[string]any:
		return slices.ContainsFunc(list, func(one map[string]any) bool { return matched(one) })
	}
	return false
}

// Compare orders two values of one type; texts without regard to case.
func Compare(a, b any) int {
	switch a := a.(type) {
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	case bool:
		b, _ := b.(bool)
		switch {
		case a == b:
			return 0
		case a:
			return 1
		}
		return -1
	case string:
		b, _ := b.(string)
		if strings.EqualFold(a, b) {
			return 0
		}
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	case int:
		b, _ := b.(int)
		return cmp.Compare(a, b)
	}
	return 0
}
