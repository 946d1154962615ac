package msgraph

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/emulator/odata"
)

// alternatives is how many alternatives the directory takes in one filter. The
// text of the refusal is from memory.
const alternatives = 15

// queryRules say what a query may do with a collection.
type queryRules struct {
	kinds    []*kind
	filter   string // all of it
	advanced bool   // ConsistencyLevel: eventual and $count=true were sent
	variable string // inside of any()
}

// readFilter reads a $filter for a collection.
func readFilter(filter string, rules queryRules) (matcher, *problem) {
	n, err := odata.ParseFilter(filter, "startswith", "endswith")
	if err != nil {
		return nil, invalidFilter(wording(err))
	}
	if count := widest(n); count > alternatives {
		return nil, unsupported("Too many child clauses specified in search filter expression containing 'OR' operators: " +
			strconv.Itoa(count) + ". Max allowed: " + strconv.Itoa(alternatives) + ".")
	}
	rules.filter = filter
	if bad := rules.check(n); bad != nil {
		return nil, bad
	}
	return func(of odata.Fields) bool { return odata.Match(n, of) }, nil
}

// widest counts the alternatives of the filter's largest "or" or "in".
func widest(n odata.Node) int {
	switch n := n.(type) {
	case odata.Logical:
		if n.Op == "or" {
			return widest(n.Left) + widest(n.Right)
		}
		return max(widest(n.Left), widest(n.Right))
	case odata.Negation:
		return widest(n.Of)
	case odata.Group:
		return widest(n.Of)
	case odata.Membership:
		return len(n.Values)
	}
	return 1
}

func invalidFilter(text string) *problem { return malformed("Invalid filter clause: " + text) }

// check finds the first thing the directory does not do.
func (c queryRules) check(n odata.Node) *problem {
	for part := range odata.Nodes(n) {
		if bad := c.checkOne(part); bad != nil {
			return bad
		}
	}
	return nil
}

func (c queryRules) checkOne(n odata.Node) *problem {
	switch n := n.(type) {
	case odata.Negation:
		if !c.advanced {
			return unsupported("Unsupported Query.")
		}
	case odata.Comparison:
		if n.Op != "eq" && n.Op != "ne" {
			return unsupported("The emulator does not support the operator '" + n.Op + "' in $filter.")
		}
		return c.compares(n.Path, n.Value, n.Op)
	case odata.Membership:
		for _, value := range n.Values {
			if bad := c.compares(n.Path, value, "eq"); bad != nil {
				return bad
			}
		}
	case odata.Call:
		return c.call(n)
	case odata.Any:
		return c.any(n)
	}
	return nil
}

// compares checks that a path may be compared with a value.
func (c queryRules) compares(path string, value odata.Literal, op string) *problem {
	if c.bound(path) {
		return nil // what a collection holds is compared as it is
	}
	p, bad := c.property(path)
	if bad != nil {
		return bad
	}
	need := p.equal
	if value.Form == odata.Null {
		need = min(p.equal, p.null)
		if p.null == advanced {
			need = advanced
		}
	}
	switch {
	case p.form == many || need == never:
		return c.unsupportedProperty(path)
	case !p.form.takes(value.Form):
		kind := map[string]string{"eq": "Equal", "ne": "NotEqual"}[op]
		return invalidFilter("A binary operator with incompatible types was detected. Found operand types '" + p.form.edm() + "' and '" + value.Type() + "' for operator kind '" + kind + "'.")
	case op == "ne" && !c.advanced:
		return unsupported("Unsupported property filter clause operator 'NotEqualsMatch'.")
	case need == advanced && !c.advanced:
		return c.unsupportedProperty(path)
	}
	return nil
}

// takes reports whether values of the form compare with a constant.
func (f form) takes(l odata.Form) bool {
	switch l {
	case odata.Null:
		return true
	case odata.Text:
		return f == text || f == guid // roleAssignments take both forms of a GUID
	case odata.GUID:
		return f == guid
	case odata.Truth:
		return f == truth
	case odata.Number, odata.Moment:
	}
	return false
}

func (f form) edm() string {
	switch f {
	case truth:
		return "Edm.Boolean"
	case guid:
		return "Edm.Guid"
	case text, many, composite:
	}
	return "Edm.String"
}

// call checks startswith and endswith.
func (c queryRules) call(n odata.Call) *problem {
	if n.Value.Form != odata.Text {
		return invalidFilter(wording(&odata.Error{Text: c.filter, At: n.Value.At}))
	}
	if c.bound(n.Path) {
		return nil
	}
	p, bad := c.property(n.Path)
	if bad != nil {
		return bad
	}
	need := p.prefix
	if n.Name == "endswith" {
		if need = never; p.suffix {
			need = advanced
		}
	}
	switch {
	case p.form != text || need == never:
		return c.unsupportedProperty(n.Path)
	case need == advanced && !c.advanced && n.Name == "endswith":
		return unsupported("Unsupported Query.")
	case need == advanced && !c.advanced:
		return c.unsupportedProperty(n.Path)
	}
	return nil
}

// any checks a lambda. The directory takes it for collections it can compare.
func (c queryRules) any(n odata.Any) *problem {
	p, bad := c.property(n.Path)
	if bad != nil {
		return bad
	}
	if p.form != many || p.equal == never || c.variable != "" {
		return c.unsupportedProperty(n.Path)
	}
	if n.Body == nil {
		return nil
	}
	c.variable = n.Variable
	return c.check(n.Body)
}

// bound reports whether a path begins with the variable of a lambda.
func (c queryRules) bound(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return c.variable != "" && first == c.variable
}

// property finds what a path names in any of the kinds.
func (c queryRules) property(path string) (*property, *problem) {
	at := slices.IndexFunc(c.kinds, func(k *kind) bool { return k.properties[path] != nil })
	if at < 0 {
		return nil, invalidFilter(noProperty(c.kinds, path))
	}
	return c.kinds[at].properties[path], nil
}

func noProperty(kinds []*kind, name string) string {
	of := "directoryObject"
	if len(kinds) == 1 {
		of = kinds[0].name
	}
	return unknownProperty(name, of)
}

func (c queryRules) unsupportedProperty(path string) *problem {
	return unsupported("Unsupported or invalid query filter clause specified for property '" + path + "' of resource '" + resourceName(c.kinds) + "'.")
}

func resourceName(kinds []*kind) string {
	if len(kinds) == 1 {
		return kinds[0].resource
	}
	return "DirectoryObject"
}
