package tools

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/authz"
)

// template is a URI template (RFC 6570). Whether a URI fits it is decided in
// time linear in the URI for each of its expressions.
type template struct {
	parts    []part
	literals int // characters that stand for themselves: more is more particular
}

// part is either literal text or an expression.
type part struct {
	literal string
	lead    byte   // first character of what a non-empty expansion gives; 0: none
	more    string // reserved characters that an expansion may hold
	names   []string
}

// The bounds of a URI or URI template.
const (
	maxURI         = 1024
	maxExpressions = 16
)

// parts of an expansion by the operator of its expression (RFC 6570 §3.2).
var operators = map[byte]part{
	'+': {more: reserved},
	'#': {more: reserved, lead: '#'},
	'.': {lead: '.'},
	'/': {lead: '/', more: "/"},
	';': {lead: ';', more: ";="},
	'?': {lead: '?', more: "&="},
	'&': {lead: '&', more: "&="},
}

const (
	reserved  = ":/?#[]@!$&'()*+,;="
	lenient   = ":@!$'()*+,;=&" // that clients leave as they are where RFC 6570 encodes them, and that part nothing
	variables = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.%"

	unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
)

// parseTemplate reads a URI template whose scheme is known without its
// variables.
func parseTemplate(s string) (*template, error) {
	before, _, _ := strings.Cut(s, "{")
	if err := checkURI(before); err != nil {
		return nil, err
	}
	if len(s) > maxURI {
		return nil, fmt.Errorf("it must have 1 to %d characters", maxURI)
	}
	t := &template{}
	expressions := 0
	for rest := s; rest != ""; {
		literal, behind, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return nil, errors.New("a } has no {")
		}
		if err := checkCharacters(literal); err != nil {
			return nil, err
		}
		if literal != "" {
			t.parts = append(t.parts, part{literal: literal})
			t.literals += len(literal)
		}
		if !found {
			break
		}
		inner, after, closed := strings.Cut(behind, "}")
		if !closed {
			return nil, errors.New("a { has no }")
		}
		p, err := parseExpression(inner)
		if err != nil {
			return nil, err
		}
		if expressions++; expressions > maxExpressions {
			return nil, fmt.Errorf("it has more than %d expressions", maxExpressions)
		}
		t.parts = append(t.parts, p)
		rest = after
	}
	return t, nil
}

func parseExpression(inner string) (part, error) {
	p := part{}
	if inner != "" {
		if op, ok := operators[inner[0]]; ok {
			p, inner = op, inner[1:]
		}
	}
	for name := range strings.SplitSeq(inner, ",") {
		name, exploded := strings.CutSuffix(name, "*")
		name, _, _ = strings.Cut(name, ":")
		if name == "" || strings.Trim(name, variables) != "" {
			return p, fmt.Errorf("the expression {%.40s} is not one of RFC 6570", inner)
		}
		p.names = append(p.names, name)
		if exploded && p.lead == 0 {
			p.more += "/" // as servers use it: the rest of a path
		}
	}
	p.more += lenient
	return p, nil
}

// holds reports whether an expansion of the part may hold the character.
func (p part) holds(c byte) bool {
	return isUnreserved(c) || c == '%' || strings.IndexByte(p.more, c) >= 0
}

func isUnreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// matches reports whether the URI is an expansion of the template. One that is
// not in normal form is none: what it names might be told from what somebody has
// been refused by its spelling only.
func (t *template) matches(uri string) bool {
	if len(uri) > maxURI || !strings.HasPrefix(uri, t.parts[0].literal) || !isNormal(uri) {
		return false
	}
	reached := make([]bool, len(uri)+1) // offsets up to which the parts so far fit
	next := make([]bool, len(uri)+1)
	reached[0] = true
	for _, p := range t.parts {
		clear(next)
		if !p.advance(uri, reached, next) {
			return false
		}
		reached, next = next, reached
	}
	return reached[len(uri)]
}

// begins returns how every expansion of the template begins, as far as that is
// known before the value of a variable is. given has the values of others; only
// what is written in one way is relied on.
func (t *template) begins(variable string, given func(name string) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.literal != "" {
			b.WriteString(p.literal)
			continue
		}
		if p.lead != 0 || len(p.names) != 1 || p.names[0] == variable {
			break
		}
		value := given(p.names[0])
		if strings.Trim(value, ".") == "" || strings.Trim(value, unreserved) != "" {
			break
		}
		b.WriteString(value)
	}
	return b.String()
}

// Begins is how the URIs begin that the entry's template makes, as far as that is
// known before the value of a variable is, from what is given of the others.
func (e *Entry) Begins(variable string, given func(name string) string) string {
	if e.template == nil {
		return e.Shown
	}
	return e.template.begins(variable, given)
}

// advance marks the offsets that the part leads to from those reached, and
// reports whether there is any.
func (p part) advance(uri string, reached, next []bool) bool {
	any, running := false, false
	for i := range reached {
		switch {
		case p.literal != "":
			if reached[i] && strings.HasPrefix(uri[i:], p.literal) {
				next[i+len(p.literal)], any = true, true
			}
			continue
		case i > 0 && running:
			running = p.holds(uri[i-1])
		}
		if p.lead == 0 {
			running = running || reached[i]
		} else if i > 0 && reached[i-1] && uri[i-1] == p.lead {
			running = true
		}
		next[i] = running || reached[i]
		any = any || next[i]
	}
	return any
}

// isNormal reports whether a URI is spelled in the one way that RFC 3986 §6.2.2
// prefers: no encoded character that needs no encoding, upper-case digits in
// those that do, and no "." or ".." as a segment of its path, also where it is
// encoded, several times, or has parameters. What it encodes is UTF-8 (RFC 6570
// §1.6) without NUL.
func isNormal(uri string) bool {
	for i := 0; i < len(uri); i++ {
		if uri[i] != '%' {
			continue
		}
		if i+2 >= len(uri) {
			return false
		}
		if c, ok := encoded(uri[i+1], uri[i+2]); !ok || isUnreserved(c) {
			return false
		}
		i += 2
	}
	plain := authz.PlainURI(uri)
	return utf8.ValidString(plain) && strings.IndexByte(plain, 0) < 0 && !hasDots(uri) && !hasDots(plain)
}

// hasDots reports whether a segment is "." or "..", which servers take for other
// places than where they stand.
func hasDots(uri string) bool {
	_, path, _ := strings.Cut(uri, ":")
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/?#", r) }) {
		if segment, _, _ = strings.Cut(segment, ";"); segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// encoded returns the byte that two upper-case hexadecimal digits stand for.
func encoded(high, low byte) (byte, bool) {
	const digits = "0123456789ABCDEF"
	if strings.IndexByte(digits, high) < 0 || strings.IndexByte(digits, low) < 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(string([]byte{high, low}), 16, 8)
	return byte(n), err == nil
}

// checkURI says what is wrong with the characters of a URI, or of a URI template
// outside of its expressions (RFC 3986 §2).
func checkURI(uri string) error {
	if uri == "" || len(uri) > maxURI {
		return fmt.Errorf("it must have 1 to %d characters", maxURI)
	}
	scheme, _, ok := strings.Cut(uri, ":")
	if !ok || scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") != "" {
		return errors.New("it must begin with a scheme, such as file:// or https://")
	}
	return checkCharacters(uri)
}

func checkCharacters(s string) error {
	for i := range len(s) {
		if c := s[i]; !isUnreserved(c) && c != '%' && strings.IndexByte(reserved, c) < 0 {
			return fmt.Errorf("the character %q must be percent-encoded", c)
		}
	}
	return nil
}
