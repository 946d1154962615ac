package msgraph

import (
	"slices"
	"strings"
	"unicode"

	"gatehouse/internal/emulator/odata"
)

// readSearch reads a $search for a collection.
func readSearch(search string, kinds []*kind) (matcher, *problem) {
	n, err := odata.ParseSearch(search)
	if err != nil {
		return nil, malformed(wording(err))
	}
	terms := map[odata.Node]matcher{}
	for part := range odata.Nodes(n) {
		term, ok := part.(odata.Term)
		if !ok {
			continue
		}
		match, bad := searchTerm(term, kinds)
		if bad != nil {
			return nil, bad
		}
		terms[term] = match
	}
	return func(of odata.Fields) bool {
		return odata.Holds(n, func(term odata.Node) bool { return terms[term](of) })
	}, nil
}

// searchTerm matches words of names and descriptions, in any order, and the
// beginning of everything else.
func searchTerm(c odata.Term, kinds []*kind) (matcher, *problem) {
	searchable := slices.ContainsFunc(kinds, func(k *kind) bool {
		p := k.properties[c.Property]
		return p != nil && p.form == text && p.equal != never
	})
	if !searchable {
		return nil, unsupported("An unsupported property was specified.")
	}
	if c.Property == "displayName" || c.Property == "description" {
		wanted := words(c.Words)
		return func(of odata.Fields) bool {
			value, _ := of(c.Property).(string)
			return value != "" && wordsMatch(value, wanted)
		}, nil
	}
	prefix := strings.ToLower(strings.TrimSpace(c.Words))
	return func(of odata.Fields) bool {
		value, ok := of(c.Property).(string)
		return ok && strings.HasPrefix(strings.ToLower(value), prefix)
	}, nil
}

// wordsMatch reports whether every wanted word begins a word of the value.
func wordsMatch(value string, wanted []string) bool {
	held := words(value)
	for field := range strings.FieldsSeq(value) { // words that only symbols part are one word too
		if joined := strings.Map(wordRune, field); joined != field {
			held = append(held, strings.ToLower(joined))
		}
	}
	return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(word string) bool {
		return !slices.ContainsFunc(held, func(have string) bool { return strings.HasPrefix(have, word) })
	})
}

// wordRune leaves symbols out.
func wordRune(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// words splits at spaces, symbols, between letters and digits, and where a
// lower-case letter is followed by an upper-case one.
func words(s string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	for _, r := range s {
		if wordRune(r) < 0 {
			end()
			continue
		}
		if len(word) > 0 {
			last := word[len(word)-1]
			if unicode.IsDigit(last) != unicode.IsDigit(r) || unicode.IsLower(last) && unicode.IsUpper(r) {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	return out
}
