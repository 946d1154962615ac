package authz

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
)

// page is where conditions are explained to whoever writes them.
const page = "; see docs/conditions.md"

func mistakeOf(e *cel.Error) mistake {
	what := strings.Join(strings.Fields(e.Message), " ")
	switch text, ofGrammar := strings.CutPrefix(what, "Syntax error: "); {
	case ofGrammar:
		what = grammar(text) + page
	case strings.Contains(what, "undeclared reference to 'map'"), strings.Contains(what, "undeclared reference to 'filter'"):
		what = "map and filter are not part of conditions; use all, exists or exists_one"
	case strings.Contains(what, "undeclared reference"):
		what += "; the variables are " + strings.Join(variableNames(), ", ")
	case strings.Contains(what, "nesting limit"):
		what = "all, exists and exists_one may not stand inside each other; split the condition"
	case overload.MatchString(what):
		what = misfit(what) + page
	default:
		what += page
	}
	return mistake{max(1, e.Location.Line()), max(0, e.Location.Column()) + 1, what}
}

// grammar says what a message of the parser means. It repeats nothing of the
// condition.
func grammar(text string) string {
	switch {
	case strings.HasPrefix(text, "missing ')'"):
		return "the expression ends too early: a ) is missing"
	case inputIs(text, "<EOF>") || strings.Contains(text, "at '<EOF>'"):
		return "the expression ends too early; something has to follow"
	case strings.HasPrefix(text, "token recognition error at: '="):
		return "a single = means nothing here; == compares"
	case strings.HasPrefix(text, "token recognition error at: '&"), strings.HasPrefix(text, "token recognition error at: '|"), inputIs(text, "and"), inputIs(text, "or"):
		return "and is written &&, or is written ||"
	case strings.HasPrefix(text, "token recognition error at: ''"), strings.HasPrefix(text, `token recognition error at: '"`):
		return "a text begins with a quotation mark here and does not end with one"
	case inputIs(text, ")"):
		return "a ) is here that no ( belongs to"
	case strings.HasSuffix(text, "expecting <EOF>"):
		return "the expression is complete before this; join two with && or ||, and say not with !"
	case inputIs(text, ">"):
		return "this operator does not exist; there are ==, !=, <, <=, > and >="
	default:
		return "this does not belong here"
	}
}

// inputIs reports whether the parser complains of what it met.
func inputIs(text, input string) bool {
	return strings.HasPrefix(text, "mismatched input '"+input+"'") || strings.HasPrefix(text, "extraneous input '"+input+"'")
}

var overload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`)

// misfit says which types an operator or a function does not take.
func misfit(what string) string {
	found := overload.FindStringSubmatch(what)
	return strings.Trim(found[1], "_@") + " does not take " + strings.ReplaceAll(found[2], "dyn", "anything") + "; make both sides the same type"
}

// notBoolean asks for what a condition has to be.
func notBoolean(kind *cel.Type) string {
	if kind.IsExactType(cel.DynType) {
		return "an argument may be anything; compare it with something, such as == true, so that the condition is true or false"
	}
	return "the condition is of type " + cel.FormatCELType(kind) + "; compare it with something, so that it is true or false"
}
