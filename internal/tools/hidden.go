package tools

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hidden looks for characters that people do not see.
func (x *examiner) hidden(path, text string) {
	if isASCII(text) {
		if at := strings.IndexFunc(text, isControl); at >= 0 {
			x.add(path, FlagHidden, "The text holds control characters.", text[at:])
		}
		return
	}
	for _, h := range hidings {
		if at := h.find(text); at >= 0 {
			x.add(path, FlagHidden, h.finding, text[at:])
		}
	}
}

// hidings are the ways in which text may be there and not be seen.
var hidings = []struct {
	find    func(text string) int // where it is, or -1
	finding string
}{
	{where(isBidi), "The text holds characters that turn around the direction of writing: what people see is not what the model reads."},
	{looseTag, "The text holds tag characters, which no one sees and models read."},
	{where(isInvisible), "The text holds characters that no one sees, or that have no meaning."},
	{looseJoiner, "The text holds joiners that join nothing and that no one sees."},
	{selectorRun, "The text holds a run of variation selectors, which can carry text that no one sees."},
	{looseSelectors, "The text holds variation selectors after characters that have no variants; they can carry text that no one sees."},
	{where(isControl), "The text holds control characters."},
}

func where(is func(rune) bool) func(string) int {
	return func(text string) int { return strings.IndexFunc(text, is) }
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

func isBidi(r rune) bool {
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

func isTag(r rune) bool { return 0xE0000 <= r && r <= 0xE007F }

func isSelector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// isJoiner reports whether a character joins others, or keeps them apart.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// isUnseen reports whether a character shows nothing, whether or not it belongs
// where it stands.
func isUnseen(r rune) bool {
	return isInvisible(r) || isBidi(r) || isTag(r) || isSelector(r) || isJoiner(r)
}

// isInvisible reports whether a character shows nothing and takes no room, or has
// no meaning that others know. What has a place where it belongs is none: joiners,
// selectors, and what is looked for apart.
func isInvisible(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return false
	case r == '\u2800', r == '\u2028', r == '\u2029', r == '\u034f', r == '\u17b4', r == '\u17b5':
		return true
	case isBidi(r), isTag(r), isSelector(r), isJoiner(r), unicode.Is(unicode.Prepended_Concatenation_Mark, r), isNewEmoji(r):
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Cn, unicode.Other_Default_Ignorable_Code_Point)
}

// isNewEmoji reports whether a character is where emoji are added every year:
// those that our tables do not know yet are seen all the same.
func isNewEmoji(r rune) bool { return 0x1F680 <= r && r <= 0x1F6FF || 0x1FA70 <= r && r <= 0x1FAFF }

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// regions are the flags that are spelled in tag characters: of England, Scotland
// and Wales.
var regions = strings.NewReplacer(
	"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "",
	"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "",
	"\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F", "",
)

// looseTag returns where tag characters stand that belong to no flag, or -1.
func looseTag(text string) int {
	at := strings.IndexFunc(text, isTag)
	if at < 0 || !strings.ContainsFunc(regions.Replace(text), isTag) {
		return -1
	}
	return at
}

// joining are the scripts whose letters take joiners.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Mongolian, unicode.Nko, unicode.Adlam, unicode.Hanifi_Rohingya, unicode.Phags_Pa,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
	unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Balinese, unicode.Javanese, unicode.Tirhuta,
}

// looseJoiner returns where a joiner stands that has no place there, or -1. One
// belongs after a letter of a script that has them, and U+200D also between emoji.
func looseJoiner(text string) int {
	before, pending := rune(' '), -1
	for at, r := range text {
		if pending >= 0 && !isEmoji(r) {
			return pending
		}
		pending = -1
		if isJoiner(r) && !unicode.In(before, joining...) {
			if r != '\u200d' || !isEmoji(before) {
				return at
			}
			pending = at
		}
		before = r
	}
	return pending
}

// isEmoji reports whether a character may end or begin emoji that are joined.
func isEmoji(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm) || r == '\ufe0f' || 0x1F3FB <= r && r <= 0x1F3FF || isNewEmoji(r)
}

// selectorRun returns where variation selectors follow each other, or -1. One
// alone chooses the look of a character.
func selectorRun(text string) int {
	last := -1
	for at, r := range text {
		if !isSelector(r) {
			last = -1
			continue
		}
		if last >= 0 {
			return last
		}
		last = at
	}
	return -1
}

// looseSelectors returns where the second variation selector stands that has no
// meaning after what is before it, or -1. One may be an oversight.
func looseSelectors(text string) int {
	before, found := rune(' '), 0
	for at, r := range text {
		if isSelector(r) && !hasVariants(before, r) {
			if found++; found == 2 {
				return at
			}
		}
		before = r
	}
	return -1
}

// hasVariants reports whether a selector may follow a character: emoji and symbols
// have a colored form, ideographs and letters of a few scripts have others.
func hasVariants(r, selector rune) bool {
	switch {
	case selector >= 0xE0100:
		return unicode.Is(unicode.Ideographic, r)
	case selector < 0xFE00:
		return unicode.Is(unicode.Mongolian, r)
	case r >= 0x1F000, r == '\u2139', r == '\u00a9', r == '\u00ae', r == '\u203c', r == '\u2049', r == '\u3030', r == '\u303d', r == '#', r == '*', '0' <= r && r <= '9':
		return true
	}
	return unicode.In(r, unicode.Ideographic, unicode.Sm, unicode.So, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean) || 0x3000 <= r && r <= 0x303F || 0xFF00 <= r && r <= 0xFF1F
}
