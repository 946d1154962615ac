package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"gatehouse/internal/text"
)

// visible returns the beginning of a text of somebody else's, with a mark in
// place of every character that cannot be seen.
func visible(s string) string {
	count := 0
	end := strings.IndexFunc(s, func(rune) bool { count++; return count > maxShown })
	cut := ""
	if end >= 0 {
		s, cut = s[:end], "…"
	}
	return text.Line(s) + cut
}

// escaped returns JSON of somebody else's with every character that cannot be
// seen as an escape: the same value, shown as what it is.
func escaped(s []byte) json.RawMessage {
	if len(s) == 0 || !json.Valid(s) {
		return nil
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(string(s), "\uFFFD") {
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return json.RawMessage(b.String())
}
