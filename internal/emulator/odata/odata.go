// Package odata reads the query options of OData: what stands in a query string,
// $filter, $search, $orderby and $select.
//
// It owns the grammar and what expressions mean. Which properties, operators and
// options a service takes, and what it says of others, is the service's business:
// an Error tells what is wrong and where, and no more. It knows no HTTP and no
// directory; everything here is a function of its arguments.
//
//	odata.go options.go       errors, the options of a query string
//	filter.go lex.go node.go  $filter: grammar, tokens, what was read
//	search.go                 $search
//	list.go                   $orderby, $select
//	match.go literal.go       what expressions say of an entry, constants
package odata

import "fmt"

// Reason says what is wrong with an option.
type Reason uint8

// Reasons.
const (
	Syntax          Reason = iota // something else is expected at At
	BadCharacter                  // Near cannot stand anywhere
	Unterminated                  // a literal has no closing quote
	UnclosedClause                // a clause of $search has no closing quote
	UnknownFunction               // Near is a function the service has not got
	UnknownLambda                 // Near is not any
	TooDeep                       // nested deeper than anybody writes
	BadClause                     // a clause of $search without a property or words
	Malformed                     // not a query string; Near says why
	Repeated                      // the option Near is given more than once
)

// Error is an option that cannot be read.
type Error struct {
	Reason Reason
	Text   string // all of it
	At     int    // byte offset
	Near   string // what the reason is about, if it is about something
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("read %q: reason %d at %d near %q", e.Text, e.Reason, e.At, e.Near)
}

// depthMax bounds how deep an expression nests.
const depthMax = 100
