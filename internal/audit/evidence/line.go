package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/audit/proof"
)

// MaxLine is what no line of a file exceeds, in bytes and without its end.
const MaxLine = 1 << 20

// maxInteger is the largest integer that every JSON reader keeps (RFC 8785 §3.2.2.3).
const maxInteger = 1<<53 - 1

var errForm = errors.New("the line is not of this format")

// cursor walks a line from member to member, in the one order and spelling that
// canonical JSON (RFC 8785) has. After the first thing out of place it is bad, and
// returns zero values.
type cursor struct {
	rest []byte
	bad  bool
}

// err says whether the line was read to its end with nothing out of place.
func (c *cursor) err() error {
	if c.bad || len(c.rest) > 0 {
		return errForm
	}
	return nil
}

func (c *cursor) take(token string) bool {
	if c.bad || len(c.rest) < len(token) || string(c.rest[:len(token)]) != token {
		return false
	}
	c.rest = c.rest[len(token):]
	return true
}

func (c *cursor) want(token string) { c.bad = !c.take(token) || c.bad }

// text reads a string.
func (c *cursor) text() string {
	inner, escaped := c.quoted()
	if !escaped {
		return string(inner)
	}
	out := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			out = append(out, inner[i])
			continue
		}
		i++
		if at := strings.IndexByte(escapes, inner[i]); at >= 0 {
			out = append(out, meanings[at])
			continue
		}
		if inner[i] != 'u' {
			break // what was read so far is not spelled like this
		}
		n, err := strconv.ParseUint(string(inner[i+1:i+5]), 16, 8) // quoted has seen four digits
		c.bad = c.bad || err != nil
		out = append(out, byte(n))
		i += 4
	}
	if !bytes.Equal(appendText(nil, string(out)), quote(inner)) {
		c.bad = true
	}
	return string(out)
}

// escapes are the letters after a backslash, and meanings what they stand for.
const (
	escapes  = `"\bfnrt`
	meanings = "\"\\\b\f\n\r\t"
)

func quote(inner []byte) []byte { return append(append([]byte{'"'}, inner...), '"') }

// quoted takes a string and returns what is between its quotes, and whether anything
// in there is escaped.
func (c *cursor) quoted() (inner []byte, escaped bool) {
	c.want(`"`)
	for i := 0; i < len(c.rest) && !c.bad; i++ {
		switch b := c.rest[i]; {
		case b == '"':
			inner, c.rest = c.rest[:i], c.rest[i+1:]
			c.bad = !utf8.Valid(inner)
			return inner, escaped
		case b < ' ':
			c.bad = true
		case b == '\\':
			escaped = true
			if i+1 < len(c.rest) && c.rest[i+1] == 'u' {
				i += 4
			}
			i++
		}
	}
	c.bad = true
	return nil, false
}

// integer reads a whole number from 0 to 2^53-1.
func (c *cursor) integer() int64 {
	n := 0
	for n < len(c.rest) && n < 17 && '0' <= c.rest[n] && c.rest[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(string(c.rest[:n]), 10, 64)
	if err != nil || v > maxInteger || n > 1 && c.rest[0] == '0' {
		c.bad = true
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cursor) hash() proof.Hash {
	text := c.text()
	h, err := proof.ParseHash(text)
	c.bad = c.bad || err != nil || len(text) != 44 // base64 would pass over ends of lines
	return h
}

func (c *cursor) salt() proof.Salt {
	text := c.text()
	s, err := proof.ParseSalt(text)
	c.bad = c.bad || err != nil || len(text) != 24
	return s
}

// list calls item until the list ends.
func (c *cursor) list(item func()) { c.items("[", "]", item) }

// object calls member, which reads a name, a colon and a value, until the object ends.
func (c *cursor) object(member func()) { c.items("{", "}", member) }

func (c *cursor) items(begin, end string, item func()) {
	c.want(begin)
	if c.take(end) {
		return
	}
	for !c.bad {
		item()
		if !c.take(",") {
			c.want(end)
			return
		}
	}
}

func (c *cursor) hashes() (all []proof.Hash) {
	c.list(func() { all = append(all, c.hash()) })
	return all
}

// value takes the value of a field, as records have them: text, a whole number, true,
// false, or a list of texts. Their text holds no control characters.
func (c *cursor) value() []byte {
	whole := c.rest
	switch {
	case len(c.rest) == 0:
		c.bad = true
	case c.rest[0] == '"':
		c.line()
	case c.rest[0] == '[':
		c.list(c.line)
	case c.take("true"), c.take("false"):
	default:
		c.integer()
	}
	return whole[:len(whole)-len(c.rest)]
}

// line takes text without control characters.
func (c *cursor) line() {
	for _, b := range []byte(c.text()) {
		c.bad = c.bad || b < ' '
	}
}

// raw takes an object without looking at its members: whoever reads it does.
func (c *cursor) raw() []byte {
	whole, depth := c.rest, 0
	for !c.bad && len(c.rest) > 0 {
		switch c.rest[0] {
		case '"':
			c.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		c.rest = c.rest[1:]
		if depth == 0 {
			break
		}
	}
	c.bad = c.bad || depth != 0
	return whole[:len(whole)-len(c.rest)]
}

// appendText appends a string of canonical JSON. Of text that is no UTF-8 nothing
// sensible can be written: its bytes are, and no reader takes them.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if at := strings.IndexByte(meanings, s[i]); at >= 0 {
			dst = append(dst, '\\', escapes[at])
		} else if s[i] < ' ' {
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[s[i]>>4], digits[s[i]&15])
		} else {
			dst = append(dst, s[i])
		}
	}
	return append(dst, '"')
}

func appendBytes(dst, raw []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), raw), '"')
}

// appendList appends n entries.
func appendList(dst []byte, n int, entry func(dst []byte, i int) []byte) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = entry(dst, i)
	}
	return append(dst, ']')
}

func appendHashes(dst []byte, all []proof.Hash) []byte {
	return appendList(dst, len(all), func(dst []byte, i int) []byte { return appendBytes(dst, all[i][:]) })
}
