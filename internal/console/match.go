package console

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Match is the part of the input of every operation that replaces or removes
// something: it names what the client has read.
type Match struct {
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The ETag of what you read; * is not accepted."`
}

const ifMatch = "If-Match"

// tag is the strong entity tag of a representation (RFC 9110 §8.8.3).
func tag(representation any) string {
	text, err := json.Marshal(representation)
	if err != nil {
		return "" // matches nothing
	}
	hash := sha256.Sum256(text)
	return `"` + base64.RawURLEncoding.EncodeToString(hash[:16]) + `"`
}

// check refuses to go on from what is not what the client has read. It is called
// where the present state cannot change any more, inside an edit.
func (m Match) check(present any) error {
	if err := m.given(); err != nil {
		return err
	}
	if m.IfMatch != tag(present) {
		return errMismatch
	}
	return nil
}

// given refuses a request without an ETag in If-Match before anything is read.
func (m Match) given() error {
	switch {
	case m.IfMatch == "" || m.IfMatch == "*":
		return errNoMatch
	case !strings.HasSuffix(m.IfMatch, `"`):
		return errUnquoted
	}
	return nil
}

// One is an answer that shows one resource that can be changed: its tag is what
// the change has to name.
type One[T any] struct {
	ETag     string `header:"ETag"`
	Warnings string `header:"Gatehouse-Warnings"` // after an edit of what is decided about access; otherwise empty
	Body     T
}

// show answers with a representation and its tag.
func show[T any](representation T) *One[T] {
	return &One[T]{ETag: tag(representation), Body: representation}
}

// Result is an answer that shows what came of something, or what cannot be
// changed where it was read.
type Result[T any] struct{ Body T }

func result[T any](representation T) *Result[T] { return &Result[T]{representation} }

// None is an answer without a body.
type None struct{}
