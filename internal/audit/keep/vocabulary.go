package keep

import (
	_ "embed"
	"strings"
	"unicode"

	"gatehouse/internal/audit"
)

// productWords are the words that the product writes into records by itself, one a line:
// in what it says that a change is, and in the values that it has names for.
//
//go:embed words.txt
var productWords string

// Vocabulary is the words that a log uses for something else than people. A name that is
// made of nothing else would be found in records that are not about the person.
type Vocabulary map[string]bool

// NewVocabulary returns the product's words and those of more texts: what an organization
// has named.
func NewVocabulary(texts ...string) Vocabulary {
	v := Vocabulary{}
	v.add(productWords)
	for _, s := range audit.Kinds() {
		v.add(string(s.Kind))
	}
	for _, name := range audit.FieldNames() {
		v.add(name)
	}
	for _, t := range texts {
		v.add(t)
	}
	return v
}

func (v Vocabulary) add(text string) {
	for _, w := range wordsOf(text) {
		v[w] = true
	}
}

// Has reports whether a word is one of the vocabulary.
func (v Vocabulary) Has(word string) bool { return v[plain(word)] }

// Names reports whether a text may be looked for as somebody's name: whether any word of
// it is the person's own. Of an address what stands before the @ has to be.
func (v Vocabulary) Names(text string) bool {
	text = plain(text)
	local, _, address := strings.Cut(text, "@")
	for _, w := range wordsOf(local) {
		own := hasLetters(w) && !ofAnID(w)
		if address { // an account may be called by a number
			own = hasLetters(w) || len(w) >= MinName
		}
		if own && !v[w] {
			return true
		}
	}
	return false
}

// wordsOf returns the words of a text, as NamedIn takes them apart.
func wordsOf(text string) []string {
	return strings.FieldsFunc(plain(text), func(r rune) bool { return !inWord(r) })
}

// hasLetters reports whether a word is more than a number or a piece of a date.
func hasLetters(w string) bool {
	letters := 0
	for _, r := range w {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2
}

// ofAnID reports whether a word looks like a group of a UUID, or another id in
// hexadecimal: with it a name would be found wherever that id is.
func ofAnID(w string) bool {
	if strings.Trim(w, "0123456789abcdef") != "" {
		return false
	}
	return len(w) == 4 || len(w) == 8 || len(w) == 12 || strings.ContainsAny(w, "0123456789")
}
