package main

import "sync/atomic"

// tokens hands bearer tokens to the clients of a phase, each the next one.
type tokens struct {
	list  []string
	reuse reuse
	taken atomic.Int64
}

// reuse says what follows the last token.
type reuse uint8

const (
	cycle reuse = iota // the first one again
	once               // nothing: no token is sent twice
)

// take returns the next token, and false when there is none left.
func (t *tokens) take() (string, bool) {
	n := t.taken.Add(1) - 1
	if t.reuse == once && n >= int64(len(t.list)) {
		return "", false
	}
	return t.list[n%int64(len(t.list))], true
}
