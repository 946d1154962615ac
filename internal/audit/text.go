package audit

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// ellipsis ends text that was cut.
const ellipsis = "…"

// readPerByte bounds how much text is read for each byte that may be kept: runs
// of invalid bytes take no room.
const readPerByte = 4

// cleanText returns s as valid UTF-8 of at most limit bytes without control
// characters, and whether that differs from s. A run of invalid bytes (which is
// what lone surrogates are in UTF-8) and each control character become U+FFFD;
// text that was cut ends in "…". The work is bounded by limit, not by len(s).
func cleanText(s string, limit int) (string, bool) {
	if len(s) <= limit && plain(s) {
		return s, false
	}
	out := make([]byte, 0, min(len(s), limit)+utf8.UTFMax)
	altered, broken := false, false
	for i, r := range s {
		if len(out) > limit || i >= readPerByte*limit {
			return cut(out, limit), true
		}
		bad := r == utf8.RuneError && !replacementAt(s, i)
		if bad && broken {
			continue
		}
		broken = bad
		if bad || unicode.IsControl(r) {
			r, altered = utf8.RuneError, true
		}
		out = utf8.AppendRune(out, r)
	}
	if len(out) > limit {
		return cut(out, limit), true
	}
	if !altered {
		return s, false
	}
	return string(out), true
}

// plain reports whether s is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// replacementAt reports whether s holds a well-formed U+FFFD at i.
func replacementAt(s string, i int) bool {
	_, size := utf8.DecodeRuneInString(s[i:])
	return size > 1
}

// cut shortens valid UTF-8, without splitting a rune, so that it fits limit with
// an ellipsis at its end.
func cut(b []byte, limit int) string {
	n := limit - len(ellipsis)
	if n >= len(b) {
		return string(b) + ellipsis
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return string(b[:n]) + ellipsis
}

// maxItems bounds a list of texts.
const maxItems = 64

// cleanList is cleanText for each of the first maxItems items. It returns the
// list itself when nothing changes.
func cleanList(list []string, limit int) ([]string, bool) {
	altered, own := false, false
	if len(list) > maxItems {
		list, altered = list[:maxItems:maxItems], true
	}
	for i, s := range list {
		cleaned, changed := cleanText(s, limit)
		if !changed {
			continue
		}
		if !own {
			list, own = slices.Clone(list), true
		}
		list[i], altered = cleaned, true
	}
	return list, altered
}
