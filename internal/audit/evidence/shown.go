package evidence

import (
	"fmt"
	"slices"
	"strings"
)

// Shown makes text safe to print: what a terminal would act on, show in another order
// or not at all, is spelled out.
func Shown(text string) string {
	var b strings.Builder
	for _, r := range text {
		if slices.ContainsFunc(unseen[:], func(s [2]rune) bool { return s[0] <= r && r <= s[1] }) {
			fmt.Fprintf(&b, "<%x>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unseen are ranges of control characters, marks of direction, and what Unicode has
// fonts ignore, as docs/audit-format.md lists them.
var unseen = [...][2]rune{
	{0, 0x1f},
	{0x7f, 0x9f},
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x600, 0x605},
	{0x61c, 0x61c},
	{0x6dd, 0x6dd},
	{0x70f, 0x70f},
	{0x890, 0x891},
	{0x8e2, 0x8e2},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x110bd, 0x110bd},
	{0x110cd, 0x110cd},
	{0x13430, 0x1343f},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
}
