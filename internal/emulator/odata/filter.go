package odata

import (
	"slices"
	"strings"
)

// parser reads a filter: OData 4.01 URL conventions §5.1.1, the part of it that
// services of Microsoft Graph know. Keywords may be written in any case.
type parser struct {
	filter    string
	functions []string
	tokens    []token
	at        int
	depth     int
}

// ParseFilter reads a $filter in which some functions of a path and a constant may
// be called, named in lower case. The error is an *Error.
func ParseFilter(filter string, functions ...string) (Node, error) {
	all, err := tokens(filter)
	if err != nil {
		return nil, err
	}
	p := &parser{filter: filter, functions: functions, tokens: all}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != tokenEnd {
		return nil, p.wrong()
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// takes consumes a keyword or a mark if it comes next.
func (p *parser) takes(what string) bool {
	if t := p.peek(); (t.kind == tokenWord || t.kind == tokenMark) && strings.EqualFold(t.text, what) {
		p.at++
		return true
	}
	return false
}

func (p *parser) wrong() error { return p.fault(Syntax, p.peek()) }

func (p *parser) fault(reason Reason, at token) error {
	return &Error{Reason: reason, Text: p.filter, At: at.at, Near: at.text}
}

func (p *parser) expression() (Node, error) {
	return chain(p.takes, "or", func() (Node, error) { return chain(p.takes, "and", p.unary) })
}

// chain reads operands joined by an operator.
func chain(takes func(string) bool, op string, operand func() (Node, error)) (Node, error) {
	left, err := operand()
	for err == nil && takes(op) {
		var right Node
		right, err = operand()
		left = Logical{op, left, right}
	}
	return left, err
}

func (p *parser) unary() (Node, error) {
	if p.depth++; p.depth > depthMax {
		return nil, p.fault(TooDeep, p.peek())
	}
	defer func() { p.depth-- }()
	switch {
	case p.takes("not"):
		of, err := p.unary()
		return Negation{of}, err
	case p.takes("("):
		inner, err := p.expression()
		if err == nil && !p.takes(")") {
			err = p.wrong()
		}
		return Group{inner}, err
	}
	return p.term()
}

// term is a call, a lambda or a comparison; all begin with a name.
func (p *parser) term() (Node, error) {
	name := p.peek()
	if name.kind != tokenWord {
		return nil, p.wrong()
	}
	p.next()
	if p.takes("(") {
		return p.call(name)
	}
	path := name.text
	for p.takes("/") {
		step := p.next()
		if step.kind != tokenWord {
			return nil, p.wrong()
		}
		if p.takes("(") {
			return p.lambda(path, step)
		}
		path += "/" + step.text
	}
	return p.compare(path)
}

func (p *parser) call(function token) (Node, error) {
	function.text = strings.ToLower(function.text)
	if !slices.Contains(p.functions, function.text) {
		return nil, p.fault(UnknownFunction, function)
	}
	path, err := p.path()
	if err != nil || !p.takes(",") {
		return nil, p.wrong()
	}
	value, err := p.literal()
	if err == nil && !p.takes(")") {
		err = p.wrong()
	}
	return Call{function.text, path, value}, err
}

func (p *parser) path() (string, error) {
	var steps []string
	for {
		step := p.peek()
		if step.kind != tokenWord {
			return "", p.wrong()
		}
		p.next()
		if steps = append(steps, step.text); !p.takes("/") {
			return strings.Join(steps, "/"), nil
		}
	}
}

func (p *parser) lambda(path string, name token) (Node, error) {
	if !strings.EqualFold(name.text, "any") {
		return nil, p.fault(UnknownLambda, name)
	}
	if p.takes(")") {
		return Any{Path: path}, nil
	}
	variable := p.peek()
	if variable.kind != tokenWord {
		return nil, p.wrong()
	}
	if p.next(); !p.takes(":") {
		return nil, p.wrong()
	}
	body, err := p.expression()
	if err == nil && !p.takes(")") {
		err = p.wrong()
	}
	return Any{path, variable.text, body}, err
}

var operators = []string{"eq", "ne", "gt", "ge", "lt", "le"}

func (p *parser) compare(path string) (Node, error) {
	op := strings.ToLower(p.peek().text)
	switch {
	case p.takes("in"):
		return p.listed(path)
	case p.peek().kind == tokenWord && slices.Contains(operators, op):
		p.next()
		value, err := p.literal()
		return Comparison{path, op, value}, err
	}
	return nil, p.wrong()
}

func (p *parser) listed(path string) (Node, error) {
	n := Membership{Path: path}
	if !p.takes("(") {
		return nil, p.wrong()
	}
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		if n.Values = append(n.Values, value); p.takes(")") {
			return n, nil
		}
		if !p.takes(",") {
			return nil, p.wrong()
		}
	}
}

func (p *parser) literal() (Literal, error) {
	t := p.peek()
	value, ok := Literal{Text: t.text, At: t.at}, true
	switch t.kind {
	case tokenString:
		value.Form = Text
	case tokenMoment:
		value.Form = Moment
	case tokenEnd, tokenWord, tokenMark:
		value, ok = constant(t)
	}
	if !ok {
		return Literal{}, p.wrong()
	}
	p.next()
	return value, nil
}
