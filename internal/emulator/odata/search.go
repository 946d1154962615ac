package odata

import (
	"strings"
	"unicode"
)

// searchParser reads a $search: clauses in double quotes, joined by AND and OR
// in upper case, with parentheses ("Use the $search query parameter").
type searchParser struct {
	search string
	at     int
	depth  int
}

// ParseSearch reads a $search made of Terms. The error is an *Error.
func ParseSearch(search string) (Node, error) {
	p := &searchParser{search: search}
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.search) {
		return nil, p.wrong()
	}
	return n, nil
}

func (p *searchParser) space() {
	for p.at < len(p.search) && p.search[p.at] == ' ' {
		p.at++
	}
}

func (p *searchParser) takes(what string) bool {
	if p.space(); strings.HasPrefix(p.search[p.at:], what) {
		p.at += len(what)
		return true
	}
	return false
}

// wrong names the first character that cannot stand outside of quotes, if one is
// to come.
func (p *searchParser) wrong() error {
	for i, c := range p.search[p.at:] {
		if !unicode.IsLetter(c) && c != ' ' {
			return &Error{Reason: BadCharacter, Text: p.search, At: p.at + i, Near: string(c)}
		}
	}
	return p.fault(Syntax)
}

func (p *searchParser) fault(reason Reason) error {
	return &Error{Reason: reason, Text: p.search, At: p.at}
}

func (p *searchParser) expression() (Node, error) {
	return chain(p.takes, "OR", func() (Node, error) { return chain(p.takes, "AND", p.clause) })
}

func (p *searchParser) clause() (Node, error) {
	if p.depth++; p.depth > depthMax {
		return nil, p.fault(TooDeep)
	}
	defer func() { p.depth-- }()
	if p.takes("(") {
		n, err := p.expression()
		if err == nil && !p.takes(")") {
			err = p.wrong()
		}
		return Group{n}, err
	}
	if !p.takes(`"`) {
		return nil, p.wrong()
	}
	inner, ok := p.quoted()
	if !ok {
		return nil, p.fault(UnclosedClause)
	}
	name, words, _ := strings.Cut(inner, ":")
	if name = strings.TrimSpace(name); name == "" || strings.TrimSpace(words) == "" {
		return nil, p.fault(BadClause)
	}
	return Term{name, words}, nil
}

// quoted reads up to the closing quote. A backslash escapes what follows.
func (p *searchParser) quoted() (string, bool) {
	var b strings.Builder
	for i := p.at; i < len(p.search); i++ {
		switch c := p.search[i]; {
		case c == '"':
			p.at = i + 1
			return b.String(), true
		case c == '\\' && i+1 < len(p.search):
			i++
			b.WriteByte(p.search[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}
