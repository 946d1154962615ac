package msgraph

import (
	"errors"
	"strconv"

	"gatehouse/internal/emulator/odata"
	"gatehouse/internal/emulator/reply"
)

// wording is what Microsoft's OData library says of an option it cannot read;
// Graph and the services behind it pass it on. The words about a repeated option,
// about a query string that is none, about nesting and about functions are from
// memory.
func wording(err error) string {
	var e *odata.Error
	if !errors.As(err, &e) {
		return "Syntax error."
	}
	at := " at position " + strconv.Itoa(e.At) + " in '" + e.Text + "'."
	switch e.Reason {
	case odata.BadCharacter:
		return "Syntax error: character '" + e.Near + "' is not valid" + at
	case odata.Unterminated:
		return "There is an unterminated string literal" + at
	case odata.UnclosedClause:
		return "Syntax error: unterminated string" + at
	case odata.UnknownFunction:
		return "An unknown function with name '" + e.Near + "' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."
	case odata.UnknownLambda:
		return "The emulator does not know the operator '" + e.Near + "' of collections; only any."
	case odata.TooDeep:
		return "Recursion depth exceeded allowed limit."
	case odata.BadClause:
		return `A clause of $search is "<property>:<text to search>".`
	case odata.Malformed:
		return "The query string is malformed."
	case odata.Repeated:
		return "Query option '" + reply.Clip(e.Near) + "' was specified more than once, but it must be specified at most once."
	case odata.Syntax:
	}
	return "Syntax error" + at
}

// orderSyntax is OData's word about a malformed $orderby, from memory.
const orderSyntax = "Invalid orderby clause: Syntax error."

// notNatural is OData's word about a $top or $skip that is no number, from memory.
func notNatural(option, sent string) string {
	return "Invalid value '" + reply.Clip(sent) + "' for " + option + " query option found. The " + option + " query option requires a non-negative integer value."
}

// notTruth is OData's word about a $count that is neither true nor false.
func notTruth(option, sent string) string {
	return "Invalid value '" + reply.Clip(sent) + "' for " + option + " query option found. Valid values are 'true' and 'false'."
}

// unknownProperty is OData's word about a name a type has not got.
func unknownProperty(name, of string) string {
	return "Could not find a property named '" + name + "' on type 'microsoft.graph." + of + "'."
}

// badSelection is Graph's refusal of a $select or $expand; the sentence is its own.
func badSelection(text string) *problem {
	return malformed("Parsing OData Select and Expand failed: " + text)
}
