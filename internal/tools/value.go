package tools

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// value is a JSON value with the bytes that it came from.
type value struct {
	raw     []byte
	kind    byte     // '{', '[', '"', '0' of a number, 't', 'f' or 'n'
	text    string   // of a string: its characters
	members []member // of an object, in order
	items   []*value // of an array
	digest  *Hash    // see digest
}

type member struct {
	name string // its characters
	raw  []byte // the name as sent, with its quotes
	*value
}

// get returns the member of an object with this name, or nil.
func (v *value) get(name string) *value {
	if v == nil {
		return nil
	}
	for _, m := range v.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// isTrue reports whether the value is the literal true.
func (v *value) isTrue() bool { return v != nil && v.kind == 't' }

// str returns the characters of a string, and empty for everything else.
func (v *value) str() string {
	if v == nil {
		return ""
	}
	return v.text
}

// maxDepth bounds how deep a definition may be nested.
const maxDepth = 64

// parse reads exactly one JSON value, and refuses what RFC 8259 and I-JSON (RFC
// 7493) do not allow: names that occur twice, lone surrogates, what is not UTF-8.
func parse(text []byte) (*value, error) {
	p := parser{src: text}
	p.space()
	v, err := p.value(maxDepth)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(text) {
		return nil, p.wrong("more text follows the end of the value")
	}
	return v, nil
}

type parser struct {
	src []byte
	at  int
}

func (p *parser) wrong(why string) error { return fmt.Errorf("%s (at byte %d)", why, p.at) }

func (p *parser) peek() byte {
	if p.at < len(p.src) {
		return p.src[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.at < len(p.src) && bytes.IndexByte([]byte(" \t\n\r"), p.src[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) value(depth int) (*value, error) {
	from := p.at
	v := &value{}
	var err error
	switch c := p.peek(); {
	case c == '{':
		v.kind = c
		err = p.object(v, depth-1)
	case c == '[':
		v.kind = c
		err = p.array(v, depth-1)
	case c == '"':
		v.kind = c
		v.text, err = p.str()
	case c == '-' || '0' <= c && c <= '9':
		v.kind = '0'
		if err = p.number(); p.at-from > maxNumber {
			err = fmt.Errorf("a number has more than %d characters", maxNumber)
		}
	default:
		v.kind = c
		err = p.literal()
	}
	v.raw = p.src[from:p.at:p.at]
	return v, err
}

var errTooDeep = errors.New("it is nested too deeply; flatten it")

func (p *parser) object(v *value, depth int) error {
	if depth < 0 {
		return errTooDeep
	}
	p.at++
	var seen names
	for p.space(); p.peek() != '}'; p.space() {
		if len(v.members) > 0 {
			if err := p.skip(',', "a comma or the end of the object"); err != nil {
				return err
			}
		}
		from := p.at
		if p.peek() != '"' {
			return p.wrong("a member name in quotes is expected")
		}
		name, err := p.str()
		if err != nil {
			return err
		}
		raw := p.src[from:p.at:p.at]
		if seen.repeats(v.members, name) {
			return p.wrong(fmt.Sprintf("the member name %.40q occurs twice in one object", name))
		}
		p.space()
		if err := p.skip(':', "a colon"); err != nil {
			return err
		}
		m, err := p.value(depth)
		if err != nil {
			return err
		}
		v.members = append(v.members, member{name, raw, m})
	}
	p.at++
	return nil
}

// names finds names that repeat: in small objects by looking, in others by a set.
type names map[string]bool

func (n *names) repeats(members []member, name string) bool {
	const few = 8
	if len(members) < few {
		return slices.ContainsFunc(members, func(m member) bool { return m.name == name })
	}
	if *n == nil {
		*n = names{}
		for _, m := range members {
			(*n)[m.name] = true
		}
	}
	if (*n)[name] {
		return true
	}
	(*n)[name] = true
	return false
}

func (p *parser) array(v *value, depth int) error {
	if depth < 0 {
		return errTooDeep
	}
	p.at++
	for p.space(); p.peek() != ']'; p.space() {
		if len(v.items) > 0 {
			if err := p.skip(',', "a comma or the end of the array"); err != nil {
				return err
			}
		}
		item, err := p.value(depth)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	p.at++
	return nil
}

// skip goes past one byte and the white space behind it.
func (p *parser) skip(c byte, what string) error {
	if p.peek() != c {
		return p.wrong(what + " is expected")
	}
	p.at++
	p.space()
	return nil
}

func (p *parser) literal() error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.src[p.at:], []byte(word)) {
			p.at += len(word)
			return nil
		}
	}
	return p.wrong("a value is expected")
}

func (p *parser) number() error {
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++ // RFC 8259 §6: no digits behind a leading zero
	} else if err := p.digits(); err != nil {
		return err
	}
	if p.peek() == '.' {
		p.at++
		if err := p.digits(); err != nil {
			return err
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		return p.digits()
	}
	return nil
}

func (p *parser) digits() error {
	from := p.at
	for '0' <= p.peek() && p.peek() <= '9' {
		p.at++
	}
	if p.at == from {
		return p.wrong("a digit is expected")
	}
	return nil
}

// str reads a string and returns its characters.
func (p *parser) str() (string, error) {
	p.at++
	var into []byte
	for {
		from := p.at
		for p.at < len(p.src) && p.src[p.at] != '"' && p.src[p.at] != '\\' && p.src[p.at] >= ' ' {
			p.at++
		}
		if !utf8.Valid(p.src[from:p.at]) {
			return "", p.wrong("a string is not UTF-8")
		}
		into = append(into, p.src[from:p.at]...)
		switch {
		case p.at == len(p.src):
			return "", p.wrong("it ends inside a string")
		case p.src[p.at] == '"':
			p.at++
			return string(into), nil
		case p.src[p.at] == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			into = utf8.AppendRune(into, r)
		default:
			return "", p.wrong("a control character stands inside a string")
		}
	}
}

func (p *parser) escape() (rune, error) {
	short := []byte(`""\\//b` + "\b" + `f` + "\f" + `n` + "\n" + `r` + "\r" + `t` + "\t")
	p.at++
	c := p.peek()
	p.at++
	if c == 'u' {
		return p.unicode()
	}
	for i := 0; i < len(short); i += 2 {
		if short[i] == c {
			return rune(short[i+1]), nil
		}
	}
	return 0, p.wrong("an escape is unknown")
}

// unicode reads what follows \u. A surrogate counts only as half of a pair.
func (p *parser) unicode() (rune, error) {
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if bytes.HasPrefix(p.src[p.at:], []byte(`\u`)) {
		p.at += 2
		low, err := p.hex4()
		if both := utf16.DecodeRune(r, low); err == nil && both != utf8.RuneError {
			return both, nil
		}
	}
	return 0, p.wrong("a surrogate stands alone")
}

func (p *parser) hex4() (rune, error) {
	if len(p.src)-p.at < 4 || slices.ContainsFunc(p.src[p.at:p.at+4], func(c byte) bool { return c == '+' || c == '-' || c == '_' }) {
		return 0, p.wrong(`\u must be followed by four hexadecimal digits`)
	}
	n, err := strconv.ParseUint(string(p.src[p.at:p.at+4]), 16, 16)
	if err != nil {
		return 0, p.wrong(`\u must be followed by four hexadecimal digits`)
	}
	p.at += 4
	return rune(n), nil
}
