package console

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	longest       = 40 // characters that a name may have without a space
	longestMixed  = 20 // characters that letters mixed with digits may have in a name
	shortestPiece = 6  // characters below which a piece of a secret tells nothing
	shortestKey   = 8  // characters below which nothing is random enough to be a key
	turns         = 3  // changes between letters and digits that no name has
)

// guid is an object or client id, or the beginning of one: no secret.
var guid = regexp.MustCompile(`\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|^[0-9a-fA-F-]{0,12}$`)

// digest is the hash of a definition, which is there to be compared.
var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// wellKnown are the beginnings and marks of secrets that say what they are: PEM
// (RFC 7468), JWT (RFC 7519), and the value of a client secret of Entra.
var wellKnown = regexp.MustCompile(`-----BEGIN|\beyJ[\w-]{5}|\w\dQ~`)

// fragments are the stretches that a key or token could be.
var fragments = regexp.MustCompile(`[A-Za-z0-9._~+/=-]+`)

var alphanumeric = regexp.MustCompile(`[A-Za-z0-9]+`)

// secretive reports whether a text holds something with the form of a secret: a
// mark of one, more than forty characters without a space, or letters and digits
// mixed as nobody names anything. Ids of Entra, hashes of definitions and addresses
// are none of these.
func secretive(text string) bool {
	if wellKnown.MatchString(text) {
		return true
	}
	text = digest.ReplaceAllString(guid.ReplaceAllString(text, ""), "")
	address := strings.Contains(text, "://")
	for _, fragment := range fragments.FindAllString(text, -1) {
		if !address && len(fragment) > longest || random(fragment) {
			return true
		}
	}
	return false
}

// random reports whether letters and digits follow each other as in no name.
func random(fragment string) bool {
	for _, run := range alphanumeric.FindAllString(fragment, -1) {
		changes := changesIn(run)
		if len(run) > longest || changes > 0 && len(run) > longestMixed || changes >= turns && len(run) >= shortestKey {
			return true
		}
	}
	return false
}

// changesIn counts where letters and digits follow each other.
func changesIn(run string) (n int) {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	for i := 1; i < len(run); i++ {
		if digit(run[i]) != digit(run[i-1]) {
			n++
		}
	}
	return n
}

// passwordlike reports whether a word of the text is made as passwords are: both
// cases, digits, and a sign that names do not have.
func passwordlike(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if len(word) >= shortestKey && !strings.Contains(word, "://") &&
			strings.ContainsFunc(word, unicode.IsLower) && strings.ContainsFunc(word, unicode.IsUpper) &&
			strings.ContainsFunc(word, unicode.IsDigit) && strings.ContainsAny(word, "!#$%&+=?@^|~") {
			return true
		}
	}
	return false
}

// pieces are the stretches of letters and digits that a message could repeat of
// a text.
func pieces(text string) []string {
	var list []string
	for _, piece := range append(fragments.FindAllString(text, -1), alphanumeric.FindAllString(text, -1)...) {
		if len(piece) >= shortestPiece {
			list = append(list, piece)
		}
	}
	return list
}
