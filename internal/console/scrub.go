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
const maxWork = 16 << 20

// plain is a value that is nobody's secret: a word of the contract.
var plain = regexp.MustCompile(`^[a-z_]{0,16}$`)

// scrub takes the values that were sent and may not be repeated out of the
// problem: a secret in the wrong field must not come back, be shown, and reach a
// log on the way. Of a large request only as many fields are told as can be
// cleaned.
func (p *Problem) scrub(sent unmentioneds) {
	room, told := maxWork/max(1, len(sent)), 0
	for told < len(p.Errors) && room > 0 {
		e := &p.Errors[told]
		if room -= len(e.Message) + len(e.Location); room >= 0 {
			e.Message, e.Location = sent.scrub(e.Message), sent.scrub(e.Location)
			told++
		}
	}
	switch room -= len(p.Detail); {
	case room >= 0:
		p.Detail = sent.scrub(p.Detail)
	case told > 0:
		p.Detail = "the request is not valid; these are the first of " + strconv.Itoa(len(p.Errors)) + " mistakes"
	default:
		p.Detail = "the request is not valid; send less at a time to be told where"
	}
	p.Errors = p.Errors[:told:told]
}

// unmentioned is a value as it stands, and as a quoted string spells it.
type unmentioned struct{ spellings [2]string }

// unmentioneds are values to be hidden, none before one that it is a piece of.
type unmentioneds []unmentioned

func unmentionable(values []string) unmentioneds {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	slices.SortStableFunc(values, func(a, b string) int { return len(b) - len(a) })
	all := make(unmentioneds, 0, len(values))
	for _, value := range values {
		if len(value) < leastHidden || plain.MatchString(value) {
			continue
		}
		quoted := strconv.Quote(value)
		all = append(all, unmentioned{[2]string{lowered(value), lowered(quoted[1 : len(quoted)-1])}})
	}
	return all
}

// scrub hides, wherever they stand in the text, the values and beginnings of
// values, whatever the case.
func (all unmentioneds) scrub(text string) string {
	low := lowered(text)
	for _, u := range all {
		if u.begins(low) {
			text = u.hide(text, low)
			low = lowered(text)
		}
	}
	return text
}

// begins reports whether a spelling, or as much of its beginning as is
// recognised, is in the text.
func (u unmentioned) begins(low string) bool {
	for _, s := range u.spellings {
		if strings.Contains(low, s[:min(shortest, len(s))]) {
			return true
		}
	}
	return false
}

// hide replaces the value in any of its spellings, and the longest beginning of
// one that a cut would leave.
func (u unmentioned) hide(text, low string) string {
	var out strings.Builder
	for at := 0; at < len(text); {
		length := 0
		for _, s := range u.spellings {
			if n := shared(low[at:], s); n >= min(shortest, len(s)) {
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

// shared is how many bytes two texts begin alike with.
func shared(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// lowered is a text with its ASCII letters small, byte for byte.
func lowered(text string) string {
	low := []byte(text)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c | 0x20
		}
	}
	return string(low)
}
