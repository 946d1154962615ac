package wire

// scanner walks a JSON text once, from front to back, and refuses everything
// that RFC 8259 and I-JSON (RFC 7493) do not allow. Its first objection sticks:
// the scanner then stands at the end of the text and finds nothing more.
type scanner struct {
	src   []byte
	at    int
	depth int // levels of nesting that are still allowed

	names   []member // of the objects that are open, outermost first
	scratch []byte   // unescaped strings
	slots   []uint32 // hash table of unique, empty between calls

	why   string // the objection, empty if there is none
	where int    // its offset in the text
}

func (s *scanner) fail(where int, why string) {
	if s.why == "" {
		s.why, s.where = why, where
	}
	s.at = len(s.src)
}

// peek returns the next byte, or 0 at the end: NUL begins no token.
func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// begin goes to the first token of the text.
func (s *scanner) begin() {
	if s.peek() == 0xEF {
		s.fail(0, "it begins with a byte order mark; send UTF-8 without one")
		return
	}
	s.space()
	if s.at == len(s.src) {
		s.fail(s.at, "it is empty")
	}
}

// end refuses anything but white space behind the value.
func (s *scanner) end() {
	s.space()
	if s.at < len(s.src) {
		s.fail(s.at, "more text follows the end of the value; send exactly one value")
	}
}

// value reads any value.
func (s *scanner) value() {
	switch c := s.peek(); {
	case c == '"':
		s.quoted()
	case c == '{':
		for first := s.open(); s.member(first); {
			s.value()
		}
	case c == '[':
		s.descend()
		for first := true; s.item(first); first = false {
			s.value()
		}
	case c == '-' || isDigit(c):
		s.number()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	default:
		s.expected("a value")
	}
}

// raw reads any value and returns its bytes, capped so that appending to them
// cannot reach the bytes behind.
func (s *scanner) raw() []byte {
	from := s.at
	s.value()
	return s.src[from:s.at:s.at]
}

func (s *scanner) expected(what string) {
	if s.at >= len(s.src) {
		s.fail(len(s.src), "it ends where "+what+" is expected")
		return
	}
	s.fail(s.at, what+" is expected here")
}

func (s *scanner) descend() {
	s.at++
	if s.depth--; s.depth < 0 {
		s.fail(s.at-1, "it is nested too deeply; flatten it")
	}
}

func (s *scanner) ascend() {
	s.at++
	s.depth++
}

// item goes to the next item of the array that the scanner has descended into
// and reports whether there is one. The caller reads it before it asks again.
func (s *scanner) item(first bool) bool {
	s.space()
	switch c := s.peek(); {
	case s.why != "":
		return false
	case c == ']':
		s.ascend()
		return false
	case first:
	case c != ',':
		s.expected("a comma or the end of the array")
		return false
	default:
		s.at++
		s.space()
	}
	return true
}

func (s *scanner) literal(word string) {
	if rest := s.src[s.at:]; len(rest) < len(word) || string(rest[:len(word)]) != word {
		s.expected("a value")
		return
	}
	s.at += len(word)
}

func (s *scanner) number() {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++ // RFC 8259 §6: no digits behind a leading zero
	} else {
		s.digits()
	}
	if s.peek() == '.' {
		s.at++
		s.digits()
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

func (s *scanner) digits() {
	if !isDigit(s.peek()) {
		s.expected("a digit")
		return
	}
	for isDigit(s.peek()) {
		s.at++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
