package builtin

import (
	"encoding/json"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/tools"
)

// appendString appends s as a JSON string (RFC 8259 §7). Bytes that are not
// UTF-8 become U+FFFD. U+2028 and U+2029 are escaped, because an answer may end
// up inside a script.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(s[i:])
		}
		if escape := escapeOf(c, size); escape != "" {
			b = append(append(b, s[from:i]...), escape...)
			from = i + size
		}
		i += size
	}
	return append(append(b, s[from:]...), '"')
}

// escapeOf returns how a character is written if not as itself.
func escapeOf(c rune, size int) string {
	switch {
	case c == '"':
		return `\"`
	case c == '\\':
		return `\\`
	case c == '\n':
		return `\n`
	case c < 0x20:
		return `\u00` + string([]byte{"0123456789abcdef"[c>>4], "0123456789abcdef"[c&15]})
	case c == utf8.RuneError && size == 1:
		return `\ufffd`
	case c == '\u2028':
		return `\u2028`
	case c == '\u2029':
		return `\u2029`
	default:
		return ""
	}
}

// appendText appends the member "content" with one block of text.
func appendText(b []byte, text string) []byte {
	b = append(b, `"content":[{"type":"text","text":`...)
	b = appendString(b, text)
	return append(b, `}]`...)
}

// structured is the result of a tool whose answer is worth no hand-written
// encoding.
func structured(text string, value any) (tools.Result, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return tools.Result{}, fault.Wrap(fault.Internal, "tool result cannot be encoded", err)
	}
	b := appendText(make([]byte, 0, len(text)+len(encoded)+64), text)
	b = append(b, `,"structuredContent":`...)
	return tools.Result{Members: append(b, encoded...)}, nil
}

// failed is a failure that the model or the person can act on.
func failed(text string) tools.Result {
	b := appendText(make([]byte, 0, len(text)+64), text)
	return tools.Result{Members: append(b, `,"isError":true`...), IsError: true}
}
