package odata

import (
	"iter"
	"strings"
)

// Node is a part of an expression. Its String is an expression that means the
// same.
type Node interface{ String() string }

// Logical is "left and right" or "left or right".
type Logical struct {
	Op          string // in lower case; in upper case in a $search
	Left, Right Node
}

// Negation is "not of".
type Negation struct{ Of Node }

// Group is what stands in parentheses.
type Group struct{ Of Node }

// Comparison is "path op value". Op is eq, ne, gt, ge, lt or le.
type Comparison struct {
	Path, Op string
	Value    Literal
}

// Membership is "path in (values)".
type Membership struct {
	Path   string
	Values []Literal
}

// Call is "name(path,value)", the name in lower case.
type Call struct {
	Name, Path string
	Value      Literal
}

// Any is "path/any(variable:body)"; without a body it asks for any element.
type Any struct {
	Path, Variable string
	Body           Node
}

// Term is one "property:words" of a $search.
type Term struct{ Property, Words string }

func (n Logical) String() string  { return n.Left.String() + " " + n.Op + " " + n.Right.String() }
func (n Negation) String() string { return "not " + n.Of.String() }
func (n Group) String() string    { return "(" + n.Of.String() + ")" }
func (n Comparison) String() string {
	return n.Path + " " + n.Op + " " + n.Value.String()
}

func (n Membership) String() string {
	values := make([]string, 0, len(n.Values))
	for _, value := range n.Values {
		values = append(values, value.String())
	}
	return n.Path + " in (" + strings.Join(values, ",") + ")"
}

func (n Call) String() string { return n.Name + "(" + n.Path + "," + n.Value.String() + ")" }

func (n Any) String() string {
	if n.Body == nil {
		return n.Path + "/any()"
	}
	return n.Path + "/any(" + n.Variable + ":" + n.Body.String() + ")"
}

func (n Term) String() string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n.Property+":"+n.Words) + `"`
}

// Nodes goes through an expression from left to right, each node before what it
// is made of. What stands inside of any() it leaves to the caller.
func Nodes(n Node) iter.Seq[Node] {
	return func(yield func(Node) bool) { visit(n, yield) }
}

func visit(n Node, yield func(Node) bool) bool {
	if !yield(n) {
		return false
	}
	switch n := n.(type) {
	case Logical:
		return visit(n.Left, yield) && visit(n.Right, yield)
	case Negation:
		return visit(n.Of, yield)
	case Group:
		return visit(n.Of, yield)
	}
	return true
}
