package access

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// Problem is one rule that a value breaks.
type Problem struct {
	Path    string `json:"path"`    // of the field, such as permissions[1].patterns[0]; empty: the whole
	Message string `json:"message"` // what is wrong and what helps
}

// String returns the path and the message as one sentence.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Warning is something that is permitted and probably not meant.
type Warning Problem

// String returns the path and the message as one sentence.
func (w Warning) String() string { return Problem(w).String() }

// refused carries problems below a fault, whose public text tells them all.
type refused struct{ problems []Problem }

// Error counts the problems; the fault around them has their text.
func (r refused) Error() string {
	if len(r.problems) == 1 {
		return "1 problem"
	}
	return strconv.Itoa(len(r.problems)) + " problems"
}

// Refuse returns a fault of kind Invalid whose public text lists the problems,
// one a line, and from which ProblemsOf reads them; nil without problems.
func Refuse(problems []Problem) error { return refuse(fault.Invalid, problems) }

func refuse(kind fault.Kind, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.String()
	}
	return fault.Wrap(kind, strings.Join(lines, "\n"), refused{slices.Clone(problems)})
}

// ProblemsOf returns the problems that an error of this package carries, in the
// order of the fields; nil when it carries none.
func ProblemsOf(err error) []Problem {
	if r, ok := errors.AsType[refused](err); ok {
		return slices.Clone(r.problems)
	}
	return nil
}

// Place is where in a document a value stands, in the notation of Problem.Path.
type Place string

// Field returns the place of a member.
func (p Place) Field(name string) Place {
	if p == "" {
		return Place(name)
	}
	return p + "." + Place(name)
}

// At returns the place of a list's entry, counted from zero.
func (p Place) At(i int) Place { return p + Place("["+strconv.Itoa(i)+"]") }

// Key returns the place of the entry that a name, not a position, finds.
func (p Place) Key(name string) Place { return p + Place("["+strconv.Quote(name)+"]") }

// complaints collects problems.
type complaints []Problem

func (c *complaints) add(at Place, message string) { *c = append(*c, Problem{string(at), message}) }

// check adds what err says of the value at a place, if it says anything.
func (c *complaints) check(at Place, err error) {
	if err != nil {
		c.add(at, fault.Public(err))
	}
}
