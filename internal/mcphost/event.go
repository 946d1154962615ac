package mcphost

// appendEvent appends a message as one event. A line break in it, which JSON
// allows between tokens, begins a line of the same event.
func appendEvent(dst, message []byte) []byte {
	dst = append(dst, "data: "...)
	for _, c := range message {
		switch c {
		case '\n':
			dst = append(dst, "\ndata: "...)
		case '\r': // white space here, and the end of a line to who reads events
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, "\n\n"...)
}
