package filter

import "strings"

// Fold returns text as the Text of a filter is compared: each capital letter of Latin
// (Basic, Latin-1 and Extended-A), Greek and Cyrillic becomes the small one. What is
// folded is fixed here, and no property of Unicode, whose tables differ from version to
// version and between languages: whoever runs a filter again must come to the same.
// Nothing is normalized: text matches as it was recorded.
func Fold(s string) string { return strings.Map(fold, s) }

func fold(r rune) rune {
	switch {
	case r < 0x80:
		if 'A' <= r && r <= 'Z' {
			r += 32
		}
	case r == 0x178:
		return 0xff
	case in(r, 0xc0, 0xde) && r != 0xd7, in(r, 0x391, 0x3a9) && r != 0x3a2, in(r, 0x410, 0x42f):
		return r + 32
	case in(r, 0x400, 0x40f):
		return r + 80
	case in(r, 0x100, 0x137) && r != 0x130 && r != 0x131, in(r, 0x14a, 0x177):
		return r | 1 // pairs, the capital letter even
	case in(r, 0x139, 0x148), in(r, 0x179, 0x17e):
		return r + r&1 // pairs, the capital letter odd
	}
	return r
}

func in(r, from, to rune) bool { return from <= r && r <= to }
