package entra

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string.
func (s *scanner) str() (string, error) {
	if !s.take('"') {
		return "", s.other()
	}
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			v := s.text[s.at:i]
			s.at = i + 1
			return v, nil
		case c == '\\':
			return s.escaped(i)
		case c < 0x20:
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// escaped reads on from the first backslash of a string.
func (s *scanner) escaped(i int) (string, error) {
	var b strings.Builder
	b.WriteString(s.text[s.at:i])
	for s.at = i; s.at < len(s.text); {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return b.String(), nil
		case c < 0x20:
			return "", errSyntax
		case c != '\\':
			b.WriteByte(c)
		default:
			r, ok := s.escape()
			if !ok {
				return "", errSyntax
			}
			b.WriteRune(r)
		}
	}
	return "", errSyntax
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, bool) {
	if s.at == len(s.text) {
		return 0, false
	}
	c := s.text[s.at]
	s.at++
	if c != 'u' {
		const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		i := strings.IndexByte(from, c)
		if i < 0 {
			return 0, false
		}
		return rune(to[i]), true
	}
	r, ok := s.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if !strings.HasPrefix(s.text[s.at:], `\u`) {
		return 0, false
	}
	s.at += 2
	low, ok := s.hex()
	r = utf16.DecodeRune(r, low)
	return r, ok && r != utf8.RuneError
}

// hex reads the four digits of a \u escape.
func (s *scanner) hex() (r rune, ok bool) {
	if len(s.text)-s.at < 4 {
		return 0, false
	}
	for _, c := range []byte(s.text[s.at : s.at+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	s.at += 4
	return r, true
}

// whole reads a number that is an integer written without fraction or exponent,
// of at most fifteen digits, which every reader of JSON agrees on.
func (s *scanner) whole() (int64, error) {
	lit, err := s.number()
	if err != nil {
		return 0, err
	}
	digits := strings.TrimPrefix(lit, "-")
	if len(digits) > 15 || strings.ContainsAny(digits, ".eE") {
		return 0, errShape
	}
	var n int64
	for _, c := range []byte(digits) {
		n = n*10 + int64(c-'0')
	}
	if digits != lit {
		n = -n
	}
	return n, nil
}

// number reads a number as it is written (RFC 8259 §6).
func (s *scanner) number() (string, error) {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		return "", s.other()
	}
	start := s.at
	s.next('-')
	first := s.at
	if s.digits() == 0 || s.at-first > 1 && s.text[first] == '0' {
		return "", errSyntax
	}
	if s.next('.') && s.digits() == 0 {
		return "", errSyntax
	}
	if s.next('e') || s.next('E') {
		if !s.next('+') {
			s.next('-')
		}
		if s.digits() == 0 {
			return "", errSyntax
		}
	}
	return s.text[start:s.at], nil
}

func (s *scanner) digits() (n int) {
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
		n++
	}
	return n
}

// next consumes c if it is the very next byte.
func (s *scanner) next(c byte) bool {
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

// boolean reads true or false.
func (s *scanner) boolean() (bool, error) {
	switch {
	case s.literal("true"):
		return true, nil
	case s.literal("false"):
		return false, nil
	default:
		return false, s.other()
	}
}

func (s *scanner) literal(word string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.at:], word) {
		return false
	}
	s.at += len(word)
	return true
}
