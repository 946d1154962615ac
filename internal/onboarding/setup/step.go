package setup

import "slices"

// Step is one thing that has to be so in Entra, and how it comes about. A step
// without Find is carried out every time and changes nothing the second time.
type Step struct {
	Name   string // one word or two, unique in a plan
	Title  string
	Why    string
	Find   *Find    // tells whether it has been done already; nil: nothing to look for
	Make   *Request // what does it; nil: what Find looks for must be there
	Update *Request // when Find has found it; nil: it is left as it is
	Binds  []Bind   // what is known afterwards, from what was found or from Make's answer
	Shown  Variable // in Make's answer only: a secret to copy, told once
	Apart  bool     // it takes rights that the other steps do not: whoever carries out the rest leaves it
	Words  []string // Update: the words that Granted must hold, besides those it holds already
	Portal Portal
}

// Request is one request to Microsoft Graph.
type Request struct {
	Method string
	Path   string // below /v1.0/, escaped, with {variables}
	Body   Object
}

// Find looks for what a step makes: the entries of a list.
type Find struct {
	Path   string  // below /v1.0/, escaped, with {variables}
	List   string  // member of the answer that is the list
	Which  []Match // the entries that count: those of the first match that there is one of; empty: every entry
	Absent string  // what it means that there is none, when Make is nil
}

// Match is what a member of an entry must be.
type Match struct{ Member, Equals string }

// Bind gives a variable the value of a member.
type Bind struct {
	Variable Variable
	Member   string
}

// Portal is a step in the words of the Entra admin center.
type Portal struct {
	Blade  []string // the way there: "Entra ID", "App registrations", …
	Fields []Field
	Press  string   // the button that ends it; empty: nothing to press
	Link   string   // deep link; {clientId} and {objectId} stand where they are not known
	Notes  []string // what to know there
}

// Field is one thing to enter. Several values are entered one by one.
type Field struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// binds reports whether a step finds out a variable.
func (s Step) binds(v Variable) bool {
	return slices.ContainsFunc(s.Binds, func(b Bind) bool { return b.Variable == v })
}
