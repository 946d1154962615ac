package entra

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// scanner reads one JSON text (RFC 8259) strictly and in one pass: no duplicate
// member names at any depth, no invalid UTF-8, no lone surrogates, nothing after
// the value. encoding/json would take the last of two equal members and match
// names without regard to case, so that two readers of one token could see two
// identities. Strings it returns may share the text's memory.
type scanner struct {
	text string
	at   int
}

// Bounds of a token's JSON. Entra's tokens have about forty members and are two
// levels deep.
const (
	maxMembers = 128
	maxDepth   = 8
)

var (
	errSyntax    = errors.New("is not well-formed JSON")
	errDuplicate = errors.New("has a member twice")
	errTooMany   = errors.New("has too many members or levels")
	errShape     = errors.New("has a member of another type than expected")
)

// read reads a whole text that must be one object, and hands each member's name
// to visit, which must read the member's value.
func read(text string, visit func(s *scanner, name string) error) error {
	if !utf8.ValidString(text) {
		return errSyntax
	}
	s := &scanner{text: text}
	if err := s.object(visit); err != nil {
		return err
	}
	s.space()
	if s.at != len(s.text) {
		return errSyntax
	}
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek returns the first byte of the next value or punctuation, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take consumes c if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) object(visit func(s *scanner, name string) error) error {
	if !s.take('{') {
		return s.other()
	}
	if s.take('}') {
		return nil
	}
	var room [40]string
	names := room[:0]
	for {
		name, err := s.str()
		if err != nil || !s.take(':') {
			return errSyntax
		}
		for _, earlier := range names {
			if earlier == name {
				return errDuplicate
			}
		}
		if names = append(names, name); len(names) > maxMembers {
			return errTooMany
		}
		if err := visit(s, name); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// array hands each element to visit, which must read it.
func (s *scanner) array(visit func() error) error {
	if !s.take('[') {
		return s.other()
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := visit(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errSyntax
		}
	}
}

// other tells a value of another type from no value at all.
func (s *scanner) other() error {
	if strings.IndexByte(`"{[-0123456789tfn`, s.peek()) < 0 || s.at == len(s.text) {
		return errSyntax
	}
	return errShape
}

// skip reads any value at a depth and forgets it.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return errTooMany
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object(func(s *scanner, _ string) error { return s.skip(depth + 1) })
	case c == '[':
		return s.array(func() error { return s.skip(depth + 1) })
	case c == '"':
		_, err := s.str()
		return err
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.number()
		return err
	case s.literal("true"), s.literal("false"), s.literal("null"):
		return nil
	default:
		return errSyntax
	}
}
