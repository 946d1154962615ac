package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// plain are the bytes that stand for themselves inside a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// quoted reads a string and returns what stands between its quotes, and whether
// that contains escapes.
func (s *scanner) quoted() (raw []byte, escaped bool) {
	from := s.at + 1
	i := from
	for s.why == "" {
		for i < len(s.src) && plain[s.src[i]] {
			i++
		}
		switch {
		case i >= len(s.src):
			s.fail(len(s.src), "it ends inside a string")
		case s.src[i] == '"':
			s.at = i + 1
			return s.src[from:i:i], escaped
		case s.src[i] == '\\':
			escaped = true
			i = s.escape(i)
		case s.src[i] < ' ':
			s.fail(i, "a control character stands inside a string; escape it")
		default:
			r, size := utf8.DecodeRune(s.src[i:])
			if r == utf8.RuneError && size == 1 {
				s.fail(i, "this is not UTF-8")
			}
			i += size
		}
	}
	return nil, false
}

// escape checks the escape at i and returns the offset behind it.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.src) {
		s.fail(len(s.src), "it ends inside a string")
		return i
	}
	switch s.src[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		return s.unicodeEscape(i)
	default:
		s.fail(i, `this escape is unknown; JSON has \" \\ \/ \b \f \n \r \t \uXXXX`)
		return i
	}
}

// unicodeEscape is escape for \uXXXX. A surrogate counts only as half of a pair
// (RFC 7493 §2.1): parsers disagree about what a lone one means.
func (s *scanner) unicodeEscape(i int) int {
	high, ok := hex4(s.src[i+2:])
	if !ok {
		s.fail(i, `\u must be followed by four hexadecimal digits`)
		return i
	}
	if !utf16.IsSurrogate(high) {
		return i + 6
	}
	rest := s.src[i+6:]
	if len(rest) >= 2 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hex4(rest[2:]); ok && utf16.DecodeRune(high, low) != utf8.RuneError {
			return i + 12
		}
	}
	s.fail(i, "a surrogate stands alone; escape the character as a pair or send it as UTF-8")
	return i
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unquoted reads a string and returns its characters. They are valid until the
// scanner is released.
func (s *scanner) unquoted() []byte {
	raw, escaped := s.quoted()
	if !escaped {
		return raw
	}
	from := len(s.scratch)
	s.scratch = appendUnescaped(s.scratch, raw)
	return s.scratch[from:len(s.scratch):len(s.scratch)]
}

var short = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// appendUnescaped appends the characters of a string that quoted has accepted.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		if raw[i+1] != 'u' {
			dst = append(dst, short[raw[i+1]])
			i += 2
			continue
		}
		r, _ := hex4(raw[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			low, _ := hex4(raw[i+2:])
			r = utf16.DecodeRune(r, low)
			i += 6
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
