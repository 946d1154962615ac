package wire

import "bytes"

// AppendEvent appends message as one server-sent event of type "message". Line
// breaks within it, which JSON allows between tokens only, separate lines of
// data and come out as line feeds.
func AppendEvent(dst, message []byte) []byte {
	dst = append(dst, "event: message\n"...)
	if bytes.IndexByte(message, '\n') < 0 && bytes.IndexByte(message, '\r') < 0 {
		dst = append(append(dst, "data: "...), message...)
		return append(dst, "\n\n"...)
	}
	for {
		line, rest, more := cutLine(message)
		dst = append(dst, "data: "...)
		dst = append(dst, line...)
		dst = append(dst, '\n')
		if !more {
			return append(dst, '\n')
		}
		message = rest
	}
}

// cutLine returns what stands before and behind the first line break of b, which
// is CR, LF or both.
func cutLine(b []byte) (line, rest []byte, found bool) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil, false
	}
	next := i + 1
	if b[i] == '\r' && next < len(b) && b[next] == '\n' {
		next++
	}
	return b[:i], b[next:], true
}

// AppendComment appends a comment: no event to the reader, and to everybody in
// between a sign of life.
func AppendComment(dst []byte) []byte { return append(dst, ":\n\n"...) }
