package msgraph

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gatehouse/internal/emulator/reply"
)

// Keys of a message that only $search reads.
const (
	searchedBody = "\x00body"
	searchedTo   = "\x00to"
)

// searchable are the properties a search without a property looks at, and those
// it can name (page search-query-parameter).
var searchable = map[string][]string{
	"":             {"from/emailAddress/address", "from/emailAddress/name", "subject", searchedBody},
	"from":         {"from/emailAddress/address", "from/emailAddress/name"},
	"subject":      {"subject"},
	"body":         {searchedBody},
	"to":           {searchedTo},
	"recipients":   {searchedTo},
	"participants": {"from/emailAddress/address", "from/emailAddress/name", searchedTo},
}

// kqlTerm is one word or phrase and where to look for it.
type kqlTerm struct {
	in    []string
	words []string // lower case, next to each other; the last may be a beginning
}

var kqlToken = regexp.MustCompile(`^\s*(?:([A-Za-z]+):)?(?:"([^"]*)"|([^\s"():<>=]+))`)

// kqlTerms reads the part of KQL the emulator knows: words and phrases, all of
// which must occur, each with a property before it or not. What Graph wants in
// double quotes it wants here too, unless it is a single word.
func kqlTerms(text string) ([]kqlTerm, *problem) {
	inner := text
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		inner = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	} else if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return nil, badSearch(reply.Clip(text))
	}
	var out []kqlTerm
	for rest := inner; strings.TrimSpace(rest) != ""; {
		m := kqlToken.FindStringSubmatch(rest)
		if m == nil {
			return nil, badSearch(reply.Clip(text))
		}
		rest = rest[len(m[0]):]
		if m[1] == "" && m[3] == "AND" {
			continue
		}
		in, known := searchable[strings.ToLower(m[1])]
		term := kqlTerm{in: in, words: wordsOf(m[2] + m[3])}
		if !known || len(term.words) == 0 || slices.Contains([]string{"OR", "NOT", "NEAR"}, m[3]) || strings.HasPrefix(m[3], "-") {
			return nil, badSearch(reply.Clip(text))
		}
		out = append(out, term)
	}
	if len(out) == 0 {
		return nil, badSearch(reply.Clip(text))
	}
	return out, nil
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// matches looks for the term's words, one after the other, in an item's text.
func (t kqlTerm) matches(keys map[string]any) bool {
	return slices.ContainsFunc(t.in, func(property string) bool {
		text, _ := keys[property].(string)
		return t.occurs(wordsOf(text))
	})
}

func (t kqlTerm) occurs(in []string) bool {
	last := len(t.words) - 1
	for at := range in {
		if at+last >= len(in) {
			return false
		}
		if slices.Equal(in[at:at+last], t.words[:last]) && strings.HasPrefix(in[at+last], t.words[last]) {
			return true
		}
	}
	return false
}
