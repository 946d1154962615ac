// Package text makes text of others fit to be kept and to be shown: it cuts it
// between characters and replaces what cannot be seen. It judges nothing. Whoever
// keeps or shows what a stranger has written calls it.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut returns the beginning of a text, of at most so many bytes. A character that
// does not fit is left out whole, so that valid UTF-8 stays valid.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Line returns a text as one line in which everything can be seen: with a space in
// place of whatever is one, and a mark in place of what is invisible or no
// character.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ReplacementChar
	}, s)
}

// Storable returns a text as a column of the database can hold it: without bytes
// that are no UTF-8, and without zeros.
func Storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
