package odata

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// tokenKind tells the tokens of a filter apart.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // names, keywords, numbers, GUIDs
	tokenString           // without its quotes
	tokenMoment           // a date, or a date and time
	tokenMark             // one of ( ) , / :
)

type token struct {
	kind tokenKind
	text string
	at   int // byte offset
}

var moment = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt][0-9:.]+(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?`)

// tokens splits a filter.
func tokens(filter string) ([]token, error) {
	var out []token
	for at := 0; at < len(filter); {
		c := filter[at]
		switch {
		case c == ' ' || c == '\t':
			at++
		case strings.IndexByte("(),/:", c) >= 0:
			out = append(out, token{tokenMark, string(c), at})
			at++
		case c == '\'':
			value, end, ok := quoted(filter, at)
			if !ok {
				return nil, &Error{Reason: Unterminated, Text: filter, At: len(filter)}
			}
			out = append(out, token{tokenString, value, at})
			at = end
		case wordByte(c):
			t := word(filter, at)
			out = append(out, t)
			at += len(t.text)
		default:
			r, _ := utf8.DecodeRuneInString(filter[at:])
			return nil, &Error{Reason: BadCharacter, Text: filter, At: at, Near: string(r)}
		}
	}
	return append(out, token{tokenEnd, "", len(filter)}), nil
}

// word reads a date and time, which has marks in it, or a word.
func word(filter string, at int) token {
	if found := moment.FindString(filter[at:]); found != "" {
		return token{tokenMoment, found, at}
	}
	end := at
	for end < len(filter) && wordByte(filter[end]) {
		end++
	}
	return token{tokenWord, filter[at:end], at}
}

// quoted reads a literal in single quotes, in which two stand for one.
func quoted(filter string, at int) (value string, end int, ok bool) {
	var b strings.Builder
	for i := at + 1; i < len(filter); i++ {
		if filter[i] != '\'' {
			b.WriteByte(filter[i])
			continue
		}
		if i+1 < len(filter) && filter[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-.$", c) >= 0
}
