package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hidden stands where a secret that was sent would stand.
const hidden = "•••"

// shortest is the shortest beginning of a value that is recognised in a text:
// messages cut long values.
const shortest = 8

// leastHidden is the shortest value that is hidden: it would stand in any text.
const leastHidden = 4

// maxWork bounds the work of hiding: bytes of text, times values.
const maxWork = 8 << 20

// plain is a value that is nobody's secret: a word of the contract.
var plain = regexp.MustCompile(`^[a-z_]{0,16}$`)

// scrub takes the values that were sent and may not be repeated out of the
// problem: a secret in the wrong field must not come back, be shown, and reach a
// log on the way. Of a large request only as many fields are told as can be
// cleaned.
func (p *Problem) scrub(sent []string) {
	sent = longestFirst(sent)
	room, told := maxWork/max(1, len(sent)), 0
	for told < len(p.Errors) && room > 0 {
		e := &p.Errors[told]
		if room -= len(e.Message) + len(e.Location); room >= 0 {
			e.Message, e.Location = scrub(e.Message, sent), scrub(e.Location, sent)
			told++
		}
	}
	switch room -= len(p.Detail); {
	case room >= 0:
		p.Detail = scrub(p.Detail, sent)
	case told > 0:
		p.Detail = "the request is not valid; these are the first of " + strconv.Itoa(len(p.Errors)) + " mistakes"
	default:
		p.Detail = "the request is not valid; send less at a time to be told where"
	}
	p.Errors = p.Errors[:told:told]
}

// longestFirst lists each value once, and none before one that it is a piece of.
func longestFirst(values []string) []string {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	slices.SortStableFunc(values, func(a, b string) int { return len(b) - len(a) })
	return values
}

// scrub hides, wherever they stand in the text, the values and beginnings of
// values, also as a quoted string would spell them.
func scrub(text string, values []string) string {
	for _, value := range values {
		if len(value) < leastHidden || plain.MatchString(value) {
			continue
		}
		quoted := strconv.Quote(value)
		text = hide(text, value, quoted[1:len(quoted)-1])
	}
	return text
}

// hide replaces the value in any of its spellings, whatever the case, and the
// longest beginning of one that a cut would leave.
func hide(text string, spellings ...string) string {
	var out strings.Builder
	for at := 0; at < len(text); {
		length := 0
		for _, s := range spellings {
			if n := shared(text[at:], s); n >= min(shortest, len(s)) {
				length = max(length, n)
			}
		}
		if length > 0 {
			out.WriteString(hidden)
			at += length
			continue
		}
		out.WriteByte(text[at])
		at++
	}
	return out.String()
}

// shared is how many bytes two texts begin alike with, but for ASCII case.
func shared(a, b string) (n int) {
	for n < len(a) && n < len(b) && lower(a[n]) == lower(b[n]) {
		n++
	}
	return n
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
