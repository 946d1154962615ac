package setup

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Object is a JSON object whose members keep their order.
type Object []Member

// Member is one member of an Object. Its value is an Object, a List, a string, a
// bool, an int or a Ref.
type Member struct {
	Name  string
	Value any
}

// List is a JSON array.
type List []any

// Ref is a string that is known only once an earlier step has been carried out.
type Ref Variable

// Variable names what a step finds out.
type Variable string

// The variables of plans.
const (
	ObjectID     Variable = "objectId"     // of the app registration
	ClientID     Variable = "clientId"     // of the app registration: application (client) id
	PrincipalID  Variable = "principalId"  // object id of its service principal
	GraphID      Variable = "graphId"      // object id of Microsoft Graph's service principal
	GrantID      Variable = "grantId"      // of the consent
	Granted      Variable = "granted"      // scopes of the consent, with spaces between them
	FederatedID  Variable = "federatedId"  // of the federated credential
	AssignmentID Variable = "assignmentId" // of an application permission
	SecretID     Variable = "secretId"     // of the client secret
	SecretText   Variable = "secretText"   // the client secret, told once
)

// part is a piece of text: itself, or what a variable holds.
type part struct {
	text     string
	variable Variable
}

// parts is text with variables in it.
type parts []part

func (p *parts) write(text string) {
	if n := len(*p); n > 0 && (*p)[n-1].variable == "" {
		(*p)[n-1].text += text
		return
	}
	*p = append(*p, part{text: text})
}

// fill is the text with the values of its variables.
func (p parts) fill(known map[Variable]string) string {
	var b strings.Builder
	for _, one := range p {
		b.WriteString(one.text)
		b.WriteString(known[one.variable])
	}
	return b.String()
}

// template is a path with {variables}. Paths are the package's own text and hold
// no braces otherwise: Validate lets none into what is put there.
func template(path string) parts {
	var out parts
	for path != "" {
		before, rest, found := strings.Cut(path, "{")
		if before != "" {
			out = append(out, part{text: before})
		}
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		out = append(out, part{variable: Variable(name)})
		path = after
	}
	return out
}

// document is a tree as indented JSON. quote writes a string.
func document(value any, quote func(string) string) parts {
	var out parts
	out.value(value, "\n", quote)
	return out
}

func (p *parts) value(value any, line string, quote func(string) string) {
	switch value := value.(type) {
	case Object:
		p.write("{")
		for i, m := range value {
			p.write(comma(i) + line + "  " + quote(m.Name) + ": ")
			p.value(m.Value, line+"  ", quote)
		}
		p.write(line + "}")
	case List:
		p.list(value, line, quote)
	case Ref:
		p.write(`"`)
		*p = append(*p, part{variable: Variable(value)})
		p.write(`"`)
	default:
		p.write(scalar(value, quote))
	}
}

func (p *parts) list(list List, line string, quote func(string) string) {
	if len(list) == 0 {
		p.write("[]")
		return
	}
	p.write("[")
	for i, one := range list {
		p.write(comma(i) + line + "  ")
		p.value(one, line+"  ", quote)
	}
	p.write(line + "]")
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// scalar is a string, bool or int in JSON's words.
func scalar(value any, quote func(string) string) string {
	switch value := value.(type) {
	case string:
		return quote(value)
	case int:
		return strconv.Itoa(value)
	case bool:
		return strconv.FormatBool(value)
	}
	return "null"
}

// quoteJSON is a JSON string that shows people its letters.
func quoteJSON(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // unreachable: strings always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// merge is a with the members of b; objects of both are merged as well.
func merge(a, b Object) Object {
	out := append(Object{}, a...)
	for _, m := range b {
		i := out.index(m.Name)
		if i < 0 {
			out = append(out, m)
			continue
		}
		inner, both := out[i].Value.(Object)
		added, objects := m.Value.(Object)
		if both && objects {
			m.Value = merge(inner, added)
		}
		out[i] = m
	}
	return out
}

func (o Object) index(name string) int {
	for i, m := range o {
		if m.Name == name {
			return i
		}
	}
	return -1
}

// Get is the value of a member; nil without it.
func (o Object) Get(name string) any {
	if i := o.index(name); i >= 0 {
		return o[i].Value
	}
	return nil
}

// without is the object without some members.
func (o Object) without(names ...string) Object {
	out := Object{}
	for _, m := range o {
		drop := false
		for _, name := range names {
			drop = drop || m.Name == name
		}
		if !drop {
			out = append(out, m)
		}
	}
	return out
}
