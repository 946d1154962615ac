package seed

import (
	"fmt"
	"strconv"
	"strings"
)

// Complaint is one thing wrong with a seed.
type Complaint struct {
	File string // the file that says it; empty for a seed made of Go values
	Line int    // of File, from 1
	Path string // where, in the words of the YAML form: tenants[0].users[1].password
	Text string // what is wrong, and the remedy
}

// String is the complaint on one line, as compilers print theirs:
// "tenants.yaml:12: tenants[0].users[1].password: is empty; …".
func (c Complaint) String() string {
	var b strings.Builder
	if c.File != "" {
		fmt.Fprintf(&b, "%s:%d: ", c.File, c.Line)
	}
	if c.Path != "" {
		b.WriteString(c.Path + ": ")
	}
	return b.String() + c.Text
}

// Error is everything wrong with a seed, in its order.
type Error struct{ Complaints []Complaint }

// Error is one complaint a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Complaints))
	for i, c := range e.Complaints {
		lines[i] = c.String()
	}
	return strings.Join(lines, "\n")
}

// place is where something lies in a seed: the text of Complaint.Path.
type place string

// field is a member of what lies at the place.
func (p place) field(name string) place {
	if p == "" {
		return place(name)
	}
	return p + "." + place(name)
}

// item is an entry of a list that is a member of what lies at the place.
func (p place) item(list string, i int) place { return p.field(list).at(i) }

// at is an entry of the list at the place.
func (p place) at(i int) place { return p + "[" + place(strconv.Itoa(i)) + "]" }

// maxComplaints bounds what is collected: nobody reads more, and a large file
// that is no seed at all would make one for each of its lines.
const maxComplaints = 1000

// complaints collects what is wrong.
type complaints []Complaint

func (c *complaints) add(at place, text string, args ...any) { c.addLine(0, at, text, args...) }

// addLine adds a complaint whose line is known.
func (c *complaints) addLine(line int, at place, text string, args ...any) {
	switch {
	case len(*c) < maxComplaints:
		*c = append(*c, Complaint{Line: line, Path: string(at), Text: fmt.Sprintf(text, args...)})
	case len(*c) == maxComplaints:
		*c = append(*c, Complaint{Line: line, Text: fmt.Sprintf("there are more than %d complaints; the rest is left out", maxComplaints)})
	}
}

// err is nil when there are no complaints.
func (c complaints) err() error {
	if len(c) == 0 {
		return nil
	}
	return &Error{Complaints: c}
}

// Complain is something wrong with what an emulator is made of besides its
// seed: where, which, what and the remedy.
func Complain(where, which, text string, args ...any) error {
	return fmt.Errorf("emulator: %s: %s: %s", where, which, fmt.Sprintf(text, args...))
}
